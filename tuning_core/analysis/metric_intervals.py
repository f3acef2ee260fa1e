"""How sure a metric is that was measured on so many rows, and its fall from validation to test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtrit

from tuning_core.catalog.objectives import r_squared, total_squares

LEVEL = 0.95
"""Share of repetitions in which an interval holds the true value."""

PERCENT = f"{100 * LEVEL:.0f}%"
"""The same in words."""

RESAMPLES = 400
_MANY_ROWS = 20_000
_FEW_RESAMPLES = 100
_NORMAL = float(ndtri(0.5 + LEVEL / 2))


@dataclass(frozen=True)
class Interval:
    """A metric measured on ``rows`` rows and the ends of its 95% interval."""

    value: float
    low: float
    high: float
    rows: int

    @property
    def error(self) -> float:
        """The standard error that the interval stands for."""
        return (self.high - self.low) / 2 / _NORMAL


def share_interval(hits: float, rows: int) -> Interval:
    """A share of rows, such as an accuracy; stays within 0 and 1, also for few rows.

    Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    share, square = hits / rows, _NORMAL**2
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    half = math.sqrt(share * (1 - share) / rows + square / (4 * rows**2)) * _NORMAL
    half /= 1 + square / rows
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half), rows)


def mean_interval(values: np.ndarray) -> Interval:
    """A mean over rows, such as a loss or a mean absolute error; ``values`` (n,)."""
    rows, mean = len(values), float(np.mean(values))
    if rows < 2:
        return Interval(mean, -math.inf, math.inf, rows)
    half = float(stdtrit(rows - 1, 0.5 + LEVEL / 2) * np.std(values, ddof=1) / math.sqrt(rows))
    return Interval(mean, mean - half, mean + half, rows)


def area_interval(area: float, positives: int, negatives: int) -> Interval:
    """An area under the ROC curve.

    Hanley and McNeil 1982, "The Meaning and Use of the Area under a Receiver Operating
    Characteristic (ROC) Curve", equation 1.
    """
    rows = positives + negatives
    if not positives or not negatives:
        return Interval(area, 0.0, 1.0, rows)
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area)
    variance += (positives - 1) * (first - area**2) + (negatives - 1) * (second - area**2)
    half = _NORMAL * math.sqrt(max(0.0, variance) / (positives * negatives))
    return Interval(area, max(0.0, area - half), min(1.0, area + half), rows)


def f1_interval(predicted: np.ndarray, truth: np.ndarray) -> Interval:
    """An F1 score of two classes, 0 and 1; percentile bootstrap over rows (Efron 1979).

    Drawing rows anew draws how many of them are hits, false alarms, misses and the rest.
    """
    rows = len(truth)
    kinds = np.bincount(2 * truth.astype(int) + predicted.astype(int), minlength=4)
    drawn = np.random.default_rng(0).multinomial(rows, kinds / rows, RESAMPLES)
    scores = 2 * drawn[:, 3] / np.maximum(1, 2 * drawn[:, 3] + drawn[:, 1] + drawn[:, 2])
    value = 2 * kinds[3] / max(1, 2 * kinds[3] + kinds[1] + kinds[2])
    return _percentiles(float(value), scores, rows)


def r2_interval(predicted: np.ndarray, truth: np.ndarray) -> Interval:
    """A share of explained variance; percentile bootstrap over rows."""
    rng, rows = np.random.default_rng(0), len(truth)
    scores = []
    for _ in range(RESAMPLES if rows <= _MANY_ROWS else _FEW_RESAMPLES):
        picked = rng.integers(0, rows, rows)
        scores.append(_explained(predicted[picked], truth[picked]))
    return _percentiles(_explained(predicted, truth), np.array(scores), rows)


def _explained(predicted: np.ndarray, truth: np.ndarray) -> float:
    return r_squared(float(np.sum(np.square(predicted - truth))), total_squares(truth))


def _percentiles(value: float, drawn: np.ndarray, rows: int) -> Interval:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(value, min(value, float(low)), max(value, float(high)), rows)


@dataclass(frozen=True)
class Drop:
    """The fall from validation to test, positive where the test part is worse.

    ``low`` and ``high`` are the ends of its 95% interval. ``luck`` is what choosing the best of
    the trials could at most have added to the validation score, None for one trial.
    """

    validation: Interval
    test: Interval
    fall: float
    low: float
    high: float
    luck: float | None

    @property
    def within_noise(self) -> bool:
        """Whether two parts of these sizes differ so much by their rows alone."""
        return self.low <= 0.0 <= self.high


def drop(
    validation: Interval, test: Interval, direction: Literal["min", "max"], trials: int
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


def _luck(validation: Interval, trials: int) -> float | None:
    """By how much the best of ``trials`` equally good ones is expected to look better than it is.

    The largest of n normal deviates, Blom 1958, "Statistical Estimates and Transformed
    Beta-Variables". It is the most there can be: trials share their validation rows, so that what
    is luck to one is luck to others too.
    """
    if trials < 2 or not math.isfinite(validation.error):
        return None
    return float(ndtri((trials - 0.375) / (trials + 0.25))) * validation.error
