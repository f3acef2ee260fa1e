"""The pictures of several studies: progress, shares of trials, coordinates, what mattered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from pages.components.compare.chosen import Compared, places_of, render_key
from pages.components.compare.importances import MATTERED
from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.view_address import ViewPart, one_of
from pages.components.study.curves_tab import has_epochs, has_times
from pages.components.study.importance_block import leading
from pages.components.study.parallel_tab import MOST_AXES
from tuning_core.analysis.race import best_steps
from tuning_core.catalog import Objective
from tuning_core.charts.compare.progress import ProgressLine, Spent, progress_lines
from tuning_core.charts.compare.several import several_edf, study_colour
from tuning_core.charts.parts.axes import Axis, column_of
from tuning_core.charts.parts.chart import Chart
from tuning_core.charts.parts.labels import metric_title
from tuning_core.charts.study.parallel_coordinates import parallel_coordinates
from tuning_core.charts.study.parallel_frames import STUDY, brush_names
from tuning_core.findings.axes import axes_of
from tuning_core.findings.formatting import joined
from tuning_core.manager import Manager

EPOCHS = "Epochs"
AGAINST: dict[str, Spent] = {"Trials": "trials", EPOCHS: "epochs", "Time": "seconds"}
VIEW = (
    ViewPart("against", "compare-against", EPOCHS, **one_of([*AGAINST], str.lower)),
    MATTERED,
)
"""What the address carries beside the studies."""


def by_objective(studies: Sequence[Compared]) -> dict[Objective, list[Compared]]:
    """The studies that go by each objective; scores of two have no common scale."""
    found: dict[Objective, list[Compared]] = {}
    for one in studies:
        found.setdefault(one.live.spec.objective_info, []).append(one)
    return found


def _token(studies: Sequence[Compared]) -> tuple[object, ...]:
    """All that changes a picture of these studies."""
    shown = tuple((o.live.study.id, o.live.pictured_cursor, o.label, o.place) for o in studies)
    return (shown, html.is_dark())


def render_progress(studies: Sequence[Compared], engine: Manager) -> None:
    """Draw the best so far over trials, epochs or time, a picture for each objective."""
    chosen = st.segmented_control(
        "Best so far against",
        list(AGAINST),
        required=True,
        key="compare-against",
        label_visibility="collapsed",
    )
    against = AGAINST[chosen or EPOCHS]
    unknown = [one.label for one in studies if not _knows(one, against)]
    if unknown:
        what = "epochs" if against == "epochs" else "times"
        say(f"Not drawn, as their {what} were not recorded: {joined(unknown)}.")
    studies = [one for one in studies if _knows(one, against)]
    for objective, group in by_objective(studies).items():
        lines = [_line(one, objective, against, engine) for one in group]
        empty = [one.label for one, line in zip(group, lines, strict=True) if not len(line.x)]
        if len(empty) == len(group):
            say(f"No score yet: {joined(empty)}.")
            continue
        with chart_place(f"compare-progress-{objective.id}", 440):
            render_chart(
                f"compare-progress-{objective.id}",
                (_token(group), against),
                partial(
                    progress_lines,
                    lines,
                    y_title=f"best {metric_title(objective.metric, objective.label)}",
                    direction=objective.direction,
                    spent=against,
                    dark=html.is_dark(),
                    height=440,
                ),
                [],
                True,
            )
        if empty:
            say(f"No score yet: {joined(empty)}.")


def _knows(one: Compared, against: Spent) -> bool:
    """Whether it is known what its trials took."""
    if against == "epochs":
        return has_epochs(one.live, None)
    return against == "trials" or has_times(one.live)


def _line(one: Compared, objective: Objective, against: Spent, engine: Manager) -> ProgressLine:
    progress = engine.progress.of(one.live.study.id)
    if progress is None:
        return ProgressLine(one.label, (), (), place=one.place)
    spent: Sequence[float] = (
        range(1, len(progress.scores) + 1) if against == "trials" else getattr(progress, against)
    )
    x, y = best_steps(spent, progress.scores, objective.direction)
    return ProgressLine(one.label, x, y, end=spent[-1] if spent else None, place=one.place)


def render_shares(studies: Sequence[Compared], engine: Manager) -> None:
    """Draw the share of trials up to each score, a picture for each objective."""
    for objective, group in by_objective(studies).items():
        known = [(one.label, engine.progress.of(one.live.study.id)) for one in group]
        scores = {name: progress.scores for name, progress in known if progress is not None}
        render_key(group)
        if not any(score is not None for found in scores.values() for score in found):
            continue
        places = places_of(group)
        with chart_place(f"compare-edf-{objective.id}", 340):
            render_chart(
                f"compare-edf-{objective.id}",
                _token(group),
                partial(
                    several_edf,
                    scores,
                    objective,
                    places,
                    dark=html.is_dark(),
                    height=340,
                ),
                [],
                True,
            )
    say(
        "The further a line lies on the good side, the more of its trials were good: how "
        "well a search chose, whatever its best was."
    )


def render_coordinates(studies: Sequence[Compared]) -> None:
    """Draw the trials over the hyperparameters that any of the studies searched."""
    for objective, group in by_objective(studies).items():
        axes, some = shared_axes(group)
        if not axes:
            say("None of them searches a hyperparameter.")
            continue
        if not any(one.live.study.trials for one in group):
            say("No trial has ended yet; each will be a line here.")
            continue
        found = len(axes)
        kept = leading(group[0].live, [axis.name for axis in axes], MOST_AXES)
        axes = [axis for axis in axes if axis.name in kept]
        render_key(group)
        with chart_place(f"compare-parallel-{objective.id}", 440):
            render_chart(
                f"compare-parallel-{objective.id}",
                _token(group),
                partial(_coordinates, group, axes, objective),
                brush_names(axes),
                True,
            )
        if found > len(axes):
            say(f"{len(axes)} of {found:,} hyperparameters; more cannot be told apart.")
        elif some:
            say(f"Not searched in all of them: {joined(some)}.")


def _coordinates(group: Sequence[Compared], axes: Sequence[Axis], objective: Objective) -> Chart:
    return parallel_coordinates(
        trials_of(group, axes, html.is_dark()), axes, objective, dark=html.is_dark(), height=440
    )


def shared_axes(group: Sequence[Compared]) -> tuple[list[Axis], list[str]]:
    """An axis for each hyperparameter that any study searches, as wide as all of them together.

    And the names of those that not all of them search.
    """
    merged: dict[str, Axis] = {}
    times: dict[str, int] = {}
    for one in group:
        for axis in axes_of(one.live):
            times[axis.name] = times.get(axis.name, 0) + 1
            before = merged.get(axis.name)
            merged[axis.name] = axis if before is None else _wider(before, axis)
    some = [axis.label for axis in merged.values() if times[axis.name] < len(group)]
    return list(merged.values()), some


def _wider(one: Axis, other: Axis) -> Axis:
    if one.categories or other.categories:
        listed = [*one.categories, *other.categories]
        ends = [axis for axis in (one, other) if not axis.categories]
        listed += [end for axis in ends for end in (axis.low, axis.high)]
        return replace(one, choices=tuple(dict.fromkeys(listed)))
    scale = one.scale if one.scale == other.scale else "linear"
    low, high = min(one.low, other.low), max(one.high, other.high)
    return replace(one, scale=scale, low=low, high=high)


def trials_of(group: Sequence[Compared], axes: Sequence[Axis], dark: bool) -> pd.DataFrame:
    """The trials of all studies with a value per axis, missing where a study has none."""
    spaces = [one.live.spec.search_space for one in group]
    searched = {p.name: column_of(p.name) for space in spaces for p in space.searched}
    rows = [
        {
            "trial": trial.number,
            "status": trial.status.value,
            "score": trial.score,
            STUDY: one.label,
            "tint": study_colour(one.place, dark),
            **{column: trial.config.get(name) for name, column in searched.items()},
        }
        for one in group
        for trial in one.live.trials.values()
    ]
    columns = ["trial", "status", "score", STUDY, "tint", *(axis.name for axis in axes)]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(
        number=range(1, len(frame) + 1), score=pd.to_numeric(frame["score"]).astype("float64")
    )
