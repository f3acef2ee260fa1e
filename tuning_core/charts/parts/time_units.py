"""Seconds, minutes or hours: the unit in which an axis of times reads best."""

from __future__ import annotations

from tuning_core.charts.parts.numerals import number_text

UNITS = ((1.0, "s"), (60.0, "min"), (3600.0, "h"))


def time_unit(longest: float) -> tuple[float, str]:
    """The seconds in one unit, and its sign, for an axis that ends at ``longest`` seconds."""
    return next(unit for unit in reversed(UNITS) if longest >= 3 * unit[0] or unit[0] == 1.0)


def time_text(seconds: float) -> str:
    """A time in two digits: 40 s, 8 min, 7.5 h."""
    size, unit = next(unit for unit in reversed(UNITS) if seconds >= unit[0] or unit[0] == 1.0)
    return f"{number_text(seconds / size, 2)} {unit}"
