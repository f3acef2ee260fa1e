"""What the trainings on new seeds say of the best trials: a verdict, its words and its picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from tuning_core.analysis.confirmation import Verdict, verdict
from tuning_core.findings.formatting import capitalized, count, gap, joined
from tuning_core.findings.live import LiveStudy
from tuning_core.manager.questions.confirmation import DEFAULT, FEWEST_SEEDS, Confirmation


def verdict_of(live: LiveStudy, now: Confirmation) -> Verdict | None:
    """What the scores of a confirmation say."""
    objective = live.spec.objective_info
    return verdict(now.scores, objective.direction, _resolution(live))


def _resolution(live: LiveStudy) -> float:
    """The least step of a score: one row of an accuracy, unknown for others."""
    parts = ("validation", "train") if live.spec.folds > 1 else ("validation",)
    validating = sum(live.study.rows.get(part, 0) for part in parts)
    accuracy = live.spec.objective_info.metric == "accuracy"
    return 1 / validating if accuracy and validating else 0.0


def confirmed_frames(
    live: LiveStudy, now: Confirmation, found: Verdict
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row a trial with its mean and interval, and a row a training, as the chart takes them."""
    level = {found.leader.trial, *found.equals}
    means = [
        {
            # The default is no trial that a click could select.
            "trial": None if s.trial == DEFAULT else s.trial,
            "name": trial_name(s.trial),
            "mean": s.mean,
            # Of two scores an interval reaches beyond all that is drawn.
            "low": s.low if s.seeds >= FEWEST_SEEDS else math.nan,
            "high": s.high if s.seeds >= FEWEST_SEEDS else math.nan,
            "searched": None if s.trial == DEFAULT else live.trials[s.trial].score,
            "level": s.trial in level,
        }
        for s in found.standings
    ]
    scores = [
        {"trial": trial, "name": trial_name(trial), "seed": seed, "score": value}
        for trial, values in now.scores.items()
        for seed, value in enumerate(values, 1)
        if value is not None
    ]
    frame = pd.DataFrame(means).astype({"searched": "float64", "trial": "float64"})
    return frame, pd.DataFrame(scores)


def trial_name(trial: int) -> str:
    """What a row of a confirmation is called within a sentence."""
    return "the default" if trial == DEFAULT else f"trial {trial}"


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
        words += f"{capitalized(each)} of the seeds came to no score. "
    return words.strip()


def _worse(found: Verdict) -> str:
    """Those that are worse than the best for sure, and by how much."""
    best = trial_name(found.leader.trial)
    if len(found.beaten) == 1:
        pair = found.beaten[0]
        other = capitalized(trial_name(pair.second))
        return f"{other} is {gap(pair.gap)} worse than {best}, beyond luck. "
    each = joined([f"{trial_name(pair.second)} by {gap(pair.gap)}" for pair in found.beaten])
    return f"Worse than {best}, beyond luck: {each}. "


def _listed(trials: Sequence[int]) -> str:
    """Trials 12, 7 and the default."""
    searched = [str(trial) for trial in trials if trial != DEFAULT]
    parts = [f"{'Trial' if len(searched) == 1 else 'Trials'} {searched[0]}", *searched[1:]]
    return joined(parts + (["the default"] if DEFAULT in trials else []))
