"""What changes while a search runs: state, charts and table, redrawn twice a second.

Each tab is a fragment. Only that of the open tab runs again, and it also draws the state above and
the table below the tabs: a closed one stays in the browser as it was last seen, at no cost.
"""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from pages.components.shared.session import rerun_until
from pages.components.shared.view_address import keep_view, write_view
from pages.components.study.address import view_parts
from pages.components.study.behaviour_tab import BEHAVIOUR
from pages.components.study.best_model.references import render_reference_row
from pages.components.study.best_model.views import render_model_views
from pages.components.study.curves_tab import LEARNING_CURVES
from pages.components.study.header import render_state
from pages.components.study.hyperparameters_tab import HYPERPARAMETER_PARTS
from pages.components.study.lane_strip import render_lanes
from pages.components.study.leaderboard import render_leaderboard
from pages.components.study.live import live_study
from pages.components.study.marks import render_trial_mark
from pages.components.study.overview_tab import OVERVIEW
from pages.components.study.parallel_tab import PARALLEL_COORDINATES, clear_brushes, trials_inside
from pages.components.study.tab_parts import SECTION, TABS, Part, render_parts
from tuning_core.findings.formatting import parameter_words
from tuning_core.findings.live import LiveStudy

TICK = 0.5
"""Seconds between two looks at the store while the study is active."""

IDLE_TICK = 3.0
"""The same while it is not: somebody else may resume it, confirm its winner or rename it."""

_DRAWN = "drawn_outside"
_OPENED = "tabs_opened"


def render_body(live: LiveStudy) -> None:
    """Draw everything below the header."""
    ticking = TICK if live.study.status.active else None
    state = st.container()
    if not live.trials:
        with state:
            st.fragment(_render_beginning, key="study-beginning", run_every=ticking)(live.study.id)
        return
    tabs = st.tabs(TABS, key=SECTION, on_change="rerun")
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
    rerun_until(lambda: at_rest(live.study.id) != drawn, every=IDLE_TICK)


def at_rest(study_id: str) -> tuple[Any, ...]:
    """All that others may change in a study that no search changes; quick to read."""
    engine = manager()
    stage = engine.confirmations.get(study_id).stage
    return engine.store.study(study_id), stage, len(engine.editing.waiting(study_id))


def _render_beginning(study_id: str) -> None:
    with errors_shown():
        live = _current(study_id)
        render_state(live, manager())
        render_lanes(live, manager())
        if not live.study.status.active:
            st.html(html.text("No trial has been trained yet.", "ts-muted"))
        _render_space(live)


def _render_tab(study_id: str, name: str, around: tuple[Any, Any] | None) -> None:
    """Draw a tab, and ``around`` the open one the state above and the table below."""
    with errors_shown():
        live = _current(study_id)
        keep_view(view_parts(live))
        inside = trials_inside(live)
        if around is None:
            render_parts(SECTIONS[name], live, False, inside)
            return
        state, table = around
        with state:
            render_state(live, manager())
            render_lanes(live, manager())
        render_parts(SECTIONS[name], live, True, inside)
        with table:
            render_leaderboard(live, inside, clear_brushes)
            render_reference_row(live, manager())
            render_trial_mark(live, manager())
        write_view(view_parts(live))


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
        manager().queue.halting(study.id),
    )
    before = st.session_state.get(_DRAWN)
    st.session_state[_DRAWN] = now
    return before is not None and before[0] == study.id and before != now


def _render_space(live: LiveStudy) -> None:
    """Draw a row per hyperparameter that is searched, while there is no trial to show."""
    searched = live.spec.search_space.searched
    rows = "".join(
        f"<tr><td>{escape(live.spec.label(parameter.name))}</td><td>{escape(parameter_words(parameter))}</td></tr>"
        for parameter in searched
    )
    if rows:
        st.subheader("What is searched")
        st.html(f'<table class="ts-table ts-narrow">{rows}</table>')


_MODEL = Part("model", "", lambda live, seen, within: render_model_views(live, seen))

SECTIONS: dict[str, tuple[Part, ...]] = dict(
    zip(
        TABS,
        (
            OVERVIEW,
            LEARNING_CURVES,
            PARALLEL_COORDINATES,
            HYPERPARAMETER_PARTS,
            BEHAVIOUR,
            (_MODEL,),
        ),
        strict=True,
    )
)
"""The parts of every tab, in their order."""
