"""The tab of hyperparameters: the score against each of them, and against two at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.study.charts import axes_of
from pages.components.study.live import LiveStudy
from tuning_core.charts.hyperparameters.contour import contour
from tuning_core.charts.hyperparameters.slices import score_slice
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import PICKED, Chart
from tuning_core.charts.parts.labels import number_text
from tuning_core.charts.parts.score_points import ScorePoints, score_points

ACROSS = 3
"""Slices side by side."""

MOST_SLICES = 9
"""Slices shown until the user chooses others."""

POINTS = 3_000
"""Points of all slices together."""


def render_hyperparameters(live: LiveStudy, seen: bool, within: set[int] | None) -> None:
    """Draw the tab; ``within`` keeps to these trials (those inside the brushes)."""
    trials = trials_within(live.trials_frame(), within)
    scored = int(trials["score"].notna().sum())
    axes = axes_of(live)
    varied = [axis for axis in axes if _varies(live, trials, axis)]
    st.subheader("Score against each hyperparameter")
    if not axes:
        say("Every hyperparameter is fixed in this study.")
        return
    if scored < 2 or not varied:
        say(_too_few(scored))
        return
    same = [axis for axis in axes if axis not in varied]
    _render_slices(live, trials, varied, seen, within)
    if same:
        say(f"The same in every trial: {_listed(trials, same)}.")
    st.subheader("Two hyperparameters together")
    _render_contour(live, trials, varied, seen, within)


def trials_within(trials: pd.DataFrame, within: set[int] | None) -> pd.DataFrame:
    """The trials of a frame that are inside the brushes; all of them without a brush."""
    return trials if within is None else trials[trials["number"].isin(list(within))]


def _varies(live: LiveStudy, trials: pd.DataFrame, axis: Axis) -> bool:
    """Whether trials differ in a hyperparameter, or still may: charts do not come one by one."""
    if live.study.status.active:
        return len(axis.categories) > 1 if axis.categories else axis.high > axis.low
    return axis.name in trials and trials[axis.name].nunique() > 1


def _too_few(scored: int) -> str:
    if scored == 0:
        return "No trial has a score yet; each will be a point here."
    if scored == 1:
        return "One trial alone says nothing about its hyperparameters: this begins with the next."
    return "All trials have the same configuration: there is nothing to compare."


def _listed(trials: pd.DataFrame, axes: list[Axis]) -> str:
    words = []
    for axis in axes:
        values = trials[axis.name].dropna()
        boolean = axis.kind == "boolean" and len(values)
        value = bool(values.iloc[0]) if boolean else values.iloc[0] if len(values) else None
        words.append(f"{axis.label} ({number_text(value) if len(values) else 'not used'})")
    return ", ".join(words)


def _render_slices(
    live: LiveStudy,
    trials: pd.DataFrame,
    axes: list[Axis],
    seen: bool,
    within: set[int] | None,
) -> None:
    names = {axis.name: axis for axis in axes}
    if len(axes) > MOST_SLICES:
        shown = st.multiselect(
            "Hyperparameters shown",
            list(names),
            default=list(names)[:MOST_SLICES],
            format_func=lambda name: names[name].label,
            key=f"slices-shown-{live.study.id}",
            persist_state="session",
        )
        axes = [names[name] for name in shown]
    chosen, dark, objective = chosen_trials(), html.is_dark(), live.spec.objective_info
    budget = POINTS // max(ACROSS, len(axes))

    @cache
    def found() -> ScorePoints:
        return score_points(trials, objective, chosen, budget)

    def drawing(axis: Axis) -> Callable[[], Chart]:
        return lambda: score_slice(found(), axis, objective, dark=dark, height=220)

    across = 2 if len(axes) in (2, 4) else ACROSS
    for first in range(0, len(axes), across):
        for column, axis in zip(st.columns(across), axes[first : first + across], strict=False):
            with column, chart_place(f"slice-{axis.name}", 220):
                render_chart(
                    f"slice-{live.study.id}-{axis.name}",
                    (
                        live.pictured_trials,
                        tuple(chosen),
                        dark,
                        within and frozenset(within),
                        budget,
                    ),
                    drawing(axis),
                    [PICKED],
                    seen,
                )


def _render_contour(
    live: LiveStudy,
    trials: pd.DataFrame,
    axes: list[Axis],
    seen: bool,
    within: set[int] | None,
) -> None:
    if len(axes) < 2:
        say(f"Only {axes[0].label} differs between the trials: two are needed for this picture.")
        return
    # Two ranges make the fullest picture to begin with.
    names = {axis.name: axis for axis in sorted(axes, key=lambda axis: bool(axis.categories))}
    pickers, picture = st.columns([1, 3.2], gap="medium")
    with pickers:
        across = st.selectbox(
            "Across",
            list(names),
            format_func=lambda name: names[name].label,
            key=f"contour-x-{live.study.id}",
            persist_state="session",
        )
        others = [name for name in names if name != across]
        along = st.selectbox(
            "Upwards",
            others,
            format_func=lambda name: names[name].label,
            key=f"contour-y-{live.study.id}",
            persist_state="session",
        )
        say("The field is the mean score of the trials nearby; it is empty where there are none.")
    chosen, dark = chosen_trials(), html.is_dark()
    with picture, chart_place("contour", 440):
        render_chart(
            f"contour-{live.study.id}",
            (
                *(live.pictured_trials, tuple(chosen), dark, within and frozenset(within)),
                *(across, along),
            ),
            lambda: contour(
                trials,
                names[across],
                names[along],
                live.spec.objective_info,
                picked=chosen,
                dark=dark,
                height=440,
            ),
            [PICKED],
            seen,
        )
