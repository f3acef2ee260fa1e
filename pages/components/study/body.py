"""What changes while a search runs: state, charts and table, redrawn twice a second.

Each tab is a fragment. Only that of the open tab runs again, and it also draws the state above and
the table below the tabs: a closed one stays in the browser as it was last seen, at no cost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from pages.components.study.answer_card import render_answer
from pages.components.study.behaviour_tab import render_behaviour
from pages.components.study.best_model.best_configuration import render_best_configuration
from pages.components.study.best_model.best_model import render_best_model
from pages.components.study.charts import (
    clear_brushes,
    render_best_so_far,
    render_curves,
    render_curves_panel,
    render_parallel,
    trials_inside,
)
from pages.components.study.diagnoses_block import render_diagnoses
from pages.components.study.header import render_state
from pages.components.study.hyperparameters_tab import render_hyperparameters
from pages.components.study.importance_block import render_importance
from pages.components.study.leaderboard import render_leaderboard
from pages.components.study.live import LiveStudy, live_study
from pages.components.study.plan_outcome import render_outcome
from pages.components.study.space_table import render_space_table

TICK = 0.5
"""Seconds between two looks at the store while the study is active."""

IDLE_TICK = 3.0
"""The same while it is not: somebody else may resume it, confirm its winner or rename it."""

_DRAWN = "drawn_outside"
_OPENED = "tabs_opened"
_OPEN = "section"

Within = set[int] | None
"""Trials inside the brushes; None when nothing is brushed."""


def render_body(live: LiveStudy) -> None:
    """Draw everything below the header."""
    ticking = TICK if live.study.status.active else None
    state = st.container()
    if not live.trials:
        with state:
            st.fragment(_render_beginning, key="study-beginning", run_every=ticking)(live.study.id)
        return
    tabs = st.tabs(TABS, key=_OPEN, on_change="rerun")
    # A tab that was never opened costs nothing.
    study_id, opened = st.session_state.get(_OPENED, ("", set()))
    opened = {name for name, tab in zip(TABS, tabs, strict=True) if tab.open} | (
        opened if study_id == live.study.id else set()
    )
    st.session_state[_OPENED] = (live.study.id, opened)
    table = st.container()
    for name, tab in zip(TABS, tabs, strict=True):
        if name not in opened:
            continue
        with tab:
            st.fragment(_render_tab, key="study-tab", run_every=ticking if tab.open else None)(
                live.study.id, name, (state, table) if tab.open else None
            )


def render_watch(live: LiveStudy) -> None:
    """Redraw the page when another user changes a study that rests; draws nothing itself."""
    if live.study.status.active:
        return
    drawn = at_rest(live.study.id)

    @st.fragment(run_every=IDLE_TICK)
    def look_again() -> None:
        with errors_shown():
            if at_rest(live.study.id) != drawn:
                st.rerun()

    look_again()


def at_rest(study_id: str) -> tuple[Any, ...]:
    """All that others may change in a study that no search changes; quick to read."""
    engine = manager()
    stage = engine.confirmations.look(study_id).stage
    return engine.store.study(study_id), stage, len(engine.editing.waiting(study_id))


def _render_beginning(study_id: str) -> None:
    with errors_shown():
        live = _current(study_id)
        render_state(live, manager())
        if not live.study.status.active:
            st.html(html.text("No trial has been trained yet.", "ts-muted"))
        render_space_table(live)


def _render_tab(study_id: str, name: str, around: tuple[Any, Any] | None) -> None:
    """Draw a tab, and ``around`` the open one the state above and the table below."""
    with errors_shown():
        live = _current(study_id)
        inside = trials_inside(live)
        if around is None:
            _SECTIONS[name](live, False, inside)
            return
        state, table = around
        with state:
            render_state(live, manager())
        _SECTIONS[name](live, True, inside)
        with table:
            render_leaderboard(live, inside, clear_brushes)


def _current(study_id: str) -> LiveStudy:
    """The study brought up to date; the whole page is redrawn when its header is outdated."""
    live = live_study(study_id, manager().store)
    if live is None or _outdated(live):
        st.rerun()
    return live


def _outdated(live: LiveStudy) -> bool:
    """Whether what the script drew outside the fragments no longer holds."""
    study = live.study
    now: tuple[Any, ...] = (
        study.id,
        study.status,
        study.name,
        bool(live.trials),
        study.best_trial is not None,
        tuple(study.rows),
        manager().halting(study.id),
    )
    before = st.session_state.get(_DRAWN)
    st.session_state[_DRAWN] = now
    return before is not None and before[0] == study.id and before != now


def _render_overview(live: LiveStudy, seen: bool, inside: Within) -> None:
    render_answer(live, manager(), _OPEN, seen)
    wide, narrow = st.columns([2.1, 1], gap="large")
    with wide:
        render_best_so_far(live, seen)
        st.subheader(f"Learning curves {_whose(live, inside)}")
        render_curves(live, "overview-curves", seen, within=inside)
    with narrow:
        st.subheader("Best configuration")
        with st.container(border=True):
            render_best_configuration(live)
        render_diagnoses(live, seen)
        render_outcome(live, manager())


def _render_parallel(live: LiveStudy, seen: bool, inside: Within) -> None:
    render_parallel(live, seen)
    st.subheader(f"Learning curves {_whose(live, inside)}")
    render_curves(live, "parallel-curves", seen, within=inside)


def _render_hyperparameters(live: LiveStudy, seen: bool, inside: Within) -> None:
    render_importance(live, manager(), seen)
    render_hyperparameters(live, seen, inside)


def _render_best_model(live: LiveStudy, seen: bool, inside: Within) -> None:
    render_best_model(live, manager(), seen)


def _whose(live: LiveStudy, inside: Within) -> str:
    """Which trials the curves belong to."""
    if inside is not None:
        return "inside the brushes"
    return "of the best and the running trial" if live.running else "of the best trials"


_SECTIONS: dict[str, Callable[[LiveStudy, bool, Within], None]] = {
    "Overview": _render_overview,
    "Learning curves": render_curves_panel,
    "Parallel coordinates": _render_parallel,
    "Hyperparameters": _render_hyperparameters,
    "Search behaviour": render_behaviour,
    "Best model": _render_best_model,
}
TABS = tuple(_SECTIONS)
