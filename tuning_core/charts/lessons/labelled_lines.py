"""A few lines, each with its name at its end, on axes that stay as they are while lines grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.lessons.line_frames import Line, line_names, line_points
from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import AXIS_NUMBERS
from tuning_core.charts.parts.theme import LABEL_SIZE, TITLE_SIZE, Theme, theme

DASHES = ((1, 0), (5, 4), (1, 4))


@dataclass(frozen=True)
class Mark:
    """A point to look at, with a word beside it."""

    x: float
    y: float
    word: str


def labelled_lines(
    lines: Sequence[Line],
    *,
    x_title: str,
    y_title: str,
    x_limits: tuple[float, float],
    y_limits: tuple[float, float],
    log: bool = False,
    x_log: bool = False,
    points: bool = False,
    parts: Sequence[str] = (),
    marks: Sequence[Mark] = (),
    names: bool = True,
    dark: bool = False,
    height: int = 400,
    scale: float = 1.0,
) -> Chart:
    """Lines in fixed limits; what lies outside is drawn at the edge.

    ``parts`` are the kinds of line that the legend explains, solid first. Colours follow the
    order of names. ``points`` shows the points themselves. ``names`` False leaves the names at
    the line ends out. The letters will be ``scale`` times as large: names need more room then.
    """
    colours = theme(dark)
    order = list(dict.fromkeys(line.name for line in lines if not line.quiet))
    own = {name: colours.series[i % len(colours.series)] for i, name in enumerate(order)}
    rows = line_points(lines, own, colours.faded, y_limits)
    shown = lines if names else []
    ends = line_names(shown, own, colours.muted, y_limits, log=log, height=height / scale)
    dots = pd.DataFrame(
        {
            "x": [float(mark.x) for mark in marks],
            "y": [float(np.clip(mark.y, *y_limits)) for mark in marks],
            "word": [mark.word for mark in marks],
        }
    ).astype({"x": "float64", "y": "float64", "word": "str"})
    room = max((len(line.name) for line in lines if not line.quiet), default=0) if names else 0
    room = round(room * scale)
    return Chart(
        _specification(
            _Axes(x_title, y_title, (float(x_limits[0]), float(x_limits[1])), y_limits, x_log, log),
            tuple(parts),
            room,
            bool(marks),
            points,
            dark,
            height,
        ),
        {"points": rows, "ends": ends, "marks": dots},
    )


@dataclass(frozen=True)
class _Axes:
    x_title: str
    y_title: str
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    x_log: bool
    log: bool


@lru_cache(TEMPLATES)
def _specification(
    axes: _Axes,
    parts: tuple[str, ...],
    room: int,
    marked: bool,
    dotted: bool,
    dark: bool,
    height: int,
) -> str:
    colours = theme(dark)
    x_title, y_title = axes.x_title, axes.y_title
    low, high = axes.x_limits
    whole = low.is_integer() and high.is_integer() and high > 2
    # Room for the names at the right: about 8 pixels a letter of 620.
    share = min(0.45, 0.02 + room * 0.0145) if room else 0.0
    wide = high * (high / low) ** share if axes.x_log else high + (high - low) * share

    def x(field: str) -> Any:
        return alt.X(
            f"{field}:Q",
            title=x_title,
            scale=_scale(axes.x_log, [low, wide]),
            axis=alt.Axis(
                grid=False,
                tickMinStep=1 if whole and not axes.x_log else alt.Undefined,
                format="d" if whole else AXIS_NUMBERS,
                labelExpr=f"datum.value > {high:g} ? '' : datum.label",
            ),
        )

    scale = _scale(axes.log, list(axes.y_limits), padding=4)

    def y(field: str) -> Any:
        return alt.Y(
            f"{field}:Q",
            title=y_title,
            scale=scale,
            axis=alt.Axis(tickCount=5, format=AXIS_NUMBERS, labelOverlap="greedy"),
        )

    layers = [_lines(x, y, colours, parts, dotted), _names(x, y), _targets(x, y, axes, parts)]
    if marked:
        layers += _marks(x, y, axes, colours)
    chart = alt.layer(*layers)
    description = (
        f"{y_title} over {x_title}, a line for each "
        f"name{', ' if parts else ''}{' and '.join(parts)}."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _lines(x: Any, y: Any, colours: Theme, parts: tuple[str, ...], dotted: bool) -> Any:
    dashes: dict[str, Any] = {}
    if len(parts) > 1:
        dashes["strokeDash"] = alt.StrokeDash(
            "part:N",
            title=None,
            scale=alt.Scale(domain=list(parts), range=[list(d) for d in DASHES[: len(parts)]]),
            legend=alt.Legend(
                orient="top",
                symbolType="stroke",
                symbolSize=500,
                symbolStrokeColor=colours.muted,
            ),
        )
    return (
        named("points")
        .mark_line(clip=True, tooltip=None, point={"size": 70} if dotted else False)
        .encode(
            x=x("x"),
            y=y("y"),
            detail="line:N",
            color=alt.Color("colour:N", scale=None, legend=None),
            strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
            **dashes,
        )
    )


def _targets(x: Any, y: Any, axes: _Axes, parts: tuple[str, ...]) -> Any:
    """What answers to the pointer."""
    return (
        named("points")
        .mark_point(filled=True, size=90, opacity=0)
        .encode(
            x=x("x"),
            y=y("y"),
            tooltip=[
                alt.Tooltip("name:N", title="line"),
                *([alt.Tooltip("part:N", title="part")] if len(parts) > 1 else []),
                alt.Tooltip("x:Q", title=axes.x_title, format=".4~g"),
                alt.Tooltip("text:N", title=axes.y_title),
            ],
        )
    )


def _names(x: Any, y: Any) -> Any:
    """Names at the ends of the lines."""
    return (
        named("ends")
        .mark_text(align="left", baseline="middle", dx=7, fontSize=LABEL_SIZE, fontWeight=600)
        .encode(
            x=x("x"), y=y("y"), text="name:N", color=alt.Color("colour:N", scale=None, legend=None)
        )
    )


def _marks(x: Any, y: Any, axes: _Axes, colours: Theme) -> list[Any]:
    """Points to look at, each with its word and an upright."""
    spots = named("marks").encode(x=x("x"), y=y("y"))
    tooltip = [
        alt.Tooltip("word:N", title="mark"),
        alt.Tooltip("x:Q", title=axes.x_title, format=".4~g"),
        alt.Tooltip("y:Q", title=axes.y_title, format=".4~g"),
    ]
    return [
        spots.mark_rule(strokeDash=[3, 4], color=colours.soft, tooltip=None).encode(
            y=alt.value("height")
        ),
        spots.mark_point(
            size=150, filled=True, opacity=1, color=colours.bad, stroke=colours.halo
        ).encode(tooltip=tooltip),
        spots.mark_text(
            dy=-16, fontSize=TITLE_SIZE, fontWeight=600, color=colours.bad, tooltip=None
        ).encode(text="word:N"),
    ]


def _scale(log: bool, domain: list[float], **options: Any) -> alt.Scale:
    """A scale of fixed ends; Vega complains of a logarithmic one that is told about zero."""
    kind = {"type": "log"} if log else {"type": "linear", "zero": False}
    return alt.Scale(**kind, domain=domain, nice=False, **options)
