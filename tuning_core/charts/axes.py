"""An axis of the parallel coordinates: where a value stands on it and what its ticks say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tuning_core.catalog import Value
from tuning_core.charts.numerals import number_text

Scale = Literal["linear", "log", "reverse_log"]

TICK_GAP = 0.075
"""Smallest distance of two ticks, as a share of the axis: their labels must not touch."""


@dataclass(frozen=True)
class Axis:
    """One hyperparameter as a vertical axis.

    ``name`` is the column of the trials' frame, ``label`` what the page calls it. Numbers run from
    ``low`` to ``high`` on ``scale``; choices and booleans are spread evenly in the order of
    ``choices`` (booleans need none).
    """

    name: str
    label: str
    kind: Literal["integer", "float", "choice", "boolean"]
    scale: Scale = "linear"
    low: float = 0.0
    high: float = 1.0
    choices: tuple[Value, ...] = ()

    @property
    def categories(self) -> tuple[Value, ...]:
        """The values spelled out on the axis, bottom first; empty for a range."""
        if self.kind == "boolean":
            return self.choices or (False, True)
        return self.choices

    @property
    def discrete(self) -> bool:
        """Whether many trials will stand on exactly one spot."""
        if self.categories:
            return True
        return self.kind == "integer" and self.high - self.low <= 12

    def position(self, value: object) -> float | None:
        """Place of a value in [0, 1] from the bottom; None for a value that is not used.

        A number outside the range stands at its nearest end, an unknown category nowhere.
        """
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        if self.categories:
            return self._category_position(value)
        number = float(value)  # type: ignore[arg-type]
        low, high = self._scaled(self.low), self._scaled(self.high)
        if high == low:
            return 0.5
        clamped = min(max(number, self.low), self.high)
        return (self._scaled(clamped) - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Positions and texts of the ticks, bottom first; both ends are always among them."""
        if self.categories:
            return [
                (self._category_position(value) or 0.0, number_text(value))
                for value in self.categories
            ]
        values = self.tick_values()
        return [(self.position(value) or 0.0, number_text(value)) for value in values]

    def tick_values(self, gap: float = TICK_GAP) -> list[float]:
        """Both ends of a range and round numbers between, in order, ``gap`` or more apart."""
        placed = {self.low: self.position(self.low) or 0.0}
        placed[self.high] = self.position(self.high) or 0.0
        for value in self._round_values():
            position = self.position(value) or 0.0
            if all(abs(position - other) >= gap for other in placed.values()):
                placed[value] = position
        return sorted(placed)

    def _category_position(self, value: object) -> float | None:
        """Place of a category, each in the middle of an equal share of the axis."""
        for index, category in enumerate(self.categories):
            if value == category:
                return (index + 0.5) / len(self.categories)
        return None

    def _scaled(self, number: float) -> float:
        if self.scale == "log":
            return math.log(number)
        if self.scale == "reverse_log":
            return -math.log1p(-number)
        return number

    def _round_values(self) -> Sequence[float]:
        """Round numbers strictly inside the range, the roundest first."""
        if self.scale == "linear":
            values = nice_steps(self.low, self.high)
            if self.kind == "integer":
                values = [value for value in values if value == int(value)]
        elif self.scale == "log":
            values = _decades(self.low, self.high)
        else:
            values = [1 - gap for gap in _decades(1 - self.high, 1 - self.low)]
            values = [round(value, 12) for value in values]
        return [value for value in values if self.low < value < self.high]


def nice_steps(low: float, high: float, count: int = 5) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from ``low`` to ``high``, about ``count``."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten between two positive numbers, then the fives and twos among them."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [
        float(f"{mantissa}e{exponent}")
        for mantissa in (1, 5, 2, 3)
        for exponent in range(first, last + 1)
        if low <= float(f"{mantissa}e{exponent}") <= high
    ]
