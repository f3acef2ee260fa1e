"""A few lines, each with its name at its end, on axes that stay as they are while lines grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.numerals import number_text
from tuning_core.charts.shaping import spread
from tuning_core.charts.theme import LABEL_SIZE, TITLE_SIZE, theme

LABEL_HEIGHT = 20.0
"""Pixels from one name to the next."""
AROUND = 70
"""Pixels of the height that the x axis and the legend take."""
DASHES = ((1, 0), (5, 4), (1, 4))
MARKED = ("circle", "cross", "diamond")


@dataclass(frozen=True)
class Line:
    """A line called ``name`` through ``y`` at ``x``; ``part`` chooses its dashes, if any.

    Only lines of the first part carry their names. A ``quiet`` line is grey.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    part: str = ""
    quiet: bool = False


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
    parts: Sequence[str] = (),
    marks: Sequence[Mark] = (),
    names: bool = True,
    dark: bool = False,
    height: int = 400,
    scale: float = 1.0,
) -> Chart:
    """Lines in fixed limits; what lies outside is drawn at the edge.

    ``parts`` are the kinds of line that the legend explains, solid first. Colours follow the
    order of names. ``names`` False leaves the names at the line ends out. The letters will be
    ``scale`` times as large: names need as much more room.
    """
    colours = theme(dark)
    order = list(dict.fromkeys(line.name for line in lines if not line.quiet))
    own = {name: colours.series[i % len(colours.series)] for i, name in enumerate(order)}
    points = pd.concat(
        [_points(line, own.get(line.name, colours.faded), y_limits) for line in lines] or [_none()],
        ignore_index=True,
    )
    ends = _ends(lines, own, colours.muted, y_limits, log, height / scale) if names else _no_ends()
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
            x_title, y_title, x_limits, y_limits, log, tuple(parts), room, bool(marks), dark, height
        ),
        {"points": points, "ends": ends, "marks": dots},
    )


def _none() -> pd.DataFrame:
    columns = ("name", "part", "colour", "text")
    empty: dict[str, Any] = {name: pd.Series(dtype="str") for name in columns}
    return pd.DataFrame(
        empty
        | {name: pd.Series(dtype="float64") for name in ("x", "y", "width")}
        | {"line": pd.Series(dtype="str")}
    )


def _points(line: Line, colour: str, limits: tuple[float, float]) -> pd.DataFrame:
    values = np.asarray(line.y, dtype="float64")
    x = np.asarray(line.x, dtype="float64")[: len(values)]
    known = ~np.isnan(values)
    drawn = np.clip(values[known], *limits)
    return pd.DataFrame(
        {
            "name": line.name,
            "part": line.part,
            "line": f"{line.name} {line.part}",
            "colour": colour,
            "width": 1.2 if line.quiet else 2.8,
            "x": x[known],
            "y": drawn,
            "text": [number_text(float(value)) for value in values[known]],
        }
    ).astype({"x": "float64", "y": "float64", "text": "str"})


def _no_ends() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": pd.Series(dtype="float64"),
            "y": pd.Series(dtype="float64"),
            "name": pd.Series(dtype="str"),
            "colour": pd.Series(dtype="str"),
        }
    )


def _ends(
    lines: Sequence[Line],
    own: dict[str, str],
    muted: str,
    limits: tuple[float, float],
    log: bool,
    height: float,
) -> pd.DataFrame:
    """Where each name stands: at the last point of its first part, with a gap to the others."""
    first: dict[str, Line] = {}
    for line in lines:
        if len(line.y) and not line.quiet:
            first.setdefault(line.name, line)
    if not first:
        return _no_ends()
    to = np.log10 if log else np.asarray
    floor, ceiling = (float(to(end)) for end in limits)
    ends = [float(to(np.clip(line.y[-1], *limits))) for line in first.values()]
    gap = LABEL_HEIGHT / max(height - AROUND, 60) * (ceiling - floor)
    placed = spread(ends, gap, floor, ceiling)
    return pd.DataFrame(
        {
            "x": [float(line.x[len(line.y) - 1]) for line in first.values()],
            "y": [10.0**place if log else place for place in placed],
            "name": list(first),
            "colour": [own.get(name, muted) for name in first],
        }
    )


@lru_cache(TEMPLATES)
def _specification(
    x_title: str,
    y_title: str,
    x_limits: tuple[float, float],
    y_limits: tuple[float, float],
    log: bool,
    parts: tuple[str, ...],
    room: int,
    marked: bool,
    dark: bool,
    height: int,
) -> str:
    colours = theme(dark)
    whole = all(float(end).is_integer() for end in x_limits) and x_limits[1] > 2
    low, high = x_limits
    # Room for the names at the right: about 8 pixels a letter of 620.
    wide = high + (high - low) * min(0.45, 0.02 + room * 0.0145) if room else high

    def x(field: str) -> Any:
        return alt.X(
            f"{field}:Q",
            title=x_title,
            scale=alt.Scale(domain=[low, wide], nice=False, zero=False),
            axis=alt.Axis(
                grid=False,
                tickMinStep=1 if whole else alt.Undefined,
                format="d" if whole else "~g",
                labelExpr=f"datum.value > {high:g} ? '' : datum.label",
            ),
        )

    scale = alt.Scale(
        type="log" if log else "linear", domain=list(y_limits), nice=False, zero=False, padding=4
    )

    def y(field: str) -> Any:
        return alt.Y(
            f"{field}:Q",
            title=y_title,
            scale=scale,
            axis=alt.Axis(tickCount=5, format="~g", labelOverlap="greedy"),
        )

    colour = alt.Color("colour:N", scale=None, legend=None)
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
    lines = (
        named("points")
        .mark_line(clip=True, tooltip=None)
        .encode(
            x=x("x"),
            y=y("y"),
            detail="line:N",
            color=colour,
            strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
            **dashes,
        )
    )
    targets = (
        named("points")
        .mark_point(filled=True, size=90, opacity=0)
        .encode(
            x=x("x"),
            y=y("y"),
            tooltip=[
                alt.Tooltip("name:N", title="line"),
                *([alt.Tooltip("part:N", title="part")] if len(parts) > 1 else []),
                alt.Tooltip("x:Q", title=x_title, format=".4~g"),
                alt.Tooltip("text:N", title=y_title),
            ],
        )
    )
    names = (
        named("ends")
        .mark_text(align="left", baseline="middle", dx=7, fontSize=LABEL_SIZE, fontWeight=600)
        .encode(x=x("x"), y=y("y"), text="name:N", color=colour)
    )
    layers = [lines, names, targets]
    if marked:
        spots = named("marks").encode(x=x("x"), y=y("y"))
        tooltip = [
            alt.Tooltip("word:N", title="mark"),
            alt.Tooltip("x:Q", title=x_title, format=".4~g"),
            alt.Tooltip("y:Q", title=y_title, format=".4~g"),
        ]
        layers += [
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
    chart = alt.layer(*layers)
    return specification(chart.properties(height=height, width="container"), colours)
