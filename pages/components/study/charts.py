"""The charts of a study, each keyed so that its zoom, brushes and clicks outlive new data."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, forget_charts, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.formatting import execution_word, label
from pages.components.study.curves_by_value import render_curves_by_value
from pages.components.study.live import LiveStudy, shown_trials
from pages.components.study.search_frame import search_frame
from tuning_core.catalog import HYPERPARAMETERS
from tuning_core.catalog.objectives import METRIC_LABELS, metrics_for
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import PICKED
from tuning_core.charts.study.best_so_far import Spent, best_so_far
from tuning_core.charts.study.learning_curves import ZOOM, learning_curves
from tuning_core.charts.study.parallel_coordinates import parallel_coordinates
from tuning_core.charts.study.parallel_frames import brush_names, brushed, brushed_trials
from tuning_core.space import Choice, Range

CURVES_SHOWN = 6
TOGETHER = "all together"
_BRUSHES = "brush_generation"


def forget_study() -> None:
    """Start the next study without the brushes and the drawn charts of the last."""
    clear_brushes()
    forget_charts()


def render_best_so_far(live: LiveStudy, seen: bool) -> None:
    """Draw the best score so far over the trials, or over what they took."""
    heading, switch = st.columns([1, 1], vertical_alignment="center")
    heading.subheader("Best so far")
    with switch, st.container(horizontal=True, horizontal_alignment="right"):
        against: Spent = st.segmented_control(
            "Against",
            ["trials", "epochs", "seconds"],
            format_func=lambda spent: "time" if spent == "seconds" else spent,
            default="trials",
            required=True,
            key="best-against",
            label_visibility="collapsed",
        )
    with chart_place("best-so-far", 220):
        if not live.study.trials:
            say("A point per trial, from the first that has ended.")
            return
        chosen, dark = chosen_trials(), html.is_dark()
        objective = live.spec.objective_info
        render_chart(
            f"best-so-far-{live.study.id}",
            (live.pictured_trials, tuple(chosen), dark, against),
            lambda: best_so_far(
                search_frame(live),
                objective,
                against=against,
                picked=chosen,
                dark=dark,
                height=220,
            ),
            [PICKED],
            seen,
        )


def render_curves(
    live: LiveStudy,
    place: str,
    seen: bool,
    *,
    metric: str | None = None,
    within: set[int] | None = None,
    most: int = CURVES_SHOWN,
    log: bool = False,
    height: int = 280,
) -> None:
    """Draw learning curves of the selected, the best and the running trial.

    ``within`` keeps to these trials (those inside the brushes).
    """
    chosen = [n for n in chosen_trials() if within is None or n in within]
    numbers = shown_trials(live, chosen, most, within)
    metric = metric or live.spec.objective_info.metric
    running = live.running.number if live.running else None
    dark = html.is_dark()
    with chart_place(place, height):
        if not any(live.epoch_of(number) for number in numbers):
            active = live.study.status.active
            say("The first epoch draws the first curve." if active else "No trial to draw.")
            return
        render_chart(
            f"{place}-{live.study.id}",
            (live.cursor, tuple(numbers), tuple(chosen), metric, log, dark),
            lambda: learning_curves(
                live.curves_frame(numbers),
                metric,
                numbers,
                selected=chosen,
                running=running,
                last_epoch=live.spec.budget.epochs,
                log=log,
                dark=dark,
                height=height,
                executions=live.spec.executions,
                unit=execution_word(live.spec.folds, live.spec.repeats),
            ),
            [ZOOM, PICKED],
            seen,
        )


def render_curves_panel(live: LiveStudy, seen: bool, within: set[int] | None) -> None:
    """Draw the tab of learning curves with its choices."""
    info = live.spec.dataset_info
    metrics = list(metrics_for(info.task, info.classes))
    metric_column, split_column, most_column, log_column, hint = st.columns(
        [1.2, 1.2, 1.2, 0.8, 2], vertical_alignment="bottom", gap="medium"
    )
    with metric_column:
        metric = st.selectbox(
            "Metric",
            metrics,
            index=metrics.index(live.spec.objective_info.metric),
            format_func=METRIC_LABELS.__getitem__,
            key=f"curve-metric-{info.task}",
        )
    axes = {axis.name: axis for axis in axes_of(live)}
    with split_column:
        split = st.selectbox(
            "Side by side",
            [TOGETHER, *axes],
            format_func=lambda name: axes[name].label if name in axes else TOGETHER,
            key=f"curve-split-{live.study.id}",
            help="A picture for each value of a hyperparameter.",
        )
    if split in axes:
        render_curves_by_value(live, axes[split], metric, seen, within)
        return
    with most_column:
        most = st.slider("Best trials shown", 1, 20, CURVES_SHOWN, key="curve-count")
    with log_column:
        log = st.toggle("Log axis", key="curve-log", help="For losses that span decades.")
    with hint:
        say(
            "Select trials in the table below to bring theirs to the front. Drag to move, "
            "Ctrl and wheel to zoom, double-click to reset."
        )
    render_curves(
        live, "curves", seen, metric=metric, within=within, most=most, log=log, height=440
    )


def render_parallel(live: LiveStudy, seen: bool) -> None:
    """Draw the parallel coordinates, a brush on every axis."""
    with chart_place("parallel", 440):
        if not live.study.trials:
            say("A line per trial, from the first that has ended.")
            return
        chosen, dark, axes = chosen_trials(), html.is_dark(), axes_of(live)
        render_chart(
            parallel_key(),
            (live.study.id, live.pictured_trials, tuple(chosen), dark),
            lambda: parallel_coordinates(
                live.trials_frame(),
                axes,
                live.spec.objective_info,
                selected=chosen,
                dark=dark,
                height=440,
            ),
            brush_names(axes),
            seen,
        )


def parallel_key() -> str:
    """The chart's key; another one is a chart without brushes."""
    return f"parallel-{st.session_state.get(_BRUSHES, 0)}"


def clear_brushes() -> None:
    """Take all brushes away."""
    st.session_state[_BRUSHES] = st.session_state.get(_BRUSHES, 0) + 1


def trials_inside(live: LiveStudy) -> set[int] | None:
    """The trials within every brush; None when nothing is brushed."""
    selection: Any = (st.session_state.get(parallel_key()) or {}).get("selection", {})
    axes = axes_of(live)
    if not brushed(selection, axes):
        return None
    return brushed_trials(selection, live.trials_frame(), axes, live.spec.objective_info)


def axes_of(live: LiveStudy) -> list[Axis]:
    """An axis per hyperparameter that is searched."""
    axes = []
    for parameter in live.spec.search_space.searched:
        info = HYPERPARAMETERS[parameter.name]
        if isinstance(parameter, Range):
            axes.append(
                Axis(
                    info.id,
                    label(info.id),
                    info.kind,
                    parameter.scale,
                    parameter.low,
                    parameter.high,
                )
            )
        elif isinstance(parameter, Choice):
            axes.append(Axis(info.id, label(info.id), info.kind, choices=tuple(parameter.choices)))
    return axes
