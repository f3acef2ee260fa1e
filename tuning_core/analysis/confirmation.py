"""Configurations that were trained again on new seeds: which of them can be told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

ERROR_RATE = 0.05
PERCENT = f"{100 * (1 - ERROR_RATE):.0f}%"
"""What the intervals hold."""

Scores = Sequence[float | None]
"""A score per seed, None where a training has none; the same seeds for every configuration."""


@dataclass(frozen=True)
class Standing:
    """The mean of a trial over ``seeds`` scores, and the ends of its 95% interval.

    ``lost`` trainings diverged or failed. With one score the ends are NaN.
    """

    trial: int
    mean: float
    low: float
    high: float
    seeds: int
    lost: int = 0


@dataclass(frozen=True)
class Pair:
    """Two trials on the seeds that both have: ``gap`` is how much better the first is.

    ``chance`` is the probability of such a gap by luck alone, corrected for all pairs.
    """

    first: int
    second: int
    gap: float
    seeds: int
    chance: float

    @property
    def told_apart(self) -> bool:
        """Whether the gap is more than luck."""
        return self.chance < ERROR_RATE


@dataclass(frozen=True)
class Verdict:
    """``standings`` best mean first; a pair for each two of them, the better one first."""

    standings: tuple[Standing, ...]
    pairs: tuple[Pair, ...]

    @property
    def leader(self) -> Standing:
        """The best on the new seeds."""
        return self.standings[0]

    @property
    def equals(self) -> tuple[int, ...]:
        """Trials that cannot be told from the leader, best first."""
        return tuple(p.second for p in self._of_leader if not p.told_apart)

    @property
    def beaten(self) -> tuple[Pair, ...]:
        """The leader's pairs with those that are worse for sure."""
        return tuple(pair for pair in self._of_leader if pair.told_apart)

    def pair(self, one: int, other: int) -> Pair | None:
        """What is known of two trials; None when they have too few seeds in common."""
        return next((p for p in self.pairs if {p.first, p.second} == {one, other}), None)

    @property
    def _of_leader(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.first == self.leader.trial]


def verdict(
    scores: Mapping[int, Scores], direction: Literal["min", "max"], resolution: float = 0.0
) -> Verdict | None:
    """Means, intervals and which pairs can be told apart; None without any score.

    Seeds are shared, so pairs are compared by paired t-tests (Student 1908), and the p-values of
    all pairs are corrected together (Holm 1979, "A Simple Sequentially Rejective Multiple Test
    Procedure"). A rank test could tell nothing from five seeds: its smallest p-value is 1/16.
    ``resolution`` is the least step of a score, such as one row in an accuracy: differences that
    are equal by rounding alone do not count as exact.
    """
    sign = 1.0 if direction == "max" else -1.0
    standings = [s for s in (_standing(t, known) for t, known in scores.items()) if s is not None]
    if not standings:
        return None
    standings.sort(key=lambda standing: (-sign * standing.mean, standing.trial))
    raw = [
        pair
        for one, other in combinations(standings, 2)
        if (pair := _compared(one.trial, other.trial, scores, sign, resolution)) is not None
    ]
    return Verdict(tuple(standings), tuple(_corrected(raw)))


def _standing(trial: int, scores: Scores) -> Standing | None:
    known = np.array([score for score in scores if score is not None])
    if not len(known):
        return None
    mean, lost = float(known.mean()), len(scores) - len(known)
    if len(known) < 2:
        return Standing(trial, mean, math.nan, math.nan, len(known), lost)
    half = float(stdtrit(len(known) - 1, 1 - ERROR_RATE / 2) * known.std(ddof=1))
    half /= math.sqrt(len(known))
    return Standing(trial, mean, mean - half, mean + half, len(known), lost)


def _compared(
    one: int, other: int, scores: Mapping[int, Scores], sign: float, resolution: float
) -> Pair | None:
    gaps = sign * np.array(
        [
            a - b
            for a, b in zip(scores[one], scores[other], strict=False)
            if a is not None and b is not None
        ]
    )
    count = len(gaps)
    if count < 2:
        return None
    gap = float(gaps.mean())
    # Rounding to steps has the variance step² / 12 (Sheppard 1898), twice in a difference.
    error = math.sqrt(max(float(gaps.var(ddof=1)), resolution**2 / 6) / count)
    if error == 0.0:
        chance = 0.0 if gap else 1.0
    else:
        chance = 2 * float(stdtr(count - 1, -abs(gap) / error))
    # On the seeds that both have, the order may be another than that of the means.
    return Pair(one, other, gap, count, chance)


def _corrected(pairs: list[Pair]) -> list[Pair]:
    chances = corrected([pair.chance for pair in pairs])
    return [replace(pair, chance=chance) for pair, chance in zip(pairs, chances, strict=True)]


def corrected(chances: Sequence[float]) -> list[float]:
    """Holm's correction of p-values for the number of tests, in their order.

    The k-th smallest of m is multiplied by m + 1 - k, and never less than the one before.
    """
    largest, found = 0.0, [1.0] * len(chances)
    for place, number in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        largest = max(largest, min(1.0, chances[number] * (len(chances) - place)))
        found[number] = largest
    return found
