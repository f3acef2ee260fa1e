"""How sure a metric is that was measured on so many rows: 95% intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from tuning_core.catalog.objectives import r_squared, spread

LEVEL = 0.95
RESAMPLES = 400
_MANY_ROWS = 20_000
_FEW_RESAMPLES = 100
_NORMAL = float(ndtri(0.5 + LEVEL / 2))


@dataclass(frozen=True)
class Estimate:
    """A metric measured on ``rows`` rows and the ends of its 95% interval."""

    value: float
    low: float
    high: float
    rows: int

    @property
    def error(self) -> float:
        """The standard error that the interval stands for."""
        return (self.high - self.low) / 2 / _NORMAL


def share_estimate(hits: float, rows: int) -> Estimate:
    """A share of rows, such as an accuracy: Wilson 1927, "Probable Inference, the Law of
    Succession, and Statistical Inference". Stays within 0 and 1, also for few rows."""
    share, square = hits / rows, _NORMAL**2
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    half = math.sqrt(share * (1 - share) / rows + square / (4 * rows**2)) * _NORMAL
    half /= 1 + square / rows
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), rows)


def mean_estimate(values: np.ndarray) -> Estimate:
    """A mean over rows, such as a loss or a mean absolute error; ``values`` (n,)."""
    rows, mean = len(values), float(np.mean(values))
    if rows < 2:
        return Estimate(mean, -math.inf, math.inf, rows)
    half = float(stdtrit(rows - 1, 0.5 + LEVEL / 2) * np.std(values, ddof=1) / math.sqrt(rows))
    return Estimate(mean, mean - half, mean + half, rows)


def area_estimate(area: float, positives: int, negatives: int) -> Estimate:
    """An area under the ROC curve: Hanley and McNeil 1982, "The Meaning and Use of the Area under
    a Receiver Operating Characteristic (ROC) Curve", equation 1."""
    rows = positives + negatives
    if not positives or not negatives:
        return Estimate(area, 0.0, 1.0, rows)
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area)
    variance += (positives - 1) * (first - area**2) + (negatives - 1) * (second - area**2)
    half = _NORMAL * math.sqrt(max(0.0, variance) / (positives * negatives))
    return Estimate(area, max(0.0, area - half), min(1.0, area + half), rows)


def f1_estimate(said: np.ndarray, truth: np.ndarray) -> Estimate:
    """An F1 score of two classes, 0 and 1; percentile bootstrap over rows (Efron 1979).

    Drawing rows anew draws how many of them are hits, false alarms, misses and the rest.
    """
    rows = len(truth)
    kinds = np.bincount(2 * truth.astype(int) + said.astype(int), minlength=4)
    drawn = np.random.default_rng(0).multinomial(rows, kinds / rows, RESAMPLES)
    scores = 2 * drawn[:, 3] / np.maximum(1, 2 * drawn[:, 3] + drawn[:, 1] + drawn[:, 2])
    value = 2 * kinds[3] / max(1, 2 * kinds[3] + kinds[1] + kinds[2])
    return _percentiles(float(value), scores, rows)


def r2_estimate(said: np.ndarray, truth: np.ndarray) -> Estimate:
    """A share of explained variance; percentile bootstrap over rows."""
    rng, rows = np.random.default_rng(0), len(truth)
    scores = []
    for _ in range(RESAMPLES if rows <= _MANY_ROWS else _FEW_RESAMPLES):
        picked = rng.integers(0, rows, rows)
        scores.append(_explained(said[picked], truth[picked]))
    return _percentiles(_explained(said, truth), np.array(scores), rows)


def _explained(said: np.ndarray, truth: np.ndarray) -> float:
    return r_squared(float(np.sum(np.square(said - truth))), spread(truth))


def _percentiles(value: float, drawn: np.ndarray, rows: int) -> Estimate:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(value, min(value, float(low)), max(value, float(high)), rows)
