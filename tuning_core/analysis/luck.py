"""How much of a leaderboard is luck: validation ranks against those on the untouched test part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Protocol

import numpy as np
from scipy.special import ndtr

from tuning_core.analysis.observations import Array
from tuning_core.analysis.winner import same_score

FEWEST = 4
"""Entries below which nothing is said of an order."""

SURE = 2.0
"""Standard errors that a difference on the test part must have to be more than luck."""

FIRST = (10, 3)
"""How many at the top are followed: the first of these that is at most half of all."""


@dataclass(frozen=True)
class Entry:
    """One entry: its score where it was chosen, and on rows that chose nothing.

    The errors are the standard errors of both scores, compared with the other entries on the same
    rows (``own_errors``); None where they are not known.
    """

    name: str
    validation: float
    test: float
    validation_error: float | None = None
    test_error: float | None = None


@dataclass(frozen=True)
class Luck:
    """What a leaderboard is worth.

    ``entries`` are ranked by validation, ranks are from 1 and shared by equals. ``leaders`` are
    first on validation. ``lead`` is theirs over the middle (the median entry) on validation,
    ``kept`` that on the test part; ``by_chance`` is the lead that the best of as many equally good
    entries has on average. ``rivals`` cannot be told from the leader on the test part. Of the
    ``followed`` first on validation (10 or 3, and their equals), ``stayed`` are among as many on
    the test part, where names from a hat would leave ``from_hat``. ``kind`` is "few", "tied",
    "survives", "shrank" or "scrambled".
    """

    kind: str
    entries: tuple[Entry, ...]
    validation_ranks: tuple[int, ...]
    test_ranks: tuple[int, ...]
    leaders: int = 0
    lead: float = 0.0
    kept: float = 0.0
    by_chance: float = 0.0
    rivals: tuple[str, ...] = ()
    followed: int = 0
    stayed: int = 0
    from_hat: float = 0.0

    @property
    def error(self) -> float:
        """The standard error of an entry's score on validation, of the middle one."""
        return middle_error([entry.validation_error for entry in self.entries])

    @property
    def best_by_chance(self) -> float:
        """The score on validation that the best of so many equally good entries would show."""
        middle = median(entry.validation for entry in self.entries)
        # With a lower score as the better one, its lead goes downwards.
        down = self.entries[0].validation < self.entries[-1].validation
        return middle - self.by_chance if down else middle + self.by_chance


def expected_best(count: int) -> float:
    """The mean of the largest of ``count`` draws from the standard normal distribution.

    E max = ∫₀^∞ (1 - Φ(x)^n - Φ(-x)^n) dx, from E X = ∫₀^∞ P(X > x) - P(X < -x) dx (David and
    Nagaraja 2003, "Order Statistics", section 3.1); Blom's Φ⁻¹((n - 3/8) / (n + 1/4)) is near it.
    """
    if count < 1:
        raise ValueError(f"count: expected at least 1, received {count}.")
    x = np.linspace(0.0, 12.0, 4_801)
    height = 1.0 - ndtr(x) ** count - ndtr(-x) ** count
    return float(np.trapezoid(height, x))


def own_errors(rows: Array) -> list[float]:
    """The standard error of each entry's mean, compared with the other entries on the same rows.

    ``rows`` (entries, rows) are scores of single rows, such as 1 for a right answer. All entries
    meet the same easy and hard rows, which move them together and change no order: what remains
    of a row when the mean over the entries is taken from it is an entry's own (a paired test).
    """
    entries, count = rows.shape
    if entries < 2 or count < 2:
        return [float("nan")] * entries
    own = rows - rows.mean(axis=0)
    # A share of an entry's own error is in the mean that is taken from it.
    share = entries / (entries - 1)
    return [float(error) for error in np.sqrt(share * own.var(axis=1, ddof=1) / count)]


class Scored(Protocol):
    """What an ``Entry`` is made of, as it is recorded."""

    @property
    def validation(self) -> float | None:
        """The score where it was chosen."""

    @property
    def test(self) -> float | None:
        """The score on rows that chose nothing."""

    @property
    def validation_error(self) -> float | None:
        """The error of the first."""

    @property
    def test_error(self) -> float | None:
        """The error of the second."""


def entries(
    scored: Iterable[tuple[str, Scored]], validation_rows: int, test_rows: int
) -> list[Entry]:
    """The named entries that have both scores, with errors from their rows or else observed."""
    found = [
        Entry(name, s.validation, s.test, s.validation_error, s.test_error)
        for name, s in scored
        if s.validation is not None and s.test is not None
    ]
    if any(None in (entry.validation_error, entry.test_error) for entry in found):
        return with_observed_errors(found, validation_rows, test_rows)
    return found


def with_observed_errors(
    entries: Sequence[Entry], validation_rows: int, test_rows: int
) -> list[Entry]:
    """Entries with errors from how far validation and test scores lie apart.

    For a metric that is no mean over rows, such as R². The variance of the differences is that of
    both errors, which go with 1 / rows; their spread is read off the median (0.6745 standard
    deviations), so that a single entry that fell does not make luck of everything.
    """
    gaps = np.array([entry.validation - entry.test for entry in entries])
    spread = float(np.median(np.abs(gaps - np.median(gaps)))) / 0.6745
    both = validation_rows + test_rows
    validation, test = (
        spread * (rows / both) ** 0.5 if both else 0.0 for rows in (test_rows, validation_rows)
    )
    return [replace(e, validation_error=validation, test_error=test) for e in entries]


def ranks(scores: Sequence[float], direction: str) -> tuple[int, ...]:
    """The rank of each score, from 1; equals share the best of their ranks."""
    sign, first, found = -1.0 if direction == "max" else 1.0, 0, dict[float, int]()
    ordered = sorted(scores, key=lambda score: sign * score)
    for score in ordered:
        while not same_score(ordered[first], score):
            first += 1
        found[score] = first + 1
    return tuple(found[score] for score in scores)


def luck(entries: Sequence[Entry], direction: str) -> Luck:
    """What a leaderboard of entries is worth, whose scores are all numbers."""
    sign = 1.0 if direction == "max" else -1.0
    ordered = tuple(sorted(entries, key=lambda entry: -sign * entry.validation))
    first = ranks([entry.validation for entry in ordered], direction)
    second = ranks([entry.test for entry in ordered], direction)
    if len(ordered) < FEWEST:
        return Luck("few", ordered, first, second)
    leaders = ordered[: first.count(1)]
    if len(leaders) == len(ordered):
        return Luck("tied", ordered, first, second, len(leaders))
    lead = sign * (leaders[0].validation - median(e.validation for e in ordered))
    test, own = fmean(e.test for e in leaders), leaders[0].test_error or 0.0
    kept = sign * (test - median(e.test for e in ordered))
    rivals = tuple(
        other.name
        for other in ordered[len(leaders) :]
        if sign * (test - other.test) <= SURE * float(np.hypot(own, other.test_error or 0.0))
    )
    # Where all answer every row alike there are no errors, and no lead either.
    kind = "scrambled" if kept <= SURE * own else "shrank" if rivals else "survives"
    # Equals at the border are all in.
    tops = [sum(rank <= top for rank in first) for top in FIRST]
    followed = next((top for top in tops if 2 * top <= len(ordered)), len(leaders))
    there = sum(rank <= followed for rank in second)
    stayed = sum(rank <= followed for rank in second[:followed])
    found = Luck(
        *(kind, ordered, first, second, len(leaders), lead, kept),
        rivals=rivals,
        followed=followed,
        stayed=stayed,
        from_hat=followed * there / len(ordered),
    )
    return replace(found, by_chance=expected_best(len(ordered)) * found.error)


def middle_error(errors: Sequence[float | None]) -> float:
    """The median of the errors that are known, 0 without any."""
    known = [error for error in errors if error is not None and error == error]
    return float(median(known)) if known else 0.0
