"""The tab of hyperparameters: the score against each of them, and against two at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.manager_session import manager
from pages.components.shared.session import one_chosen
from pages.components.study.hindsight_block import render_surrogate
from pages.components.study.importance_block import leading, render_importance
from pages.components.study.tab_parts import (
    ACROSS,
    Part,
    Within,
    beside,
    trials_within,
)
from pages.components.study.trained_again import render_path
from tuning_core.charts.hyperparameters.contour import contour
from tuning_core.charts.hyperparameters.slices import score_slice
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import PICKED, Chart
from tuning_core.charts.parts.labels import number_text
from tuning_core.charts.parts.score_points import ScorePoints, score_points
from tuning_core.findings.axes import axes_of
from tuning_core.findings.live import LiveStudy

MOST_SLICES = 9
"""Slices shown until the user chooses others."""

POINTS = 3_000
"""Points of all slices together."""


def _render_slices(live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw the score against every hyperparameter in which trials differ, or say why not."""
    trials = trials_within(live.trials_frame(), within)
    axes = axes_of(live)
    if not axes:
        say("Every hyperparameter is fixed in this study.")
        return
    varied = _varied(live, trials)
    if not _comparable(live, within):
        say(_too_few(int(trials["score"].notna().sum())))
        return
    _render_slice_of_each(live, trials, varied, seen, within)
    same = [axis for axis in axes if axis not in varied]
    if same:
        say(f"The same in every trial: {_listed(trials, same)}.")


def _comparable(live: LiveStudy, within: Within) -> bool:
    """Whether there are trials with a score that differ in a hyperparameter."""
    trials = trials_within(live.trials_frame(), within)
    return int(trials["score"].notna().sum()) >= 2 and bool(_varied(live, trials))


def _varied(live: LiveStudy, trials: pd.DataFrame) -> list[Axis]:
    return [axis for axis in axes_of(live) if _varies(live, trials, axis)]


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


def _render_slice_of_each(
    live: LiveStudy, trials: pd.DataFrame, axes: list[Axis], seen: bool, within: Within
) -> None:
    names = {axis.name: axis for axis in axes}
    if len(axes) > MOST_SLICES:
        key = f"slices-shown-{live.study.id}"
        wanted = st.session_state.get(key, leading(live, list(names), MOST_SLICES))
        st.session_state[key] = [name for name in wanted if name in names]
        shown = st.multiselect(
            "Hyperparameters shown",
            list(names),
            format_func=lambda name: names[name].label,
            key=key,
        )
        axes = [names[name] for name in shown]
    chosen, dark, objective = chosen_trials(), html.is_dark(), live.spec.objective_info
    budget = POINTS // max(ACROSS, len(axes))
    token = (live.pictured_trials, tuple(chosen), dark, within and frozenset(within), budget)

    @cache
    def found() -> ScorePoints:
        return score_points(trials, objective, chosen, budget)

    def drawing(axis: Axis) -> Callable[[], Chart]:
        return lambda: score_slice(found(), axis, objective, dark=dark, height=220)

    for column, axis in beside(axes):
        with column, chart_place(f"slice-{axis.name}", 220):
            key = f"slice-{live.study.id}-{axis.name}"
            render_chart(key, token, drawing(axis), [PICKED], seen)


def _render_contour(live: LiveStudy, seen: bool, within: Within) -> None:
    trials = trials_within(live.trials_frame(), within)
    axes = _varied(live, trials)
    if len(axes) < 2:
        say(f"Only {axes[0].label} differs between the trials: two are needed for this picture.")
        return
    # Two ranges make the fullest picture to begin with.
    names = {axis.name: axis for axis in sorted(axes, key=lambda axis: bool(axis.categories))}
    pickers, picture = st.columns([1, 3.2], gap="medium")
    one_chosen(f"contour-x-{live.study.id}", [*names])
    with pickers:
        across = st.selectbox(
            "Across",
            list(names),
            format_func=lambda name: names[name].label,
            key=f"contour-x-{live.study.id}",
        )
        others = [name for name in names if name != across]
        one_chosen(f"contour-y-{live.study.id}", others)
        along = st.selectbox(
            "Upwards",
            others,
            format_func=lambda name: names[name].label,
            key=f"contour-y-{live.study.id}",
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


HYPERPARAMETER_PARTS: tuple[Part, ...] = (
    Part(
        "importance",
        "Which hyperparameters mattered",
        lambda live, seen, within: render_importance(live, manager(), seen),
    ),
    Part(
        "path",
        "From the default to the best",
        render_path,
        applies=lambda live, within: live.best is not None,
    ),
    Part("surrogate", "Does the surrogate predict?", render_surrogate),
    Part("slices", "Score against each hyperparameter", _render_slices),
    Part("contour", "Two hyperparameters together", _render_contour, applies=_comparable),
)
