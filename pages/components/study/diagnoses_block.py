"""What stands out in a study and in chosen trials: a few sentences with evidence and advice."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.manager_session import manager
from pages.components.shared.session import cached
from pages.components.study.importance_block import compute_importances, stored_importances
from tuning_core.analysis.diagnoses.diagnosis import Diagnosis
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.study_findings import study_findings, trial_findings
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
    findings = _cached(
        live, "study", known and known.trials, lambda: study_findings(live, known), seen
    )
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
