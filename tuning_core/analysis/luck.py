"""How much of a leaderboard is luck: validation ranks against those on the untouched test part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

import numpy as np
from scipy.special import ndtr

from tuning_core.analysis.observations import Array
from tuning_core.analysis.winner import same_score
from tuning_core.catalog import Objective

FEWEST = 4
"""Entries below which nothing is said of an order."""

SURE = 2.0
"""Standard errors that a difference on the test part must have to be more than luck."""

FIRST = (10, 3)
"""How many at the top are followed; the first of these that is at most half of all."""


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
    ``followed`` first on validation, ``stayed`` are among as many on the test part, where names
    from a hat would leave ``from_hat``. ``kind`` is "few", "tied", "survives", "shrank" or
    "scrambled".
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
    top: int = 0
    followed: int = 0
    stayed: int = 0
    from_hat: float = 0.0

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
    sign = -1.0 if direction == "max" else 1.0
    ordered = sorted(sign * score for score in scores)
    return tuple(
        next(i for i, other in enumerate(ordered) if same_score(other, sign * score)) + 1
        for score in scores
    )


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
    kept = sign * (fmean(e.test for e in leaders) - median(e.test for e in ordered))
    noise = _middle([entry.validation_error for entry in ordered])
    rivals = tuple(
        other.name
        for other in ordered[1:]
        if sign * (leaders[0].test - other.test) < SURE * _both(leaders[0], other)
    )
    own = leaders[0].test_error or 0.0
    kind = "scrambled" if kept < SURE * own else "shrank" if rivals else "survives"
    top = next((top for top in FIRST if 2 * top <= len(ordered)), 1)
    followed = sum(rank <= top for rank in first)
    there = sum(rank <= top for rank in second)
    stayed = sum(a <= top and b <= top for a, b in zip(first, second, strict=True))
    return Luck(
        *(kind, ordered, first, second, len(leaders), lead, kept),
        by_chance=expected_best(len(ordered)) * noise,
        rivals=rivals,
        top=top,
        followed=followed,
        stayed=stayed,
        from_hat=followed * there / len(ordered),
    )


def _middle(errors: Sequence[float | None]) -> float:
    known = [error for error in errors if error is not None and error == error]
    return float(median(known)) if known else 0.0


def _both(one: Entry, other: Entry) -> float:
    """The standard error of the difference of two test scores."""
    return float(np.hypot(one.test_error or 0.0, other.test_error or 0.0))


def luck_words(found: Luck, objective: Objective) -> tuple[str, str]:
    """Two sentences: what became of the first on the test part, and what luck did."""
    count = len(found.entries)
    if found.kind == "few":
        have = "One entry has" if count == 1 else f"{count} entries have" if count else "Nobody has"
        return (
            f"{have} a score on the test part.",
            f"That is too few to tell skill from luck: it takes at least {FEWEST}.",
        )
    if found.kind == "tied":
        best, worst = (pick(e.test for e in found.entries) for pick in (max, min))
        return (
            f"All {count} have the same validation score, so there is no first.",
            f"On the test part they lie {_size(best - worst, objective)} apart, which nobody "
            "could have known from validation.",
        )
    leader = found.entries[0].name
    if found.leaders > 1:
        leader = f"{leader} and {found.leaders - 1} more as good as it"
    lead, kept = _size(found.lead, objective), _size(found.kept, objective)
    left = f"{kept} on the test part" if found.kept > 0 else "none on the test part"
    chance = _size(found.by_chance, objective)
    stay = (
        f"{found.stayed} of the first {found.followed} stayed among the first {found.top} "
        f"(names from a hat: {found.from_hat:.0f})"
    )
    happened = (
        f"The lead of {leader} over the middle of all {count} went from {lead} on validation to "
        f"{left}, and {stay}."
    )
    return happened, _verdict(found, leader, chance, objective)


def _verdict(found: Luck, leader: str, chance: str, objective: Objective) -> str:
    count = len(found.entries)
    if found.kind == "scrambled":
        return (
            f"That is luck: were all {count} equally good, the luckiest would still lead the "
            f"middle by about {chance} on validation."
        )
    lost = _size(max(found.lead - found.kept, 0.0), objective)
    if found.kind == "survives":
        return (
            f"That is skill: nobody else comes near on rows that chose nobody, while luck alone "
            f"would have given the best of {count} equals a lead of about {chance}."
        )
    others = f"{len(found.rivals)} other{'s' if len(found.rivals) > 1 else ''}"
    return (
        f"Good and lucky: {leader} is better than the middle, but {lost} of the lead did not last "
        f"(luck alone gives the best of {count} about {chance}), and {others} cannot be told from "
        "it on the test part."
    )


def target_words(standing: Sequence[Entry], target: float, objective: Objective) -> tuple[str, str]:
    """Two sentences on those who reached a target on validation, the winner first."""
    if not standing:
        return (
            f"Nobody reached {target:g} on validation.",
            "So there is nothing to compare with the test part.",
        )
    count, first = len(standing), standing[0]
    sign = 1.0 if objective.direction == "max" else -1.0
    hold = [entry for entry in standing if sign * (entry.test - target) >= 0]
    fell = _size(max(fmean(sign * (e.validation - e.test) for e in standing), 0.0), objective)
    moves = _size(_middle([entry.validation_error for entry in standing]), objective)
    how_many = f"All {count}" if len(hold) == count else f"{len(hold)} of the {count}"
    happened = (
        f"{how_many} that reached {target:g} on validation "
        f"{'reaches' if len(hold) == 1 else 'reach'} it on the test part"
    )
    if first in hold:
        happened += f", {first.name}, the first, too."
    else:
        happened += f"; {first.name}, the first, does not ({first.test:.3f})."
    if len(hold) == count:
        luck_did = (
            f"That is skill: luck moves a score by about {moves} on so few rows, and nobody owed "
            "it the target."
        )
    elif 2 * len(hold) <= count:
        luck_did = (
            "That is luck: who stops at the first crossing of a line is chosen for a lucky one; "
            f"on the test part they fell by {fell} on average."
        )
    else:
        luck_did = (
            f"Mostly skill: they fell by {fell} on average, and luck moves a score by about "
            f"{moves} on so few validation rows."
        )
    return happened, luck_did


def _size(difference: float, objective: Objective) -> str:
    """A difference of two scores: 2.3 points of accuracy, else the number."""
    if objective.metric == "accuracy":
        points = f"{100 * abs(difference):.1f}"
        return f"{points} point{'' if points == '1.0' else 's'}"
    return f"{abs(difference):.2g}"
