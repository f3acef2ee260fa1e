"""The tab of the search's behaviour: what it tried when, what it cost and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.manager_session import manager
from pages.components.study.charts import axes_of
from pages.components.study.hyperparameters_tab import trials_within
from pages.components.study.live import LiveStudy
from pages.components.study.search_frame import search_frame
from pages.components.study.why_block import render_why
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import PICKED, Chart
from tuning_core.charts.study.brackets import brackets
from tuning_core.charts.study.cost import Cost, score_cost
from tuning_core.charts.study.edf import edf
from tuning_core.charts.study.rank import rank
from tuning_core.charts.study.timeline import timeline

HEIGHT = 280
ORDER = "the order of the trials"
COSTS: dict[Cost, str] = {"parameters": "Parameters", "seconds": "Time"}


def render_behaviour(live: LiveStudy, seen: bool, within: set[int] | None) -> None:
    """Draw the tab; ``within`` keeps to these trials (those inside the brushes)."""
    if any(trial.bracket is not None for trial in live.trials.values()):
        st.subheader("Brackets")
        _render_brackets(live, seen)
    render_why(live, manager(), seen)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What was tried when")
        _render_rank(live, seen, within)
    with right:
        st.subheader("Score against cost")
        _render_cost(live, seen, within)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Timeline")
        _render_timeline(live, seen)
    with right:
        st.subheader("Distribution of scores")
        _render_edf(live, seen, within)


def _render_brackets(live: LiveStudy, seen: bool) -> None:
    say("Each round trains longer; lines follow the trials that went on.")
    _put(
        "brackets",
        live,
        seen,
        (),
        lambda: brackets(search_frame(live), **_look(live, 440)),
        height=440,
    )


def _render_timeline(live: LiveStudy, seen: bool) -> None:
    now = time.time() if live.running else None
    _put(
        "timeline",
        live,
        seen,
        (live.pictured_cursor if live.running else None,),
        lambda: timeline(search_frame(live), now=now, **_look(live)),
    )


def _render_rank(live: LiveStudy, seen: bool, within: set[int] | None) -> None:
    axes = {axis.name: axis for axis in axes_of(live)}
    if not axes:
        say("Every hyperparameter is fixed in this study.")
        return
    upwards, across = st.columns(2)
    with upwards:
        y = st.selectbox(
            "Hyperparameter",
            list(axes),
            format_func=lambda name: axes[name].label,
            key=f"rank-y-{live.study.id}",
            persist_state="session",
        )
    others = [ORDER, *(name for name in axes if name != y)]
    with across:
        x = st.selectbox(
            "Over",
            others,
            format_func=lambda name: axes[name].label if name in axes else ORDER,
            key=f"rank-x-{live.study.id}",
            persist_state="session",
        )
    trials = trials_within(live.trials_frame(), within)
    if not _scored(trials, 2, "A rank needs two trials with a score."):
        return
    over: Axis | None = axes.get(x)
    _put(
        "rank",
        live,
        seen,
        (within and frozenset(within), x, y),
        lambda: rank(trials, axes[y], x=over, **_look(live)),
    )


def _render_cost(live: LiveStudy, seen: bool, within: set[int] | None) -> None:
    switch, hint = st.columns([1, 1.4], vertical_alignment="bottom")
    with switch:
        cost: Cost = st.segmented_control(
            "Cost",
            list(COSTS),
            default="parameters",
            required=True,
            format_func=COSTS.__getitem__,
            key="cost",
            persist_state="session",
        )
    trials = trials_within(search_frame(live), within)
    known = trials[trials[cost] > 0]
    if not _scored(known, 2, "This begins with the second trial that has a score."):
        return
    if known[cost].nunique() == 1:
        amount = f"{known[cost].iloc[0]:,.0f} parameters"
        say(f"All trials {f'have {amount}' if cost == 'parameters' else 'took the same time'}.")
        return
    with hint:
        say("No trial is both cheaper and better than those on the line.")
    _put(
        "cost",
        live,
        seen,
        (within and frozenset(within), cost),
        lambda: score_cost(trials, cost, **_look(live)),
    )


def _render_edf(live: LiveStudy, seen: bool, within: set[int] | None) -> None:
    trials = trials_within(live.trials_frame(), within)
    if not _scored(trials, 2, "This begins with the second trial that has a score."):
        return
    _put("edf", live, seen, (within and frozenset(within),), lambda: edf(trials, **_look(live)))


def _scored(trials: pd.DataFrame, least: int, otherwise: str) -> bool:
    """Whether so many trials have a score; says ``otherwise`` when not."""
    enough = int(trials["score"].notna().sum()) >= least
    if not enough:
        say(otherwise)
    return enough


def _put(
    name: str,
    live: LiveStudy,
    seen: bool,
    token: tuple[object, ...],
    draw: Callable[[], Chart],
    height: int = HEIGHT,
) -> None:
    """A chart of trials; ``token`` is what it shows beside the trials and the selection."""
    with chart_place(name, height):
        render_chart(
            f"{name}-{live.study.id}",
            (live.pictured_trials, tuple(chosen_trials()), html.is_dark(), *token),
            draw,
            [PICKED],
            seen,
        )


def _look(live: LiveStudy, height: int = HEIGHT) -> dict[str, Any]:
    """What every chart of trials is told."""
    return {
        "objective": live.spec.objective_info,
        "picked": chosen_trials(),
        "dark": html.is_dark(),
        "height": height,
    }
