"""Whether short trainings rank configurations as full ones do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from tuning_core.analysis.observations import Array

FEWEST = 10
"""Full trainings below which an order says nothing."""

TRUSTED = 0.8
"""A rank correlation from which on an order is taken for the final one."""

RESAMPLES = 300
MOST_POINTS = 60
"""Epochs at which the orders are compared."""

COVERAGE = 0.95


class Scored(Protocol):
    """A trial that trained to its end and has a score."""

    @property
    def curves(self) -> Sequence[Sequence[float | None]]:
        """The objective by execution and epoch."""


@dataclass(frozen=True)
class At:
    """How the order after ``epoch`` epochs agrees with the final one.

    ``spearman`` lies between ``low`` and ``high`` in 95% of resampled trials. ``first`` is the
    rank, from 1, that the final winner had by then.
    """

    epoch: int
    spearman: float
    low: float
    high: float
    kendall: float
    first: int


@dataclass(frozen=True)
class ShortTrainings:
    """The agreement over the epochs of ``trials`` trainings, of which the last is 1 by itself.

    From ``trusted`` on the interval of the rank correlation stays above 0.8; None if it never
    does before the end.
    """

    trials: int
    epochs: int
    points: tuple[At, ...]
    trusted: int | None


def short_trainings(
    trainings: Sequence[Scored], direction: Literal["min", "max"], *, seed: int = 0
) -> ShortTrainings | None:
    """Rank correlations between the score after e epochs and that after all, for every e.

    A trial's score after e epochs is the best of its objective so far, the mean over its
    executions: what the study would have recorded with so many. A training that ended by itself
    keeps its last. Spearman's rho and Kendall's tau-b, intervals from resampled trials (Efron
    and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13). None where fewer than
    ten have a value in every execution, or all end alike.
    """
    curves = [best for training in trainings if (best := _so_far(training, direction)) is not None]
    longest = max(map(len, curves), default=0)
    if len(curves) < FEWEST or longest < 2:
        return None
    table = np.array([[*curve, *[curve[-1]] * (longest - len(curve))] for curve in curves])
    if np.ptp(table[:, -1]) == 0:
        return None
    sign = 1.0 if direction == "min" else -1.0
    asked = np.unique(np.linspace(1, longest, min(longest, MOST_POINTS)).round().astype(int))
    drawn = np.random.default_rng(seed).integers(0, len(curves), (RESAMPLES, len(curves)))
    points = [_at(table[:, epoch - 1], table[:, -1], int(epoch), sign, drawn) for epoch in asked]
    trusted: int | None = None
    for point in reversed(points[:-1]):
        if not point.low >= TRUSTED:
            break
        trusted = point.epoch
    return ShortTrainings(len(curves), longest, tuple(points), trusted)


def _so_far(training: Scored, direction: Literal["min", "max"]) -> list[float] | None:
    """The best so far after each epoch, the mean over the executions; None where one has none."""
    whole: list[Array] = []
    longest = max(map(len, training.curves), default=0)
    for curve in training.curves:
        values = np.array([np.nan if value is None else value for value in curve], dtype=float)
        best = (np.fmax if direction == "max" else np.fmin).accumulate(values)
        if not len(best) or np.isnan(best[0]):
            return None
        whole.append(np.concatenate([best, np.full(longest - len(best), best[-1])]))
    return np.mean(whole, axis=0).tolist() if whole else None


def _at(then: Array, final: Array, epoch: int, sign: float, drawn: NDArray[np.intp]) -> At:
    spread = np.quantile(_rhos(then[drawn], final[drawn]), [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    rho = float(_rhos(then[None], final[None])[0])
    from scipy.stats import kendalltau

    tau = float(kendalltau(then, final).statistic) if np.ptp(then) else 0.0
    winner = int(np.argmin(sign * final))
    return At(
        epoch=epoch,
        spearman=rho,
        low=min(float(spread[0]), rho),
        high=max(float(spread[1]), rho),
        kendall=tau,
        first=1 + int((sign * then < sign * then[winner]).sum()),
    )


def _rhos(one: Array, other: Array) -> Array:
    """Spearman's rho of each row, the correlation of ranks; 0 where one does not vary."""
    # Imported late: it takes half a second, which those who only read results need not pay.
    from scipy.stats import rankdata

    ranks = [rankdata(values, axis=1) for values in (one, other)]
    centred = [rank - rank.mean(axis=1, keepdims=True) for rank in ranks]
    sizes = np.sqrt(np.square(centred[0]).sum(axis=1) * np.square(centred[1]).sum(axis=1))
    products = (centred[0] * centred[1]).sum(axis=1)
    found: Array = np.divide(products, sizes, out=np.zeros_like(products), where=sizes > 0)
    return found
