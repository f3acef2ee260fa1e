"""What stands out in a study and in chosen trials: a few sentences with evidence and advice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.manager_session import manager
from pages.components.shared.session import cached
from pages.components.study.analysed_trials import contenders, observed
from pages.components.study.importance_block import compute_importances, stored_importances
from pages.components.study.live import LiveStudy
from tuning_core.analysis.diagnoses import diagnose_study, diagnose_trial
from tuning_core.analysis.diagnoses.diagnosis import Diagnosis, TrainingCurves
from tuning_core.analysis.diagnoses.search import Search, Trials
from tuning_core.analysis.importance import Importances
from tuning_core.analysis.winner import RIVALS, Contender, Rivalry, rivalry
from tuning_core.catalog import TrialStatus
from tuning_core.store import TrialRow

MOST = 3
"""Sentences on the whole study: more would not be read."""
MOST_CHOSEN = 6

_CACHE = "diagnoses"


def render_diagnoses(live: LiveStudy, seen: bool = True) -> None:
    """Draw at most three findings of the study, then those of the chosen trials.

    Computes nothing unless seen, and nothing twice: findings are kept until a trial ends.
    """
    engine = manager()
    folder = engine.home.study(live.study.id).folder
    known = stored_importances(folder)
    if seen and not live.study.status.active:
        compute_importances(live, folder, known)
    findings = _cached(live, "study", known and known.trials, lambda: _of_study(live, known), seen)
    if findings:
        st.html(_list(findings[:MOST]))
    else:
        st.html(html.text(_nothing(live), "ts-muted ts-small"))
    for number in chosen_trials()[:MOST_CHOSEN]:
        if number in live.trials:
            _render_chosen(live, live.trials[number], seen)


def _nothing(live: LiveStudy) -> str:
    if live.study.trials < 2:
        return "Findings come with the first trials."
    return "Nothing that is sure enough to be said."


def _render_chosen(live: LiveStudy, trial: TrialRow, seen: bool) -> None:
    findings = _cached(live, trial.number, trial.seq, lambda: trial_findings(live, trial), seen)
    heading = f"<b>Trial {trial.number}</b>"
    if not findings:
        words = "still training." if not trial.status.ended else "nothing sure enough to be said."
        st.html(f'<div class="ts-small">{heading}: <span class="ts-muted">{words}</span></div>')
        return
    st.html(f'<div class="ts-small">{heading}</div>{_list(findings)}')


def _list(findings: Iterable[Diagnosis]) -> str:
    """Findings as paragraphs: what, how it is known, what to do."""
    return "".join(
        f'<div class="ts-small" style="margin-bottom:.45rem"><b>{escape(found.title)}.</b> '
        f'{escape(found.evidence)} <span class="ts-muted">{escape(found.suggestion)}</span></div>'
        for found in findings
    )


def _cached(live: LiveStudy, what: Any, state: Any, find: Any, seen: bool) -> list[Diagnosis]:
    """Findings, made anew when they are seen and what they are made of has changed."""
    key, token = (live.study.id, what), (live.pictured_trials, state)
    return cached(_CACHE, key, token, find, seen=seen) or []


def _of_study(live: LiveStudy, known: Importances | None) -> list[Diagnosis]:
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
