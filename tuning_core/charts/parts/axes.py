"""A hyperparameter as an axis: where a value stands on it, and what ticks and tooltips say."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np
import pandas as pd

from tuning_core.catalog import Value
from tuning_core.charts.parts.labels import number_text

Scale = Literal["linear", "log", "reverse_log"]

_PLAIN = re.compile("[A-Za-z][A-Za-z0-9_]{0,39}")
_TAKEN = re.compile(
    "number|trial|status|score|seconds|study|tint|goodness|width|opacity|p_[0-9a-f]{12}"
)
"""What a frame of trials calls its other columns."""


def column_of(hyperparameter: str) -> str:
    """The column of a hyperparameter in a frame of trials, also where it may be called anything.

    A name that a chart, an address or another column could take for something else has a code.
    """
    if _PLAIN.fullmatch(hyperparameter) and not _TAKEN.fullmatch(hyperparameter):
        return hyperparameter
    return f"p_{blake2b(hyperparameter.encode(), digest_size=6).hexdigest()}"


TICK_GAP = 0.1
"""Smallest distance of two ticks, as a share of the axis: their labels must not touch."""


@dataclass(frozen=True)
class Axis:
    """One hyperparameter as a vertical axis.

    ``name`` is the column of the trials' frame (:func:`column_of`), ``label`` what the page calls
    it. Numbers run from
    ``low`` to ``high`` on ``scale``; choices and booleans are spread evenly in the order of
    ``choices`` (booleans need none). The label of what is ``declared`` is a name, which stays as
    it is.
    """

    name: str
    label: str
    kind: Literal["integer", "float", "choice", "boolean"]
    scale: Scale = "linear"
    low: float = 0.0
    high: float = 1.0
    choices: tuple[Value, ...] = ()
    declared: bool = False

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
        return self.positions([value])[0]

    def positions(self, values: Iterable[object]) -> list[float | None]:
        """The place of each value, as :meth:`position` says."""
        if self.categories:
            # Elsewhere True is 1, and in a frame with gaps 1.0; among numbers it is another value.
            same = _apart if len({isinstance(c, bool) for c in self.categories}) > 1 else _as_it_is
            places = {
                same(category): (index + 0.5) / len(self.categories)
                for index, category in enumerate(self.categories)
            }
            return [places.get(same(value)) for value in values]
        numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
        shares = np.full(numbers.shape, 0.5)
        low, high = self._scaled(np.array([self.low, self.high], dtype=float))
        if high != low:
            shares = (self._scaled(numbers.clip(self.low, self.high)) - low) / (high - low)
        missing = np.isnan(numbers)
        if not missing.any():
            return list(shares.tolist())
        return [None if gap else share for gap, share in zip(missing, shares.tolist(), strict=True)]

    def ticks(self) -> list[tuple[float, str]]:
        """Positions and texts of the ticks, bottom first; both ends are always among them."""
        if self.categories:
            return [(self.position(value) or 0.0, number_text(value)) for value in self.categories]
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

    def _scaled(self, numbers: np.ndarray) -> np.ndarray:
        if self.scale == "log":
            return np.log(numbers)
        if self.scale == "reverse_log":
            return -np.log1p(-numbers)
        return numbers

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


def _as_it_is(value: object) -> Hashable:
    assert isinstance(value, Hashable)
    return value


def _apart(value: object) -> Hashable:
    return (isinstance(value, bool), value)


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
    """Powers of ten between two positive numbers; fives and twos too when decades are few."""
    mantissas = (1,) if high > 30 * low else (1, 5, 2)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [
        float(f"{mantissa}e{exponent}")
        for mantissa in mantissas
        for exponent in range(first, last + 1)
        if low <= float(f"{mantissa}e{exponent}") <= high
    ]


def positions(trials: pd.DataFrame, axis: Axis) -> list[float | None]:
    """Each trial's share of the axis' height; None where it has no value."""
    if axis.name not in trials:
        return [None] * len(trials)
    return axis.positions(trials[axis.name])


NOT_USED = "not used"


def value_texts(trials: pd.DataFrame, axis: Axis) -> pd.Series:
    """Each trial's value on an axis as people write it."""
    values = trials[axis.name] if axis.name in trials else [None] * len(trials)
    boolean = axis.kind == "boolean"
    texts = [
        NOT_USED
        if value is None or value != value  # NaN alone is not itself
        # A column with gaps has turned booleans to floats.
        else number_text(bool(value) if boolean else value)
        for value in values
    ]
    return pd.Series(texts, trials.index, dtype="str")
