"""Best so far of several searches or people: steps over what was spent, named at their ends."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import (
    TEMPLATES,
    Chart,
    data_domain,
    end_labels,
    enlarged,
    named,
    specification,
)
from tuning_core.charts.parts.labels import AXIS_NUMBERS, number_text, time_unit, title_lines
from tuning_core.charts.parts.shaping import dodged, good_limits
from tuning_core.charts.parts.theme import Theme, theme

Spent = Literal["trials", "epochs", "seconds"]
Kind = Literal["person", "machine", "faded"]

X_TITLES = {"trials": "trials", "epochs": "epochs spent", "seconds": "time spent ({unit})"}
BOARD = 1.4
"""The ``scale`` at which no text is below 18 pixels, for the projector."""
MOST_STEPS = 200
"""Steps of one line that a browser gets."""
MOST_LETTERS = 26
"""Letters of a name at a line's end; all of it is in the tooltip."""
LABEL_HEIGHT, AROUND = 19.0, 56
"""Pixels from one name to the next, and of the height that the x axis takes."""
AT_RIGHT = 1.015
"""How much longer than the longest line the x axis is, so that a last step is seen."""
EARLY = 0.12
"""Steps in this first share of what was spent do not stretch the other axis."""


@dataclass(frozen=True)
class ProgressLine:
    """From ``x[i]`` on, the best is ``y[i]``, until ``end`` (by default the last x).

    A ``person`` is solid, a ``machine`` dotted, and ``faded`` lines are thin, grey and without a
    name. ``low`` and ``high`` are the ends of a band around ``y``, where it has one. ``place``
    chooses the colour, for one that stays while lines come and go; else it is that of the order.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    kind: Kind = "person"
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    end: float | None = None
    place: int | None = None


def progress_lines(
    lines: Sequence[ProgressLine],
    *,
    y_title: str,
    direction: Literal["min", "max"],
    spent: Spent = "epochs",
    until: float | None = None,
    dark: bool = False,
    height: int = 400,
    scale: float = 1.0,
) -> Chart:
    """Steps of the best so far, and at their ends the names, which never overlap.

    ``until`` is where the x axis ends at least, such as a budget. Where there is no room for all
    names, those of the best are shown. Very bad scores at the beginning run out of the picture.
    Lines without a point are left out; without any, the picture has its axes alone. Letters and
    lines are ``scale`` times as large, in a picture of the same height.
    """
    drawn = [_drawable(line) for line in lines]
    drawn = [line for line in drawn if len(line.x)]
    longest = max([until or 0.0, *(_end(line) for line in drawn)]) or 1.0
    size, unit = time_unit(longest) if spent == "seconds" else (1.0, "")
    limits, paint = _limits(drawn, direction), _paint(drawn, theme(dark))
    frames = {
        "view": pd.DataFrame({"x": [0.0, longest * AT_RIGHT], "y": list(limits)}),
        "steps": _steps(drawn, paint),
        "labels": _labels(drawn, direction, limits, height / scale - AROUND, paint),
    }
    for frame in frames.values():
        for column in {"x", "end"} & {*frame.columns}:
            frame[column] = frame[column] / size
    x_title = X_TITLES[spent].format(unit=unit)
    return Chart(_specification(y_title, x_title, bool(drawn), dark, height, scale), frames)


def _drawable(line: ProgressLine) -> ProgressLine:
    """Its finite points; of very many, evenly chosen ones and the last."""
    points = enumerate(zip(line.x, line.y, strict=False))
    good = [i for i, (x, y) in points if math.isfinite(x) and math.isfinite(y)]
    if len(good) > MOST_STEPS:
        good = [good[i] for i in np.linspace(0, len(good) - 1, MOST_STEPS).round().astype(int)]

    def of(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(float(values[i]) for i in good) if len(values) else ()

    return replace(line, x=of(line.x), y=of(line.y), low=of(line.low), high=of(line.high))


def _end(line: ProgressLine) -> float:
    return max(line.x[-1], line.end or 0.0)


def _paint(lines: Sequence[ProgressLine], colours: Theme) -> list[str]:
    order = count()
    return [
        colours.faded
        if line.kind == "faded"
        else colours.series[(next(order) if line.place is None else line.place) % 8]
        for line in lines
    ]


def _limits(lines: Sequence[ProgressLine], direction: Literal["min", "max"]) -> tuple[float, float]:
    """The ends of the y axis: of what holds after the beginning, and of every line's last."""
    early = EARLY * max((line.x[-1] for line in lines), default=0.0)
    late: list[float] = []
    for line in lines:
        late += [y for x, y in zip(line.x, line.y, strict=True) if x > early] or line.y[-1:]
    # The band as far as it is seen at the end; else an early one would stretch the axis.
    late += [end for line in lines for ends in (line.low, line.high) for end in ends[-1:]]
    found = good_limits(late, up=direction == "max", reach=3.0)
    if found is None:
        return 0.0, 1.0
    margin = 0.05 * (found[1] - found[0]) or 0.01 * (abs(found[1]) or 1.0)
    return found[0] - margin, found[1] + margin


_STEPS = dict.fromkeys(("x", "y", "low", "high"), "float64")
_STEPS |= {"line": "int64", **dict.fromkeys(("kind", "label", "text", "band", "colour"), "str")}


def _steps(lines: Sequence[ProgressLine], paint: Sequence[str]) -> pd.DataFrame:
    """A row per step, with the ends of its band, and one for where a line ends."""
    rows = []
    for number, line in enumerate(lines):
        same = {"line": number, "kind": line.kind, "label": line.label, "colour": paint[number]}
        for i, x in [*enumerate(line.x), (len(line.x) - 1, _end(line))]:
            step = {**same, "x": x, "y": line.y[i], "text": number_text(line.y[i]), "band": "-"}
            if len(line.low) and len(line.high):
                step |= {"low": line.low[i], "high": line.high[i]}
                step["band"] = f"{number_text(line.low[i])} to {number_text(line.high[i])}"
            rows.append(step)
    return pd.DataFrame(rows, columns=list(_STEPS)).astype(_STEPS)


_LABELS = {"line": "int64", "name": "str", **dict.fromkeys(("end", "y", "place"), "float64")}


def _labels(
    lines: Sequence[ProgressLine],
    direction: Literal["min", "max"],
    limits: tuple[float, float],
    room: float,
    paint: Sequence[str],
) -> pd.DataFrame:
    """Where each line ends and its name stands: as many as have room, those of the best."""
    low, high = limits
    sign = -1.0 if direction == "max" else 1.0
    wanted = [i for i, line in enumerate(lines) if line.kind != "faded" and line.label]
    wanted.sort(key=lambda i: sign * lines[i].y[-1])
    wanted = sorted(wanted[: max(1, int(room / LABEL_HEIGHT))])
    lasts = [min(max(lines[i].y[-1], low), high) for i in wanted]
    places = dodged(lasts, LABEL_HEIGHT / max(room, 1.0) * (high - low), low, high)
    rows = [
        {
            "line": i,
            "name": _short(lines[i].label),
            "end": _end(lines[i]),
            "y": last,
            "place": place,
        }
        for i, last, place in zip(wanted, lasts, places, strict=True)
    ]
    colour = pd.Series([paint[i] for i in wanted], dtype="str")
    labels = pd.DataFrame(rows, columns=list(_LABELS)).astype(_LABELS)
    return labels.assign(strong=True, colour=colour)


def _short(label: str) -> str:
    return label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}\u2026"


@lru_cache(TEMPLATES)
def _specification(
    y_title: str, x_title: str, filled: bool, dark: bool, height: int, scale: float
) -> str:
    colours = theme(dark)
    whole = x_title in (X_TITLES["trials"], X_TITLES["epochs"])
    x_axis = alt.Axis(
        grid=False,
        tickCount=6,
        tickMinStep=1 if whole else alt.Undefined,
        format="d" if whole else "~r",
        labelFlush=True,
        labelOverlap="greedy",
    )
    x_scale, y_scale = (
        alt.Scale(domain=data_domain("view", field), nice=False, zero=False) for field in "xy"
    )

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title=x_title, scale=x_scale, axis=x_axis)

    def y(field: str) -> alt.Y:
        axis = alt.Axis(tickCount=5, format=AXIS_NUMBERS, labels=filled, labelOverlap="greedy")
        lines = title_lines(y_title, height / scale - AROUND)
        return alt.Y(f"{field}:Q", title=lines, scale=y_scale, axis=axis)

    colour = alt.Color("colour:N", scale=None, legend=None)
    bands = (
        named("steps")
        .transform_filter("isValid(datum.low)")
        .mark_area(interpolate="step-after", opacity=0.15, clip=True, tooltip=None)
        .encode(x=x("x"), y=y("low"), y2="high:Q", detail="line:N", color=colour)
    )
    view = named("view").mark_point(opacity=0, tooltip=None).encode(x=x("x"), y=y("y"))
    chart = alt.layer(
        view,
        bands,
        *(_lines(kind, x, y, colour) for kind in ("faded", "person", "machine")),
        *_ends(x, y, colour, colours),
        _targets(x, y, x_title, y_title),
    )
    description = (
        f"{y_title}, the best so far over {x_title}: a line of steps each, named at its end; "
        "people solid, the machine dotted."
    )
    document = specification(
        chart.properties(height=height, width="container"), colours, description
    )
    return json.dumps(enlarged(json.loads(document), scale)) if scale != 1.0 else document


def _lines(kind: Kind, x: Any, y: Any, colour: alt.Color) -> Any:
    """All lines of a kind, in their own width and dashes."""
    width, dashes = 1.2 if kind == "faded" else 3.0, [2, 3] if kind == "machine" else [1, 0]
    return (
        named("steps")
        .transform_filter(f"datum.kind === '{kind}'")
        .mark_line(
            interpolate="step-after",
            strokeWidth=width,
            strokeDash=dashes,
            strokeJoin="round",
            clip=True,
            tooltip=None,
        )
        .encode(x=x("x"), y=y("y"), detail="line:N", color=colour)
    )


def _ends(x: Any, y: Any, colour: alt.Color, colours: Theme) -> list[Any]:
    """Where the lines end, and their names at the right of the picture."""
    leaders = (
        named("labels")
        .mark_rule(strokeWidth=1, opacity=0.55, x2Offset=9, tooltip=None)
        .encode(x=x("end"), x2=alt.value("width"), y=y("y"), y2="place:Q", color=colour)
    )
    heads = (
        named("labels")
        .mark_point(filled=True, size=55, opacity=1, tooltip=None)
        .encode(x=x("end"), y=y("y"), color=colour)
    )
    words = named("labels").encode(x=alt.value("width"), y=y("place"), text="name:N")
    return [leaders, heads, *end_labels(words, colours, "colour", dx=12)]


def _targets(x: Any, y: Any, x_title: str, y_title: str) -> Any:
    """What answers to the pointer."""
    return (
        named("steps")
        .mark_point(filled=True, size=120, opacity=0, clip=True)
        .encode(
            x=x("x"),
            y=y("y"),
            tooltip=[
                alt.Tooltip("label:N", title="who"),
                alt.Tooltip("x:Q", title=x_title, format=".4~g"),
                alt.Tooltip("text:N", title=y_title),
                alt.Tooltip("band:N", title="between"),
            ],
        )
    )
