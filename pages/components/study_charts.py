"""The charts of a study, each keyed so that its zoom, brushes and clicks outlive new data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import look
from pages.components.formatting import label
from pages.components.leaderboard import choose_trials, chosen_trials
from pages.components.live import LiveStudy, shown_trials
from tuning_core.catalog import HYPERPARAMETERS
from tuning_core.catalog.objectives import METRIC_LABELS, TASK_METRICS
from tuning_core.charts import (
    PICKED,
    ZOOM,
    Axis,
    best_so_far,
    brush_names,
    brushed,
    brushed_trials,
    learning_curves,
    parallel_coordinates,
    picked_trials,
)
from tuning_core.space import Choice, Range

CURVES_SHOWN = 6
_BRUSHES = "brush_generation"
_CACHE = "drawn_charts"


def put_best_so_far(live: LiveStudy, seen: bool) -> None:
    """Draw the best score so far over the trials."""
    chosen, dark = chosen_trials(), look.is_dark()
    objective = live.spec.objective_info
    _put(
        "best-so-far",
        (live.study.id, live.study.trials, tuple(chosen), dark),
        lambda: best_so_far(live.trials_frame(), objective, picked=chosen, dark=dark, height=230),
        [PICKED],
        seen,
    )


def put_curves(
    live: LiveStudy,
    place: str,
    seen: bool,
    *,
    metric: str | None = None,
    within: set[int] | None = None,
    most: int = CURVES_SHOWN,
    log: bool = False,
    height: int = 300,
) -> None:
    """Draw learning curves of the selected, the best and the running trial.

    ``within`` keeps to these trials (those inside the brushes).
    """
    chosen = [n for n in chosen_trials() if within is None or n in within]
    numbers = shown_trials(live, chosen, most, within)
    frame = live.curves_frame(numbers)
    if frame.empty:
        st.html(look.text("The first epoch draws the first curve.", "ts-muted ts-small"))
        return
    metric = metric or live.spec.objective_info.metric
    running = live.running.number if live.running else None
    dark = look.is_dark()
    _put(
        place,
        (live.study.id, live.cursor, tuple(numbers), tuple(chosen), metric, log, dark),
        lambda: learning_curves(
            frame,
            metric,
            numbers,
            selected=chosen,
            running=running,
            last_epoch=live.spec.budget.epochs,
            log=log,
            dark=dark,
            height=height,
        ),
        [ZOOM, PICKED],
        seen,
    )


def put_curves_panel(live: LiveStudy, seen: bool, within: set[int] | None) -> None:
    """Draw the tab of learning curves with its choices."""
    metrics = list(TASK_METRICS[live.spec.dataset_info.task])
    metric_column, most_column, log_column, hint = st.columns(
        [1.2, 1.2, 1, 3], vertical_alignment="bottom", gap="medium"
    )
    with metric_column:
        metric = st.selectbox(
            "Metric",
            metrics,
            index=metrics.index(live.spec.objective_info.metric),
            format_func=METRIC_LABELS.__getitem__,
            key="curve-metric",
        )
    with most_column:
        most = st.slider("Best trials shown", 1, 20, CURVES_SHOWN, key="curve-count")
    with log_column:
        log = st.toggle("Log axis", key="curve-log", help="For losses that span decades.")
    with hint:
        st.html(
            look.text(
                "Select trials in the table below to bring theirs to the front. Drag to move, "
                "Ctrl and wheel to zoom, double-click to reset.",
                "ts-muted ts-small",
            )
        )
    put_curves(live, "curves", seen, metric=metric, within=within, most=most, log=log, height=440)


def put_parallel(live: LiveStudy, seen: bool) -> None:
    """Draw the parallel coordinates, a brush on every axis."""
    if not live.study.trials:
        st.html(look.text("A line per trial, from the first that has ended.", "ts-muted ts-small"))
        return
    chosen, dark, axes = chosen_trials(), look.is_dark(), axes_of(live)
    ended = tuple(t.number for t in live.trials.values() if t.status.ended)
    _put(
        parallel_key(),
        (live.study.id, len(ended), live.study.trials, tuple(chosen), dark),
        lambda: parallel_coordinates(
            live.trials_frame(), axes, live.spec.objective_info, selected=chosen, dark=dark
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


def _put(
    key: str,
    token: tuple[Any, ...],
    draw: Callable[[], alt.LayerChart],
    selections: Sequence[str],
    live: bool,
) -> None:
    """Draw a chart, built anew only when ``token`` (all that it shows) has changed.

    A chart out of sight (``live`` False) stays as it was: it must be drawn, or its zoom and
    brushes would be gone, but nobody sees that it is old.
    """
    cache = st.session_state.setdefault(_CACHE, {})
    known = cache.get(key)
    if known is None and not live:
        return
    if known is None or (live and known[0] != token):
        known = cache[key] = (token, _specification(draw()))
    st.vega_lite_chart(
        dict(known[1]),
        width="stretch",
        theme="streamlit",
        key=key,
        on_select=lambda: _take_click(key),
        selection_mode=list(selections),
    )


def _specification(chart: alt.LayerChart) -> dict[str, Any]:
    """A chart as Vega-Lite, its data under names that stay the same while the data grows.

    Altair names data by content; with new names the browser would build the chart anew. Names
    such as data_0 are Vega's own.
    """
    specification: dict[str, Any] = chart.to_dict()
    names = {old: f"frame_{n}" for n, old in enumerate(specification["datasets"])}
    specification["datasets"] = {
        names[old]: pd.DataFrame(rows) for old, rows in specification["datasets"].items()
    }

    def rename(part: Any) -> None:
        for child in part.values() if isinstance(part, dict) else part:
            if isinstance(child, dict | list):
                rename(child)
        if isinstance(part, dict) and isinstance(part.get("data"), dict):
            part["data"] = {"name": names[part["data"]["name"]]}

    rename({name: value for name, value in specification.items() if name != "datasets"})
    return specification


def _take_click(key: str) -> None:
    """Select the trials that were clicked in a chart."""
    selection: Any = (st.session_state.get(key) or {}).get("selection", {})
    if PICKED in selection:
        choose_trials(picked_trials(selection))
