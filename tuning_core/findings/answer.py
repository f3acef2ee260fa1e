"""The answer of a study that is over: what won, real or luck, what mattered, what next."""

from __future__ import annotations

from collections import Counter

from tuning_core.analysis.importance import Importances, obstacle
from tuning_core.findings.analysed_trials import analysed_trials
from tuning_core.findings.answer_words import Ending, Sentence, following, luck, mattered, won
from tuning_core.findings.confirmed_words import verdict_of
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.revealed_words import has_test
from tuning_core.findings.study_findings import (
    ranked_contenders,
    search_findings,
    study_rivalry,
    trial_findings,
)
from tuning_core.manager.questions.confirmation import Confirmation
from tuning_core.spec.model import Ability


def answer(
    live: LiveStudy, known: Importances | None, now: Confirmation, failed: bool = False
) -> list[Sentence]:
    """The sentences, from what the study recorded and what was analysed of it."""
    ranked = ranked_contenders(live)
    rival = study_rivalry(live, ranked)
    lost = Counter(
        trial.status.value
        for trial in live.trials.values()
        if trial.status.ended and trial.score is None
    )
    varied = [parameter.name for parameter in live.spec.search_space.varied]
    trials = len(analysed_trials(live))
    few = "" if known is not None and not known.message else obstacle(len(varied), trials)
    of_best = [] if live.best is None else trial_findings(live, live.best)
    named, found = live.spec.label, search_findings(live, rival, known)
    recorded, declared = live.spec.source is not None, live.spec.model.declared or ()
    sentences = [
        won(ranked, lost, live.spec.objective_info, _executions(live)),
        luck(ranked, rival, verdict_of(live, now), confirming=now.active, recorded=recorded),
        mattered(varied, few, known, failed=failed, named=named, declared=declared)
        if ranked
        else None,
        following(ranked, found, _ending(live), of_best, named),
    ]
    return [sentence for sentence in sentences if sentence is not None]


def _executions(live: LiveStudy) -> str:
    """What a score is the mean of."""
    folds, repeats = live.spec.folds, live.spec.repeats
    parts = [f"{folds} folds"] if folds > 1 else []
    if repeats > 1:
        parts.append(f"{repeats} repeats" if parts else f"{repeats} trainings")
    return " with ".join(parts)


def _ending(live: LiveStudy) -> Ending:
    study = live.study
    return Ending(
        reason=study.reason,
        planned=live.plan.trials,
        done=sum(t.status.ended and not t.added for t in live.trials.values()),
        resumable=study.status.resumable and Ability.TRAIN in live.spec.abilities,
        retuned=not live.spec.strategy.info.ranges_stay and Ability.TRAIN in live.spec.abilities,
        revealed=study.test is not None,
        has_test=has_test(live),
        cloned=Ability.WHAT_IF in live.spec.abilities,
    )
