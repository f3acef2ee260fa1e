"""What stands out in a study and its trials: evidence and advice, the winner and its rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from tuning_core.analysis.diagnoses import diagnose_study, diagnose_trial
from tuning_core.analysis.diagnoses.diagnosis import Diagnosis, TrainingCurves
from tuning_core.analysis.diagnoses.search import Search, Trials
from tuning_core.analysis.importance import Importances
from tuning_core.analysis.winner import RIVALS, Contender, Rivalry, rivalry
from tuning_core.catalog import TrialStatus
from tuning_core.findings.analysed_trials import contenders, observed
from tuning_core.findings.live import LiveStudy
from tuning_core.store import TrialRow


def study_findings(live: LiveStudy, known: Importances | None) -> list[Diagnosis]:
    """Findings of the search and of its best trial, the most important first."""
    found = search_findings(live, study_rivalry(live, ranked_contenders(live)), known)
    if live.best is not None:
        found += [
            replace(item, title=f"The best trial ({live.best.number}): {_lowered(item.title)}")
            for item in trial_findings(live, live.best)
        ]
    return sorted(found, key=lambda item: -item.weight)


def search_findings(
    live: LiveStudy, rival: Rivalry | None, known: Importances | None
) -> list[Diagnosis]:
    """Findings of the search as a whole."""
    ended = [trial for trial in live.trials.values() if trial.status.ended]
    trials = Trials(
        configs=[trial.config for trial in ended],
        scores=[trial.score for trial in ended],
        diverged=[trial.status is TrialStatus.DIVERGED for trial in ended],
        direction=live.spec.objective_info.direction,
    )
    search = Search(live.spec.search_space, trials, observed(live), rival, known)
    if live.spec.source is not None:
        search = replace(search, declared_in="in the next search", recorded=True)
    return list(diagnose_study(search))


def _lowered(words: str) -> str:
    return words[0].lower() + words[1:]


def ranked_contenders(live: LiveStudy) -> list[Contender]:
    """The trials that compete for being the best, best first; executions of the first few."""
    ranked = contenders(live)
    scores: dict[int, list[float | None]] = {}
    if live.spec.executions > 1:
        best = [trial.number for trial in ranked[: RIVALS + 1]]
        for row in live.store.executions(live.study.id, best):
            scores.setdefault(row.trial, []).append(row.score)
    return [
        Contender(
            trial.number,
            trial.score,
            tuple(scores.get(trial.number, ())),
            trial.parameters,
            trial.seconds,
        )
        for trial in ranked
        if trial.score is not None
    ]


def study_rivalry(live: LiveStudy, ranked: Sequence[Contender]) -> Rivalry | None:
    """The winner against the next best, from what the study recorded."""
    accuracy = live.spec.objective == "val_accuracy"
    return rivalry(
        ranked,
        folds=live.spec.folds,
        table=observed(live),
        rows=live.study.rows.get("validation", 0) if accuracy else 0,
    )


def trial_findings(live: LiveStudy, trial: TrialRow) -> list[Diagnosis]:
    """Findings of one ended trial, from the curves of its executions."""
    if not trial.status.ended:
        return []
    frame = live.curves_frame([trial.number])
    parts = [part for _, part in frame.groupby("execution")] or [pd.DataFrame()]
    best = live.study.best_score
    info = live.spec.dataset_info
    return list(
        diagnose_trial(
            [
                TrainingCurves(
                    metrics=_metrics(part),
                    config=trial.config,
                    objective=live.spec.objective_info,
                    status=trial.status,
                    classes=info.classes if info.task == "classification" else 0,
                    ours=not live.spec.model.own,
                    best_known=best if trial.number != live.study.best_trial else None,
                )
                for part in parts
            ]
        )
    )


def _metrics(frame: pd.DataFrame) -> dict[str, list[float | None]]:
    """Lists by metric, None for what was not a number; a metric without any is left out."""
    names = [name for name in frame.columns if name not in ("trial", "execution", "epoch")]
    return {
        str(name): [None if pd.isna(value) else float(value) for value in frame[name]]
        for name in names
        if not frame[name].isna().all()
    }
