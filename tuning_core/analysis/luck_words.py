"""Two sentences on a leaderboard that its numbers support: what happened, and what luck did."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from tuning_core.analysis.luck import FEWEST, SURE, Entry, Luck, middle_error
from tuning_core.catalog import Objective

NAMELESS = "the first"
"""The name of entries whose own is not to be said."""

EXPLAINED = 1.5
"""Times the lead that chance gives up to which a lead is nothing out of the ordinary: of equally
good entries (27 were simulated) 1 in 25 has a larger one."""


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
    leader = _leaders([entry.name for entry in found.entries[: found.leaders]])
    lead, kept = _size(found.lead, objective), _size(found.kept, objective)
    went = found.kept < found.lead / 2
    left = f"{'only ' if went else ''}by {kept}" if found.kept > 0 else "not at all"
    joined = ", but" if went else " and"
    mean = ", on average," if found.leaders > 1 else ""
    chance = _size(found.by_chance, objective)
    begin = leader.capitalize() if leader == NAMELESS else leader
    stay = (
        f"; {found.stayed} of the first {found.followed} stayed among the first {found.followed}, "
        f"where drawing lots would leave {found.from_hat:.0f}"
    )
    happened = (
        f"{begin} led the middle of all {count} by {lead} on validation{joined}{mean} {left} on "
        f"the test part{stay if found.followed > 2 else ''}."
    )
    return happened, _verdict(found, leader, chance, objective)


def _leaders(names: Sequence[str]) -> str:
    """Those who share the first place: elk, elk and fox, elk and 4 equals."""
    if NAMELESS in names:
        return NAMELESS
    return " and ".join(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} equals"


def _verdict(found: Luck, leader: str, chance: str, objective: Objective) -> str:
    count = len(found.entries)
    if found.kind == "scrambled" and found.lead > EXPLAINED * found.by_chance:
        return (
            "On the test part nothing of it can be told from luck, which alone gives the best of "
            f"{count} equals a lead of about {chance}."
        )
    if found.kind == "scrambled":
        return (
            f"Luck alone explains such a lead: were all {count} equally good, the luckiest would "
            f"still lead the middle by about {chance} on validation."
        )
    lost = _size(max(found.lead - found.kept, 0.0), objective)
    if found.kind == "survives":
        return (
            f"That is skill: nobody else comes near on rows that chose nobody, while luck alone "
            f"would have given the best of {count} equals a lead of about {chance}."
        )
    others = f"{len(found.rivals)} other{'s' if len(found.rivals) > 1 else ''}"
    better = f"{leader} {'are' if found.leaders > 1 else 'is'} better than the middle"
    if found.kept >= found.lead:
        return (
            f"Good, but first by luck: {better}, and the whole lead lasted, but {others} cannot be "
            "told from the first on the test part."
        )
    return (
        f"Good and lucky: {better}, but {lost} of the lead did not last (luck alone gives the best "
        f"of {count} about {chance}), and {others} cannot be told from the first on the test part."
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
    if count == 1:
        there = "reaches" if hold else "does not reach"
        return (
            f"{first.name} alone reached {target:g} on validation, and {there} it on the test part "
            f"({first.test:.3f}).",
            "That is too few to tell skill from luck.",
        )
    fall = max(fmean(sign * (e.validation - e.test) for e in standing), 0.0)
    error = middle_error([entry.validation_error for entry in standing])
    fell, moves = _size(fall, objective), _size(error, objective)
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
            f"That is skill: luck moves a score by about {moves} on so few rows, and none of them "
            "needed it to reach the target."
        )
    elif 2 * len(hold) <= count and fall > SURE * error:
        luck_did = (
            f"That is more than luck: on the test part they fell by {fell} on average, and luck "
            f"moves a score by about {moves} on so few validation rows."
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
