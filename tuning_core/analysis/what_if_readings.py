"""What What-if reads off its curves: rates worth a search, a steadier curve, the best values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuning_core.catalog import Objective, Value

FEWEST_POINTS = 12
"""Points below which there is nothing to read off."""

_WINDOW = 0.12
"""Width of the smoothing, as a share of the test."""

_BEGUN, _DONE = 0.1, 0.9
"""Shares of the fall at which it has begun and is done."""

_MARGIN = 3.0
"""How far below the rate of the smallest loss the range ends: beyond it, the next step may jump."""


@dataclass(frozen=True)
class SuggestedRates:
    """From the rate at which the loss begins to fall to one that is safely below its rise."""

    low: float
    high: float


def smoothed(losses: Sequence[float]) -> list[float]:
    """A running median of the losses, then a running mean: a single batch says little."""
    values = np.asarray(losses, dtype="float64")
    half = max(1, round(len(values) * _WINDOW / 2))
    for centre in (np.median, np.mean):
        values = np.array(
            [centre(values[max(0, i - half) : i + half + 1]) for i in range(len(values))]
        )
    return [float(value) for value in values]


def suggested_rates(rates: Sequence[float], losses: Sequence[float]) -> SuggestedRates | None:
    """The range of learning rates worth a search; None where the loss hardly fell.

    It begins where the smoothed loss has fallen by a tenth of its whole fall, and ends a third
    below the rate at which it is smallest (Smith 2017, "Cyclical Learning Rates for Training
    Neural Networks", section 3.3: "note the learning rate value when the accuracy starts to
    increase and when the accuracy slows, becomes ragged, or starts to fall").
    """
    if len(rates) < FEWEST_POINTS:
        return None
    curve = np.array(smoothed(losses))
    lowest = int(curve.argmin())
    start = float(np.median(curve[: max(2, len(curve) // 10)]))
    fall = start - float(curve[lowest])
    noise = float(np.std(np.asarray(losses[: len(losses) // 4]) - curve[: len(losses) // 4]))
    if fall <= max(0.05 * abs(start), noise):
        return None
    begun = next(i for i in range(len(curve)) if curve[i] <= start - _BEGUN * fall)
    done = next(i for i in range(len(curve)) if curve[i] <= start - _DONE * fall)
    low, high = rates[min(begun, done)], rates[lowest] / _MARGIN
    if high < 2 * low:
        # A steep fall: a factor of ten that ends where it is done.
        low, high = rates[done] / 10, rates[done]
    return SuggestedRates(_short(low), _short(high))


def _short(rate: float) -> float:
    """One digit of it: no more is known."""
    power = math.floor(math.log10(rate))
    return float(f"{round(rate / 10**power)}e{power}")


FEWEST_EPOCHS = 5
"""Epochs below which a curve is neither."""

CLEARLY = 1.6
"""The factor between two curves' jumps from which one is called steadier."""


def jumpiness(values: Sequence[float]) -> float | None:
    """The mean size of the turns of a curve, as a share of its level; None for a short one.

    A turn is the second difference: a straight line has none, however steep.
    """
    if len(values) < FEWEST_EPOCHS:
        return None
    numbers = np.asarray(values, dtype="float64")
    level = float(np.abs(numbers).mean()) or 1.0
    # The first epochs fall steeply in every training.
    turns = np.abs(np.diff(numbers, 2))[1:]
    return float(turns.mean()) / level


def steadier(before: Sequence[float], after: Sequence[float]) -> int:
    """1 where the second curve is clearly steadier than the first, -1 where it jumps more, or 0."""
    old, new = jumpiness(before), jumpiness(after)
    if old is None or new is None or max(old, new) < 0.005:
        return 0
    if old > CLEARLY * new:
        return 1
    return -1 if new > CLEARLY * old else 0


NEAR = 0.15
"""Scores this near to the best, as a share of what the sweep spans, are as good."""


@dataclass(frozen=True)
class Stretch:
    """The best value and its score, and the neighbouring ``values`` between which to search."""

    best: Value
    score: float
    values: tuple[Value, ...]


def best_stretch(scored: Sequence[tuple[Value, float]], objective: Objective) -> Stretch:
    """The values around the best that score nearly as well, and one more on each side.

    ``scored`` are value and score in the order of the values, at least one.
    """
    sign = 1.0 if objective.direction == "max" else -1.0
    heights = [sign * score for _, score in scored]
    top = heights.index(max(heights))
    least = heights[top] - NEAR * (max(heights) - min(heights))
    first = last = top
    while first > 0 and heights[first - 1] >= least:
        first -= 1
    while last < len(heights) - 1 and heights[last + 1] >= least:
        last += 1
    kept = scored[max(0, first - 1) : last + 2]
    return Stretch(scored[top][0], scored[top][1], tuple(value for value, _ in kept))
