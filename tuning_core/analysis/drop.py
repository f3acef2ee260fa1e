"""Why a test score differs from the validation score, and whether it says anything."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtri

from tuning_core.analysis.metric_intervals import Estimate


@dataclass(frozen=True)
class Drop:
    """The fall from validation to test, positive where the test part is worse.

    ``low`` and ``high`` are the ends of its 95% interval. ``luck`` is what choosing the best of
    the trials could at most have added to the validation score, None for one trial.
    """

    validation: Estimate
    test: Estimate
    fall: float
    low: float
    high: float
    luck: float | None

    @property
    def within_noise(self) -> bool:
        """Whether two parts of these sizes differ so much by their rows alone."""
        return self.low <= 0.0 <= self.high


def drop(
    validation: Estimate, test: Estimate, direction: Literal["min", "max"], trials: int
) -> Drop:
    """The fall with its interval; ``trials`` had a score and could have been the winner.

    The interval of a difference is put together from those of its two sides: Zou and Donner 2008,
    "Construction of confidence limits about effect measures", equation 1; for shares that is
    Newcombe's method 10 of 1998.
    """
    first, second = (validation, test) if direction == "max" else (test, validation)
    fall = first.value - second.value
    low = fall - math.hypot(first.value - first.low, second.high - second.value)
    high = fall + math.hypot(first.high - first.value, second.value - second.low)
    return Drop(validation, test, fall, low, high, _luck(validation, trials))


def _luck(validation: Estimate, trials: int) -> float | None:
    """By how much the best of ``trials`` equally good ones is expected to look better than it is.

    The largest of n normal deviates, Blom 1958, "Statistical Estimates and Transformed
    Beta-Variables". It is the most there can be: trials share their validation rows, so that what
    is luck to one is luck to others too.
    """
    if trials < 2 or not math.isfinite(validation.error):
        return None
    return float(ndtri((trials - 0.375) / (trials + 0.25))) * validation.error
