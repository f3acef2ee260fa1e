"""What trainings on new seeds say, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from pages.components.shared.formatting import count, joined, number
from tuning_core.analysis.confirmation import Verdict
from tuning_core.manager.questions.confirmation import DEFAULT, Confirmation


def trial_name(trial: int) -> str:
    """What a row of a confirmation is called within a sentence."""
    return "the default" if trial == DEFAULT else f"trial {trial}"


def gap(difference: float) -> str:
    """A difference of two scores, in no more digits than it deserves."""
    return number(abs(float(f"{difference:.2g}")))


def verdict_words(found: Verdict, searched: int | None) -> str:
    """One paragraph: who leads, who cannot be told from it, who is worse by how much.

    ``searched`` is the winner of the search.
    """
    leader = found.leader
    if len(found.standings) == 1:
        return f"Only {trial_name(leader.trial)} has scores on new seeds."
    if not found.pairs:
        return "Too few trainings have a score to compare them."
    words = ""
    if found.equals:
        group = [leader.trial, *found.equals]
        names = _listed(group)
        words = f"{names} cannot be told apart on {count(leader.seeds, 'seed')}"
        words += ": choose the one that is cheaper to train, or add seeds. "
    if found.beaten:
        words += _worse(found)
    if searched in {pair.second for pair in found.beaten}:
        words += f"Trial {searched}, the winner of the search, was lucky there. "
    lost = [s for s in found.standings if s.lost]
    if lost:
        each = joined([f"{trial_name(s.trial)} on {s.lost}" for s in lost])
        words += f"{_capital(each)} of the seeds came to no score. "
    return words.strip()


def progress_words(now: Confirmation) -> str:
    """What happens at this moment."""
    if now.stage == "waiting":
        return now.message or "Waiting for its turn."
    where = ""
    if now.trial is not None:
        where = f": {trial_name(now.trial)} on seed {now.seed}"
    place = min(now.trained + 1, now.trainings)
    return f"Training {place} of {now.trainings}{where}."


def _worse(found: Verdict) -> str:
    """Those that are worse than the best for sure, and by how much."""
    best = trial_name(found.leader.trial)
    if len(found.beaten) == 1:
        pair = found.beaten[0]
        other = _capital(trial_name(pair.second))
        return f"{other} is {gap(pair.gap)} worse than {best}, beyond luck. "
    each = joined([f"{trial_name(pair.second)} by {gap(pair.gap)}" for pair in found.beaten])
    return f"Worse than {best}, beyond luck: {each}. "


def _listed(trials: Sequence[int]) -> str:
    """Trials 12, 7 and the default."""
    searched = [str(trial) for trial in trials if trial != DEFAULT]
    parts = [f"{'Trial' if len(searched) == 1 else 'Trials'} {searched[0]}", *searched[1:]]
    return joined(parts + (["the default"] if DEFAULT in trials else []))


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
