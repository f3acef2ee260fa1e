"""Learning curves: a metric over the epochs, training dashed and validation solid."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.charts.parts.chart import (
    TEMPLATES,
    Chart,
    data_domain,
    end_labels,
    named,
    specification,
    trial_clicks,
)
from tuning_core.charts.parts.labels import AXIS_NUMBERS, metric_title, title_lines
from tuning_core.charts.parts.theme import Theme, theme
from tuning_core.charts.study.curve_frames import curve_frames
from tuning_core.charts.study.curve_points import TRAINING, VALIDATION

ZOOM = "zoom"
"""Name of the zoom: it must be in ``selection_mode``, or the next data would undo it."""

LABEL_ROOM = 0.16
"""Empty room right of the last epoch, as a share of the epochs, for the labels of the lines."""

AROUND = 80
"""Pixels of a chart's height that its legend and its axis take from the plot."""


def learning_curves(
    epochs: pd.DataFrame,
    metric: str,
    trials: Sequence[int],
    *,
    lower: bool = False,
    alone: bool = False,
    selected: Collection[int] = (),
    running: Collection[int] = (),
    last_epoch: int | None = None,
    log: bool = False,
    dark: bool = False,
    height: int = 380,
    executions: int = 1,
    unit: str = "training",
) -> Chart:
    """Lines of ``trials`` with a label at each end and a ring at the best validation epoch.

    ``epochs`` has ``trial``, ``execution``, ``epoch`` and a column per metric, validation ones with
    ``val_`` in front. Several executions of a trial make a mean with a band from the smallest to
    the largest. The y axis shows where trainings arrive: first steps and far bad trials run out of
    the picture, and a line whose end is outside has a triangle at the edge; ``lower`` values are
    the better ones, or higher ones. A metric that is ``alone`` is reported once an epoch, of no
    part of the rows that anybody named. ``last_epoch`` is the
    epoch to which the axis should reach at least: lines then grow into a picture that stays
    still. ``executions`` is how many a trial has in the end, ``unit`` the word for one (fold,
    repeat): legend and tooltip then say what the mean is of. Selections: :data:`ZOOM` and
    :data:`PICKED`.
    """
    frames = curve_frames(
        epochs,
        metric,
        trials,
        theme(dark),
        lower=lower,
        alone=alone,
        selected=selected,
        running=running,
        last_epoch=last_epoch,
        log=log,
        plot_height=height - AROUND,
        unit=unit,
    )
    first, last = frames.view["epoch"]
    # Not known while it may still grow, so that the specification does not change with it.
    known = None if running and last != last_epoch else last
    mean_of = f"mean of {executions} {unit}s, band from lowest to highest" * (executions > 1)
    view = frames.view.assign(epoch=[first, last + LABEL_ROOM * (last - first)])
    return Chart(
        _specification(metric_title(metric), log, known, dark, height, mean_of, alone),
        {"view": view, "points": frames.points, "best": frames.best, "labels": frames.labels},
    )


@lru_cache(TEMPLATES)
def _specification(
    title: str,
    log: bool,
    last: float | None,
    dark: bool,
    height: int,
    mean_of: str,
    alone: bool,
) -> str:
    colours = theme(dark)
    epochs = alt.X(
        title="epoch",
        scale=alt.Scale(domain=data_domain("view", "epoch"), nice=False, zero=False, padding=8),
        axis=alt.Axis(
            tickMinStep=1,
            format="d",
            grid=False,
            # The room for the labels is no time: no ticks there.
            labelExpr=f"datum.value > {last:g} ? '' : datum.label" if last else alt.Undefined,
        ),
    )

    def x(field: str) -> Any:
        made = epochs.copy()
        made.shorthand = f"{field}:Q"
        return made

    kind = {"type": "log"} if log else {"type": "linear", "zero": False}
    scale = alt.Scale(**kind, domain=data_domain("view", "value"), nice=False, padding=10)
    lines_of_title = title_lines(title, height - AROUND)

    def y(field: str) -> Any:
        return alt.Y(
            f"{field}:Q",
            title=lines_of_title,
            scale=scale,
            axis=alt.Axis(tickCount=12 if log else 5, format=AXIS_NUMBERS, labelOverlap="greedy"),
        )

    room = (
        named("view")
        .mark_point(opacity=0, tooltip=None)
        .encode(x=x("epoch"), y=y("value"))
        .add_params(_zoom())
    )
    lines = [*_lines(x, y, colours, mean_of, alone), _best(x, y, colours)]
    targets = _targets(title, x("epoch"), y("drawn"), mean_of, alone)
    chart = alt.layer(room, *lines, *_labels(x, y, colours), targets)
    description = f"Learning curves: {title} over the epochs, a line for each trial" + (
        ", validation solid and training dashed." if not alone else "."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _lines(x: Any, y: Any, colours: Theme, mean_of: str, alone: bool) -> list[Any]:
    """Bands from the smallest to the largest, and on them the lines."""
    colour = alt.Color("colour:N", scale=None, legend=None)
    points = named("points")
    band = points.mark_area(clip=True, tooltip=None).encode(
        x=x("epoch"),
        y=y("band_low"),
        y2="band_high:Q",
        opacity=alt.Opacity("band_opacity:Q", scale=None, legend=None),
        detail=["trial:N", "part:N"],
        color=colour,
    )
    lines = points.mark_line(clip=True, strokeCap="butt", tooltip=None).encode(
        x=x("epoch"),
        y=y("drawn"),
        detail="trial:N",
        color=colour,
        opacity=alt.Opacity("opacity:Q", scale=None, legend=None),
        strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
        strokeDash=alt.StrokeDash(
            "part:N",
            title=None,
            scale=alt.Scale(domain=[VALIDATION, TRAINING], range=[[1, 0], [5, 4]]),
            legend=alt.Legend(
                orient="top",
                symbolType="stroke",
                symbolSize=500,
                symbolStrokeColor=colours.muted,
                title=mean_of or None,
                titleOrient="right",
                titleAnchor="middle",
                titleLimit=0,
                titlePadding=16,
            )
            if not alone or mean_of
            else None,
        ),
    )
    return [band, lines]


def _best(x: Any, y: Any, colours: Theme) -> Any:
    """A ring at the best epoch of each trial."""
    return (
        named("best")
        .mark_point(
            size={"expr": "datum.strong ? 90 : 30"},
            strokeWidth={"expr": "datum.strong ? 2.5 : 1.5"},
            fill=colours.halo,
            clip=True,
            tooltip=None,
        )
        .encode(
            x=x("epoch"),
            y=y("drawn"),
            stroke=alt.Stroke("colour:N", scale=None, legend=None),
            opacity=alt.Opacity("opacity:Q", scale=None, legend=None),
        )
    )


def _labels(x: Any, y: Any, colours: Theme) -> list[Any]:
    """Names at the line ends, a thread to those that had to make room, and what ended outside."""
    ends = named("labels")
    colour = alt.Color("colour:N", scale=None, legend=None)
    thread = ends.mark_rule(clip=True, strokeWidth=1, tooltip=None).encode(
        x=x("epoch"),
        x2="label_epoch:Q",
        y=y("edge"),
        y2="label_at:Q",
        color=colour,
        opacity=alt.Opacity("lead_opacity:Q", scale=None, legend=None),
    )
    outside = ends.transform_filter("datum.outside").mark_point(
        filled=True, shape="triangle-up", size=90, opacity=1, clip=True, tooltip=None
    )
    outside = outside.encode(
        x=x("epoch"),
        y=y("edge"),
        color=colour,
        angle=alt.condition("datum.drawn < datum.edge", alt.value(180), alt.value(0)),
    )
    names = ends.encode(x=x("label_epoch"), y=y("label_at"), text="label:N")
    return [thread, outside, *end_labels(names, colours, "label_colour", dx=3, clip=True)]


def _targets(title: str, x: Any, y: Any, mean_of: str, alone: bool) -> Any:
    """What answers to the pointer: larger than the eye sees, so that no steady hand is needed."""
    return (
        named("points")
        .mark_point(filled=True, clip=True, cursor="pointer", opacity=0)
        .encode(
            x=x,
            y=y,
            size=alt.value(130),
            tooltip=[
                alt.Tooltip("trial:Q", title="trial"),
                *([] if alone else [alt.Tooltip("part:N", title="part")]),
                alt.Tooltip("epoch:Q", title="epoch"),
                alt.Tooltip("text:N", title=title),
                *([alt.Tooltip("mean_of:N", title="mean of")] if mean_of else []),
            ],
        )
        .add_params(trial_clicks())
    )


def _zoom() -> Any:
    """Zoom with the wheel while Ctrl or Shift is down: a plain wheel scrolls the page on."""
    return alt.selection_interval(
        name=ZOOM,
        bind="scales",
        zoom="wheel![event.ctrlKey || event.metaKey || event.shiftKey]",
        clear="dblclick",
    )
