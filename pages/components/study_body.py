"""What changes while a search runs: state, charts and table, redrawn twice a second."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import look
from pages.components.behaviour_tab import put_behaviour
from pages.components.best_configuration import put_best_configuration
from pages.components.best_model import put_best_model
from pages.components.diagnoses_block import put_diagnoses
from pages.components.engine import manager
from pages.components.errors import faults_said
from pages.components.hyperparameters_tab import put_hyperparameters
from pages.components.importance_block import put_importance
from pages.components.leaderboard import put_leaderboard
from pages.components.live import LiveStudy, live_study
from pages.components.plan_outcome import put_outcome
from pages.components.space_table import put_space_table
from pages.components.study_charts import (
    clear_brushes,
    put_best_so_far,
    put_curves,
    put_curves_panel,
    put_parallel,
    trials_inside,
)
from pages.components.study_header import put_state

TICK = 0.5
"""Seconds between two looks at the store while the study is active."""

TABS = (
    "Overview",
    "Learning curves",
    "Parallel coordinates",
    "Hyperparameters",
    "Search behaviour",
    "Best model",
)
_DRAWN = "drawn_outside"


def put_body(study_id: str) -> None:
    """Draw everything below the header; the whole page is redrawn when the header is outdated."""
    with faults_said():
        engine = manager()
        live = live_study(study_id, engine.store)
        if live is None or _outdated(live):
            st.rerun()
        put_state(live, engine)
        if live.trials:
            _put_sections(live)
        else:
            if not live.study.status.active:
                st.html(look.text("No trial has been trained yet.", "ts-muted"))
            put_space_table(live)


def _outdated(live: LiveStudy) -> bool:
    """Whether what the script drew outside the fragment no longer holds."""
    study = live.study
    now: tuple[Any, ...] = (
        study.id,
        study.status,
        study.name,
        bool(live.trials),
        study.best_trial is not None,
        tuple(study.rows),
    )
    before = st.session_state.get(_DRAWN)
    st.session_state[_DRAWN] = now
    return before is not None and before[0] == study.id and before != now


def _put_sections(live: LiveStudy) -> None:
    inside = trials_inside(live)
    tabs = st.tabs(TABS, key="section", on_change="rerun")
    overview, curves, parallel, hyperparameters, behaviour, model = tabs
    with overview:
        wide, narrow = st.columns([2.1, 1], gap="large")
        with wide:
            put_best_so_far(live, bool(overview.open))
            st.subheader(f"Learning curves {_whose(live, inside)}")
            put_curves(live, "overview-curves", bool(overview.open), within=inside)
        with narrow:
            st.subheader("Best configuration")
            with st.container(border=True):
                put_best_configuration(live)
            put_diagnoses(live, bool(overview.open))
            put_outcome(live, manager())
    with curves:
        put_curves_panel(live, bool(curves.open), inside)
    with parallel:
        put_parallel(live, bool(parallel.open))
        st.subheader(f"Learning curves {_whose(live, inside)}")
        put_curves(live, "parallel-curves", bool(parallel.open), within=inside)
    with hyperparameters:
        put_importance(live, manager(), bool(hyperparameters.open))
        put_hyperparameters(live, bool(hyperparameters.open), inside)
    with behaviour:
        put_behaviour(live, bool(behaviour.open), inside)
    with model:
        put_best_model(live, manager(), bool(model.open))
    put_leaderboard(live, inside, clear_brushes)


def _whose(live: LiveStudy, inside: set[int] | None) -> str:
    """Which trials the curves belong to."""
    if inside is not None:
        return "inside the brushes"
    return "of the best and the running trial" if live.running else "of the best trials"
