"""Learning curves: a metric over the epochs, training dashed and validation solid."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.charts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.curve_frames import TRAINING, VALIDATION, curve_frames
from tuning_core.charts.metric_titles import metric_title
from tuning_core.charts.picked import PICKED
from tuning_core.charts.theme import LABEL_SIZE, theme

ZOOM = "zoom"
"""Name of the zoom: it must be in ``selection_mode``, or the next data would undo it."""

LABEL_ROOM = 0.14
"""Empty room right of the last epoch, as a share of the epochs, for the labels of the lines."""


def learning_curves(
    epochs: pd.DataFrame,
    metric: str,
    trials: Sequence[int],
    *,
    selected: Collection[int] = (),
    running: int | None = None,
    last_epoch: int | None = None,
    log: bool = False,
    dark: bool = False,
    height: int = 380,
) -> Chart:
    """Lines of ``trials`` with a label at each end and a ring at the best validation epoch.

    ``epochs`` has ``trial``, ``execution``, ``epoch`` and a column per metric, validation ones with
    ``val_`` in front. Several executions of a trial make a mean with a band from the smallest to
    the largest. Values far from all others stand at the edge as triangles; their tooltip has the
    true value. ``last_epoch`` is the epoch to which the axis should reach at least: lines then
    grow into a picture that stays still. Selections: :data:`ZOOM` and :data:`PICKED`.
    """
    frames = curve_frames(
        epochs, metric, trials, theme(dark), selected=selected, running=running, log=log
    )
    room, last = _room(frames.points, last_epoch, growing=running is not None)
    return Chart(
        _specification(metric_title(metric), log, last, dark, height),
        {"points": frames.points, "best": frames.best, "labels": frames.labels, "room": room},
    )


def _room(
    points: pd.DataFrame, last_epoch: int | None, *, growing: bool
) -> tuple[pd.DataFrame, float | None]:
    """Two invisible points that hold the room for the labels open, and the last labelled epoch.

    The latter is None while it may still grow, so that the specification does not change with it.
    """
    first, last, height = 1.0, 1.0, 1.0
    if len(points):
        first, last = points["epoch"].min(), points["epoch"].max()
        height = points["drawn"].iloc[0]
    last = max(last, float(last_epoch or 0))
    known = None if growing and last != last_epoch else last
    room = pd.DataFrame(
        {"epoch": [first, last + LABEL_ROOM * max(last - first, 1.0)], "drawn": height}
    )
    return room, known


@lru_cache(TEMPLATES)
def _specification(title: str, log: bool, last: float | None, dark: bool, height: int) -> str:
    colours = theme(dark)
    x = alt.X(
        "epoch:Q",
        title="epoch",
        scale=alt.Scale(nice=False, zero=False),
        axis=alt.Axis(
            tickMinStep=1,
            format="d",
            grid=False,
            # The room for the labels is no time: no ticks there.
            labelExpr=f"datum.value > {last:g} ? '' : datum.label" if last else alt.Undefined,
        ),
    )
    kind = {"type": "log"} if log else {"type": "linear", "zero": False}
    scale = alt.Scale(**kind, nice=False, padding=8)

    def y(field: str) -> Any:
        return alt.Y(
            f"{field}:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6, format="~g")
        )

    colour = alt.Color("colour:N", scale=None, legend=None)
    opacity = alt.Opacity("opacity:Q", scale=None, legend=None)
    points = named("points")
    band = (
        points.transform_filter(f"datum.part === '{VALIDATION}'")
        .mark_area(clip=True, tooltip=None)
        .encode(
            x=x,
            y=y("band_low"),
            y2="band_high:Q",
            opacity=alt.Opacity("band_opacity:Q", scale=None, legend=None),
            detail="trial:N",
            color=colour,
        )
    )
    lines = points.mark_line(clip=True, strokeCap="butt", tooltip=None).encode(
        x=x,
        y=y("drawn"),
        detail="trial:N",
        color=colour,
        opacity=opacity,
        strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
        strokeDash=alt.StrokeDash(
            "part:N",
            title=None,
            scale=alt.Scale(domain=[VALIDATION, TRAINING], range=[[1, 0], [5, 4]]),
            legend=alt.Legend(
                orient="top", symbolType="stroke", symbolSize=500, symbolStrokeColor=colours.muted
            ),
        ),
    )
    best = (
        named("best")
        .mark_point(size=90, strokeWidth=2.5, fill=colours.halo, clip=True, tooltip=None)
        .encode(
            x=x,
            y=y("drawn"),
            stroke=alt.Stroke("colour:N", scale=None, legend=None),
            opacity=opacity,
        )
    )
    names = named("labels").encode(x=x, y=y("label_at"), text="label:N")
    font = {"align": "left", "baseline": "middle", "dx": 9, "fontSize": LABEL_SIZE}
    font |= {"fontWeight": 600, "clip": True, "tooltip": None}
    halo = names.mark_text(
        **font, color=colours.halo, stroke=colours.halo, strokeWidth=4, opacity=0.85
    )
    labels = names.mark_text(**font).encode(
        color=alt.Color("label_colour:N", scale=None, legend=None)
    )
    room = (
        named("room")
        .mark_point(opacity=0, tooltip=None)
        .encode(x=x, y=y("drawn"))
        .add_params(_zoom())
    )
    targets = _targets(title, x, y("drawn"))
    chart = alt.layer(room, band, lines, best, halo, targets, labels)
    return specification(chart.properties(height=height, width="container"), colours)


def _targets(title: str, x: Any, y: Any) -> Any:
    """What answers to the pointer: larger than the eye sees, so that no steady hand is needed."""
    return (
        named("points")
        .mark_point(filled=True, clip=True, cursor="pointer")
        .encode(
            x=x,
            y=y,
            size=alt.value(130),
            shape=alt.condition("datum.outside", alt.value("triangle-up"), alt.value("circle")),
            color=alt.Color("colour:N", scale=None, legend=None),
            opacity=alt.condition("datum.outside", alt.value(1), alt.value(0)),
            tooltip=[
                alt.Tooltip("trial:Q", title="trial"),
                alt.Tooltip("part:N", title="part"),
                alt.Tooltip("epoch:Q", title="epoch"),
                alt.Tooltip("text:N", title=title),
                alt.Tooltip("executions:Q", title="executions"),
            ],
        )
        .add_params(
            alt.selection_point(name=PICKED, fields=["trial"], on="click", clear="dblclick")
        )
    )


def _zoom() -> Any:
    """Zoom with the wheel while Ctrl or Shift is down: a plain wheel scrolls the page on."""
    return alt.selection_interval(
        name=ZOOM,
        bind="scales",
        zoom="wheel![event.ctrlKey || event.metaKey || event.shiftKey]",
        clear="dblclick",
    )
