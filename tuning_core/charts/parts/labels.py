"""Numbers, times and metrics as text: short enough for a tick, exact enough to copy."""

from __future__ import annotations

import math
import re
import textwrap

from tuning_core.catalog.objectives import metric_label

AXIS_NUMBERS = ".6~g"
"""Of the labels of an axis; without the digits Vega takes those of a step, and says 9e+1 for 90."""


def number_text(value: object, digits: int = 4) -> str:
    """A value as people write it: 0.0003, 1e-05, 1,234, relu, yes.

    ``digits`` counts significant figures of a number; text comes back as it is, None
    and NaN become a dash.
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    if math.isnan(number):
        return "-"
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    if number == int(number) and abs(number) < 1e6:
        return f"{int(number):,}"
    if number and not 1e-4 <= abs(number) < 1e6:
        mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(number))))
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


TIME_UNITS = ((1.0, "s"), (60.0, "min"), (3600.0, "h"))


def time_unit(longest: float) -> tuple[float, str]:
    """The seconds in one unit, and its sign, for an axis that ends at ``longest`` seconds."""
    return next(unit for unit in reversed(TIME_UNITS) if longest >= 3 * unit[0] or unit[0] == 1.0)


def time_text(seconds: float) -> str:
    """A time in two digits: 40 s, 8 min, 7.5 h."""
    size, unit = next(unit for unit in reversed(TIME_UNITS) if seconds >= unit[0] or unit[0] == 1.0)
    return f"{number_text(seconds / size, 2)} {unit}"


METRIC_UNITS = {
    "accuracy": "0 to 1",
    "mae": "target units",
    "mse": "target units²",
    "r2": "1 is perfect",
}
"""What one step on a metric's axis means, where it means something."""


LETTER = 6.8
"""Pixels that a letter of a title takes, about."""


def metric_title(metric: str, label: str | None = None) -> str:
    """``accuracy (0 to 1)``: the label of a metric and its unit."""
    words = label or metric_label(metric)
    return f"{words} ({METRIC_UNITS[metric]})" if metric in METRIC_UNITS else words


def shortened(words: str, most: int = 32) -> str:
    """At most so many letters: of longer words beginning and end, which tell names apart."""
    half = (most - 1) // 2
    return words if len(words) <= most else f"{words[:half]}\u2026{words[-half:]}"


def label_lines(label: str, letters: int, *, name: bool, most: int = 3) -> list[str]:
    """A label in lines, with a capital; a ``name`` as it is, broken where its parts meet."""
    if not name:
        return textwrap.wrap(label[:1].upper() + label[1:], letters, break_long_words=False)
    parted = re.sub(r"(?<=[_./:])(?=[^_./:])", " ", label)
    lines = [re.sub(r"(?<=[_./:]) ", "", line) for line in textwrap.wrap(parted, letters)]
    return lines if len(lines) <= most else [*lines[: most - 1], f"\u2026{lines[-1]}"]


def title_lines(title: str, pixels: float) -> list[str]:
    """A title broken into lines that fit along an axis of so many pixels."""
    return textwrap.wrap(title, max(int(pixels / LETTER), 8), break_long_words=False)
