"""What a learning-rate range test suggests: the rates at which the loss falls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 12
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
    if len(rates) < FEWEST:
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
