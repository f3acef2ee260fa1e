"""Whether the winner of a study is better than the others, or was lucky."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from tuning_core.analysis.observations import Array, Observations

ERROR_RATE = 0.05
RIVALS = 20
"""Best trials whose trainings are compared with those of the winner."""
NEAR = 0.03
"""Distance on every scale up to which two configurations count as the same one, tried twice."""
FEWEST_PAIRS = 8
UNLIKELY_ROWS = 6
"""Rows on which only one of two classifiers is right before a sign test can tell them apart:
2 * 0.5**6 is the first below 0.05 (McNemar's exact test)."""


SAME = 1e-12
"""Relative difference that the rounding of a mean may make between equal scores."""


@dataclass(frozen=True)
class Contender:
    """A trial and the scores of its executions, None for one without; alone: one score.

    ``parameters`` and ``seconds`` are what it cost, where that is known.
    """

    trial: int
    score: float
    executions: tuple[float | None, ...] = ()
    parameters: int | None = None
    seconds: float | None = None


def tied(contenders: Sequence[Contender]) -> list[Contender]:
    """Those that share the best score; ``contenders`` are ranked, best first."""
    if not contenders:
        return []
    return [c for c in contenders if same_score(c.score, contenders[0].score)]


def same_score(one: float, other: float) -> bool:
    """Whether two scores are equal but for rounding."""
    return math.isclose(one, other, rel_tol=SAME)


def cheapest(contenders: Sequence[Contender]) -> Contender | None:
    """The one with the fewest parameters, of equals the quickest; None where none stands out."""
    known = sorted(
        (c for c in contenders if c.parameters is not None and c.seconds is not None),
        key=_cost,
    )
    if len(known) < 2 or _cost(known[0]) == _cost(known[1]):
        return None
    return known[0]


def _cost(contender: Contender) -> tuple[float, float]:
    return (contender.parameters or 0, contender.seconds or 0.0)


@dataclass(frozen=True)
class Rivalry:
    """What the winner's lead over the next best is worth.

    ``equals`` are the trials that cannot be told from the winner, best first; ``lead`` is its
    distance to the next best, ``smallest`` the least distance that could have been told from
    luck, ``how`` says from what that is known: "executions", "neighbours" or "rows". ``tied`` of
    the equals have the very score of the winner.
    """

    winner: int
    lead: float
    smallest: float
    equals: tuple[int, ...]
    how: str
    pairs: int
    tied: int = 0


def rivalry(
    contenders: Sequence[Contender],
    *,
    folds: int = 1,
    table: Observations | None = None,
    rows: int = 0,
) -> Rivalry | None:
    """The winner, first of ``contenders``, against the next best; None where nothing is sure.

    Executions are compared where there are several: fold by fold when the study has ``folds``,
    since all trials share them. Else the noise of a score is read off near-identical
    configurations of ``table`` (its scores are those of the contenders, in any order). Else, for
    an accuracy measured on ``rows`` rows, a difference of fewer rows than a sign test needs is
    known to be worth nothing.
    """
    if len(contenders) < 2:
        return None
    winner, others = contenders[0], list(contenders[1:])
    found = _found(winner, others, folds, table, rows)
    same = {contender.trial for contender in tied([winner, *others])}
    return found and replace(found, tied=len(same.intersection(found.equals)))


def _found(
    winner: Contender,
    others: Sequence[Contender],
    folds: int,
    table: Observations | None,
    rows: int,
) -> Rivalry | None:
    if len(winner.executions) > 1:
        return _by_executions(winner, others[:RIVALS], folds)
    noise = None if table is None else _neighbours(table)
    if noise is not None:
        return _by_neighbours(winner, others, *noise)
    return _by_rows(winner, others, rows) if rows else None


def _by_executions(winner: Contender, others: Sequence[Contender], folds: int) -> Rivalry | None:
    found = [(other.trial, *_interval(winner, other, folds, len(others))) for other in others]
    known = [(trial, gap, half) for trial, gap, half in found if not math.isnan(half)]
    if not known:
        return None
    equals = tuple(trial for trial, gap, half in known if abs(gap) <= half)
    _, lead, half = known[0]
    return Rivalry(winner.trial, abs(lead), half, equals, "executions", len(winner.executions))


def _interval(
    winner: Contender, other: Contender, folds: int, comparisons: int
) -> tuple[float, float]:
    """Difference of the means and half the width of its interval.

    Corrected for the number of comparisons (Bonferroni). NaN where there is nothing to compare.
    """
    level = 1 - ERROR_RATE / comparisons / 2
    pairs = [
        (a, b)
        for a, b in zip(winner.executions, other.executions, strict=False)
        if a is not None and b is not None
    ]
    if len(pairs) < 2:
        return math.nan, math.nan
    ours, theirs = np.array(pairs, dtype=np.float64).T
    count = len(pairs)
    if folds > 1:
        # Training rows overlap between folds: Nadeau and Bengio 2003, "Inference for the
        # Generalization Error", equation 11, with the test share 1 / folds.
        variance = float(np.var(ours - theirs, ddof=1)) * (1 / count + 1 / (folds - 1))
        return float((ours - theirs).mean()), float(stdtrit(count - 1, level) * math.sqrt(variance))
    # Repeats have seeds of their own in each trial: two samples, Welch.
    parts = [float(np.var(values, ddof=1)) / count for values in (ours, theirs)]
    squares = sum(part**2 for part in parts) / (count - 1)
    freedom = sum(parts) ** 2 / squares if squares > 0 else 2 * count - 2.0
    half = float(stdtrit(freedom, level) * math.sqrt(sum(parts)))
    return float(ours.mean() - theirs.mean()), half


def _neighbours(table: Observations) -> tuple[float, int] | None:
    """Standard deviation of a score between near-identical configurations, and how many pairs."""
    if not len(table.scores):
        return None
    # Where scores are good the scales matter least, so that what differs is luck.
    worth = table.scores if table.direction == "max" else -table.scores
    table = table.rows(np.flatnonzero(worth >= np.median(worth)))
    count = len(table.scores)
    if not table.axes or count < 2:
        return None
    shares = np.where(np.isnan(table.shares), -1.0, table.shares)
    gaps: list[float] = []
    for row in range(count - 1):
        distance = np.abs(shares[row + 1 :] - shares[row]).max(axis=1)
        differing = _names_differ(table, shares, row)
        near = (distance <= NEAR) & ~differing
        gaps += list(table.scores[row + 1 :][near] - table.scores[row])
    if len(gaps) < FEWEST_PAIRS:
        return None
    # By the median: a pair across a steep place says nothing of luck (0.6745: see curves.wobble).
    return float(np.median(np.abs(gaps))) / 0.6745 / math.sqrt(2), len(gaps)


def _names_differ(table: Observations, shares: Array, row: int) -> np.ndarray:
    """Rows after ``row`` that have another value of a hyperparameter without an order."""
    listed = [i for i, axis in enumerate(table.axes) if axis.names or 0 < axis.count <= 20]
    if not listed:
        return np.zeros(len(shares) - row - 1, dtype=bool)
    other: np.ndarray = (shares[row + 1 :, listed] != shares[row, listed]).any(axis=1)
    return other


def _by_neighbours(
    winner: Contender, others: Sequence[Contender], noise: float, pairs: int
) -> Rivalry:
    # A t factor for the few pairs that the noise is known from; a difference has two noises.
    smallest = float(stdtrit(pairs, 1 - ERROR_RATE / 2)) * noise * math.sqrt(2)
    equals = tuple(o.trial for o in others if abs(winner.score - o.score) <= smallest)
    lead = abs(winner.score - others[0].score)
    return Rivalry(winner.trial, lead, smallest, equals, "neighbours", pairs)


def _by_rows(winner: Contender, others: Sequence[Contender], rows: int) -> Rivalry:
    smallest = UNLIKELY_ROWS / rows
    margin = smallest - 1e-9
    equals = tuple(o.trial for o in others if abs(winner.score - o.score) < margin)
    lead = abs(winner.score - others[0].score)
    return Rivalry(winner.trial, lead, smallest, equals, "rows", rows)
