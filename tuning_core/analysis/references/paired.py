"""Two models on the same rows or folds: by how much the first is better, and is that luck."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtrit

from tuning_core.analysis.metric_intervals import (
    LEVEL,
    Interval,
    area_interval,
    f1_interval,
    mean_interval,
    r2_interval,
    share_interval,
)
from tuning_core.catalog.objectives import r_squared, total_squares

Direction = Literal["min", "max"]
Answers = np.ndarray
"""(n, outputs): probabilities of the classes, or (n, 1) values in the target's own unit."""

RESAMPLES = 400
_FEW_RESAMPLES, _MANY_ROWS = 100, 20_000
_LEAST = 1e-7
"""The least probability that a logarithm is taken of; Keras's own."""


@dataclass(frozen=True)
class Gain:
    """How much better the first of two is, with the ends of the 95% interval."""

    value: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether there was enough to tell how sure it is."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def verdict(self) -> Literal["better", "worse", "tie"]:
        """What the first is; a tie where the interval holds no difference at all."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "tie"


def gain_json(gain: Gain) -> dict[str, float | str]:
    """A gain as plain JSON, with its verdict."""
    return {"gain": gain.value, "low": gain.low, "high": gain.high, "verdict": gain.verdict}


def _certain(answers: Answers, truth: np.ndarray) -> np.ndarray:
    shares = answers / np.maximum(answers.sum(axis=1, keepdims=True), _LEAST)
    return np.clip(shares[np.arange(len(truth)), truth], _LEAST, 1 - _LEAST)


def _area(answers: Answers, truth: np.ndarray) -> float:
    """Hanley and McNeil 1982, equation 1: the share of pairs in order, ties counting half."""
    positive, negative = answers[truth == 1, 1], np.sort(answers[truth == 0, 1])
    pairs = len(positive) * len(negative)
    if not pairs:
        return 0.5
    below, up_to = (np.searchsorted(negative, positive, side).sum() for side in ("left", "right"))
    return float(below + up_to) / (2.0 * pairs)


def _f1(answers: Answers, truth: np.ndarray) -> float:
    said = answers.argmax(axis=1)
    either = float(said.sum() + truth.sum())
    return 2.0 * float((said * truth).sum()) / either if either else 0.0


def _r2(answers: Answers, truth: np.ndarray) -> float:
    return r_squared(float(np.sum(np.square(answers[:, 0] - truth))), total_squares(truth))


_OF_ROWS: dict[str, Callable[[Answers, np.ndarray], np.ndarray]] = {
    "accuracy": lambda answers, truth: (answers.argmax(axis=1) == truth).astype(np.float64),
    "log_loss": lambda answers, truth: -np.log(_certain(answers, truth)),
    "mae": lambda answers, truth: np.abs(answers[:, 0] - truth),
    "mse": lambda answers, truth: np.square(answers[:, 0] - truth),
}
"""Metrics that are means over rows, and what one row adds to them."""

_OF_ALL: dict[str, Callable[[Answers, np.ndarray], float]] = {"auc": _area, "f1": _f1, "r2": _r2}


def metric_of(metric: str, answers: Answers, truth: np.ndarray) -> float:
    """A metric; ``log_loss`` is that of classes, the others are those of the catalog."""
    if metric in _OF_ROWS:
        return float(_OF_ROWS[metric](answers, truth).mean())
    return _OF_ALL[metric](answers, truth)


def metric_interval(metric: str, answers: Answers, truth: np.ndarray) -> Interval:
    """A metric with its 95% interval over rows."""
    if metric == "accuracy":
        return share_interval(float(_OF_ROWS[metric](answers, truth).sum()), len(truth))
    if metric in _OF_ROWS:
        return mean_interval(_OF_ROWS[metric](answers, truth))
    if metric == "auc":
        positives = int(truth.sum())
        return area_interval(_area(answers, truth), positives, len(truth) - positives)
    if metric == "f1":
        return f1_interval(answers.argmax(axis=1), truth)
    return r2_interval(answers[:, 0], truth)


def gain_over_rows(
    metric: str, direction: Direction, first: Answers, second: Answers, truth: np.ndarray
) -> Gain:
    """The gain of ``first`` on rows that both have answered.

    Shares: Agresti and Min 2005, "Simple improved confidence intervals for comparing matched
    proportions", section 2: half a row more in each of the four cells. Other means over rows: a
    paired t interval (Student 1908). Others: a paired percentile bootstrap, which draws rows with
    both answers (Efron 1979).
    """
    sign = 1.0 if direction == "max" else -1.0
    if metric == "accuracy":
        return _gain_of_hits(*(_OF_ROWS[metric](answers, truth) for answers in (first, second)))
    if metric in _OF_ROWS:
        of_row = _OF_ROWS[metric]
        found = mean_interval(sign * (of_row(first, truth) - of_row(second, truth)))
        return Gain(found.value, found.low, found.high)
    of_all, rows = _OF_ALL[metric], len(truth)
    value = sign * (of_all(first, truth) - of_all(second, truth))
    rng, drawn = np.random.default_rng(0), []
    for _ in range(RESAMPLES if rows <= _MANY_ROWS else _FEW_RESAMPLES):
        picked = rng.integers(0, rows, rows)
        there = truth[picked]
        drawn.append(sign * (of_all(first[picked], there) - of_all(second[picked], there)))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Gain(value, min(value, float(low)), max(value, float(high)))


def _gain_of_hits(first: np.ndarray, second: np.ndarray) -> Gain:
    rows, alone, others = len(first), float(np.sum(first > second)), float(np.sum(second > first))
    middle = (alone - others) / (rows + 2)
    half = math.sqrt((alone + others + 1) - (alone - others) ** 2 / (rows + 2)) / (rows + 2)
    half *= float(ndtri((1 + LEVEL) / 2))
    value = (alone - others) / rows
    return Gain(value, min(value, middle - half), max(value, middle + half))


def gain_over_folds(
    direction: Direction, first: Sequence[float], second: Sequence[float], share: float
) -> Gain:
    """The gain of ``first`` by the scores on the same folds.

    ``share`` is that of validation rows to training rows in a fold. The folds share training rows,
    so the variance of a mean of k differences is not s²/k but s²(1/k + share): Nadeau and Bengio
    2003, "Inference for the Generalization Error", section 3.
    """
    sign = 1.0 if direction == "max" else -1.0
    gaps = sign * (np.asarray(first, np.float64) - np.asarray(second, np.float64))
    mean, count = float(gaps.mean()), len(gaps)
    if count < 2:
        return Gain(mean, -math.inf, math.inf)
    half = float(stdtrit(count - 1, (1 + LEVEL) / 2) * gaps.std(ddof=1))
    half *= math.sqrt(1 / count + share)
    return Gain(mean, mean - half, mean + half)


def gain_of_intervals(direction: Direction, first: Interval, second: Interval) -> Gain:
    """The gain of ``first`` where only the two scores are known, each with its interval.

    Zou and Donner 2008, equation 1. Wider than one that pairs rows.
    """
    if direction == "min":
        first, second = (Interval(-i.value, -i.high, -i.low, i.rows) for i in (first, second))
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Gain(value, low, high)
