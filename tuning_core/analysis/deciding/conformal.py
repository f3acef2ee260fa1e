"""Intervals that hold a stated share of true values, whatever the model is (split conformal)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from tuning_core.analysis.metric_intervals import LEVEL, Interval, share_interval

LEVELS = (0.8, 0.9, 0.95)
"""Shares of rows that an interval may be asked to hold."""


@dataclass(frozen=True)
class Conformal:
    """An interval from ``below`` under a prediction to ``above`` over it, for a share ``level``.

    ``rows`` are those that it was measured on. ``likely`` are the 2.5% and 97.5% points of the
    share that such an interval really holds: with few rows it may be well off what is stated.
    """

    level: float
    below: float
    above: float
    rows: int
    likely: tuple[float, float]

    @property
    def width(self) -> float:
        """From end to end."""
        return self.below + self.above

    def holds(self, predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """Whether each true value (n,) is within the interval of its prediction (n,)."""
        error = truth - predicted
        return np.asarray((error >= -self.below) & (error <= self.above))

    def coverage(self, predicted: np.ndarray, truth: np.ndarray) -> Interval:
        """The share of rows that it holds."""
        return share_interval(int(self.holds(predicted, truth).sum()), len(truth))


def least_rows(level: float, asymmetric: bool = False) -> int:
    """Rows below which no finite interval can promise a level."""
    tail = (1 - level) / (2 if asymmetric else 1)
    return math.ceil(round(1 / tail, 9)) - 1


def conformal(
    predicted: np.ndarray, truth: np.ndarray, level: float, asymmetric: bool = False
) -> Conformal | None:
    """The interval of rows that the model did not train on, (n,) each; None for too few of them.

    Vovk, Gammerman and Shafer 2005, "Algorithmic Learning in a Random World"; Lei, G'Sell, Rinaldo,
    Tibshirani and Wasserman 2018, "Distribution-Free Predictive Inference for Regression",
    algorithm 2: the k-th smallest distance, k = ceil((n + 1) level). An ``asymmetric`` one takes
    half of what is left out on each side (Romano, Patterson and Candès 2019). A new row of the same
    kind is held with at least the stated probability; given these rows that probability is drawn
    from a beta distribution (Vovk 2012, "Conditional Validity of Inductive Conformal Predictors").
    """
    error, rows = truth - predicted, len(truth)
    if rows < least_rows(level, asymmetric):
        return None
    if not asymmetric:
        rank = _rank(rows, level)
        half = float(np.partition(np.abs(error), rank - 1)[rank - 1])
        return Conformal(level, half, half, rows, _likely(rank, rows))
    rank = _rank(rows, (1 + level) / 2)
    above = float(np.partition(error, rank - 1)[rank - 1])
    below = float(np.partition(-error, rank - 1)[rank - 1])
    return Conformal(level, below, above, rows, _likely(max(1, 2 * rank - rows - 1), rows))


def _rank(rows: int, level: float) -> int:
    # Rounded first: 0.9 times 10 is a little more than 9 here.
    return math.ceil(round((rows + 1) * level, 9))


def _likely(rank: int, rows: int) -> tuple[float, float]:
    tail = (1 - LEVEL) / 2
    low, high = (float(betaincinv(rank, rows + 1 - rank, t)) for t in (tail, 1 - tail))
    return low, high
