"""The learning curve of the present setting over those of earlier ones, on axes that stay still."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import pandas as pd

from tuning_core.charts.parts.axes import nice_steps
from tuning_core.charts.parts.chart import (
    TEMPLATES,
    Chart,
    data_domain,
    end_labels,
    named,
    specification,
)
from tuning_core.charts.parts.labels import AXIS_NUMBERS, metric_title, title_lines
from tuning_core.charts.parts.shaping import dodged
from tuning_core.charts.parts.theme import LABEL_SIZE, Theme, theme
from tuning_core.charts.study.curve_points import TRAINING, VALIDATION

LABEL_ROOM = 0.13
"""Empty room right of the last epoch, as a share of the epochs, for the names of the lines."""

AROUND = 70
LABEL_HEIGHT = 17
"""Pixels from one name to the next."""

MOST_WORDS, MARK_ROWS = 34, 4
"""Letters of what is written at a change, and the rows in which changes take turns."""

Weight = Literal["present", "pinned", "faded"]


@dataclass(frozen=True)
class WhatIfCurve:
    """One training: a metric's values over the epochs, from the first.

    ``place`` counts pinned ones, for their colours. Faded ones have no training line. ``changes``
    are epochs after which a hyperparameter was changed under way, and what then became what.
    """

    name: str
    weight: Weight
    training: Sequence[float]
    validation: Sequence[float]
    place: int = 0
    changes: Sequence[tuple[int, str]] = ()


def what_if_curves(
    curves: Sequence[WhatIfCurve],
    metric: str,
    *,
    epochs: int,
    ends: tuple[float, float],
    dark: bool = False,
    height: int = 340,
    compact: bool = False,
) -> Chart:
    """Training dashed, validation solid, the present setting on top; ``ends`` are those of y.

    Values outside ``ends`` run out of the picture. A ``compact`` one, of several side by side,
    has neither legend nor names.
    """
    colours = theme(dark)
    points = []
    for order, curve in enumerate(curves):
        style = _style(curve, colours)
        parts = [(VALIDATION, curve.validation)]
        if curve.weight != "faded":
            parts.append((TRAINING, curve.training))
        for part, values in parts:
            points += [
                {
                    "line": f"{order}-{part}",
                    "part": part,
                    "name": curve.name,
                    "epoch": epoch,
                    "value": value,
                    "text": f"{value:.4g}",
                    **style,
                }
                for epoch, value in enumerate(values, start=1)
            ]
    room = 0.02 if compact else LABEL_ROOM
    view = pd.DataFrame({"epoch": [0.0, epochs * (1 + room)], "value": list(ends)})
    frames = {
        "view": view,
        "points": pd.DataFrame(points, columns=_POINTS),
        "labels": _names(curves, ends, height, colours),
        "changes": _marks(curves, metric, epochs, ends, height, colours),
    }
    return Chart(_specification(metric_title(metric), epochs, dark, height, compact), frames)


def _names(
    curves: Sequence[WhatIfCurve], ends: tuple[float, float], height: int, colours: Theme
) -> pd.DataFrame:
    """The last point of each curve, and the ``place`` of its name, with a gap to the others."""
    ended = [curve for curve in curves if curve.validation]
    lasts = [min(max(float(curve.validation[-1]), ends[0]), ends[1]) for curve in ended]
    gap = (ends[1] - ends[0]) * LABEL_HEIGHT / max(height - AROUND, 1)
    rows = []
    for curve, last, place in zip(ended, lasts, dodged(lasts, gap, *ends), strict=True):
        style = _style(curve, colours)
        if curve.weight == "faded":
            style["colour"] = colours.muted
        at = {"epoch": len(curve.validation), "value": last, "place": place}
        rows.append({**at, "name": curve.name, **style})
    return pd.DataFrame(rows, columns=_LABELS)


def _marks(
    curves: Sequence[WhatIfCurve],
    metric: str,
    epochs: int,
    ends: tuple[float, float],
    height: int,
    colours: Theme,
) -> pd.DataFrame:
    """Where curves were changed, with the ``place`` of the words, out of the way of most curves."""
    low, high = ends
    step = (high - low) * LABEL_HEIGHT / max(height - AROUND, 1)
    rows: list[dict[str, object]] = []
    for curve in curves:
        changes = [] if curve.weight == "faded" else curve.changes
        colour = colours.muted if curve.weight == "present" else _style(curve, colours)["colour"]
        for epoch, words in changes:
            away = step * (len(rows) % MARK_ROWS + 0.6)
            place = low + away if metric in (*_SHARES, "r2") else high - away
            short = words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}\u2026"
            said = {"name": curve.name, "words": words, "short": short, "colour": colour}
            side = "left" if epoch < 0.6 * epochs else "right"
            rows.append({"epoch": epoch, "place": place, "side": side, **said})
    return pd.DataFrame(rows, columns=_MARKS)


def axis_ends(metric: str, curves: Sequence[Sequence[float]]) -> tuple[float, float] | None:
    """Round ends of a y axis that holds these curves; None where they have no value yet.

    A training that blows up does not flatten the others: it runs out of the picture.
    """
    finite = [[value for value in curve if math.isfinite(value)] for curve in curves]
    tops = [max(curve) for curve in finite if curve]
    if not tops:
        return None
    low = min(min(curve) for curve in finite if curve)
    if metric in _SHARES:
        return math.floor(low * 10) / 10, 1.0
    if metric == "r2":
        return max(-1.0, math.floor(low * 5) / 5), 1.0
    middle = sorted(tops)[(len(tops) - 1) // 2]
    high = max((top for top in tops if top <= _FAR * middle), default=middle) or 1.0
    steps = [*nice_steps(0.0, high, 4), high]
    return 0.0, steps[1] * math.ceil(high / steps[1] - 1e-9)


_SHARES = ("accuracy", "auc", "f1")
_FAR = 2.0
"""Curves beyond so many times the highest point of the middle one run out of the picture."""

_STYLE = ["colour", "opacity", "width", "strong"]
_POINTS = ["line", "part", "name", "epoch", "value", "text", *_STYLE]
_MARKS = ["epoch", "name", "words", "short", "side", "place", "colour"]
_LABELS = ["epoch", "value", "place", "name", *_STYLE]


def _style(curve: WhatIfCurve, colours: Theme) -> dict[str, object]:
    """How a training's lines are drawn."""
    if curve.weight == "present":
        return {"colour": colours.accent, "opacity": 1.0, "width": 3.2, "strong": True}
    if curve.weight == "pinned":
        palette = colours.series[1:]
        colour = palette[curve.place % len(palette)]
        return {"colour": colour, "opacity": 0.9, "width": 1.8, "strong": False}
    return {"colour": colours.soft, "opacity": 0.55, "width": 1.2, "strong": False}


@lru_cache(TEMPLATES)
def _specification(title: str, epochs: int, dark: bool, height: int, compact: bool) -> str:
    colours = theme(dark)
    x = alt.X(
        "epoch:Q",
        title="epoch",
        scale=alt.Scale(domain=data_domain("view", "epoch"), nice=False, zero=False),
        axis=alt.Axis(
            tickMinStep=1,
            format="d",
            grid=False,
            labelExpr=f"datum.value > {epochs} ? '' : datum.label",
        ),
    )
    scale = alt.Scale(domain=data_domain("view", "value"), nice=False, zero=False)
    axis = alt.Axis(tickCount=6, format=AXIS_NUMBERS)

    def y_of(field: str) -> Any:
        return alt.Y(
            f"{field}:Q", title=title_lines(title, height - AROUND), scale=scale, axis=axis
        )

    y = y_of("value")
    colour = alt.Color("colour:N", scale=None, legend=None)
    opacity = alt.Opacity("opacity:Q", scale=None, legend=None)
    lines = _lines(x, y, colours, compact)
    heads = (
        named("labels")
        .mark_point(filled=True, clip=True, size=60, tooltip=None)
        .encode(x=x, y=y, color=colour, opacity=opacity)
    )
    words = named("labels").encode(x=x, y=y_of("place"), text="name:N")
    targets = _targets(x, y, title)
    room = named("view").mark_point(opacity=0, tooltip=None).encode(x=x, y=y)
    names = end_labels(words, colours, "colour", dx=8)
    marks = [] if compact else _changes(x, y_of("place"), colours)
    chart = alt.layer(room, *marks, lines, heads, *([] if compact else names), targets)
    description = (
        f"{title} over {epochs} epochs, validation solid and training dashed; a line for each run, "
        "and an upright one where something was changed under way."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _changes(x: alt.X, y: Any, colours: Theme) -> list[Any]:
    """An upright line where something was changed, and what."""
    tooltip = [
        alt.Tooltip("name:N", title="run"),
        alt.Tooltip("epoch:Q", title="from epoch"),
        alt.Tooltip("words:N", title="changed"),
    ]
    words = {"baseline": "middle", "fontSize": LABEL_SIZE, "align": {"expr": "datum.side"}}
    words |= {"dx": {"expr": "datum.side == 'left' ? 5 : -5"}, "tooltip": None}
    halo = {"color": colours.halo, "stroke": colours.halo, "strokeWidth": 4, "opacity": 0.9}
    colour = alt.Color("colour:N", scale=None, legend=None)
    at = named("changes").encode(x=x)
    text = at.encode(y=y, text="short:N")
    return [
        at.mark_rule(strokeWidth=1, tooltip=None).encode(color=colour),
        at.mark_rule(strokeWidth=10, opacity=0).encode(tooltip=tooltip),
        text.mark_text(**words, strokeJoin="round", **halo),
        text.mark_text(**words).encode(color=colour),
    ]


def _lines(x: alt.X, y: Any, colours: Theme, compact: bool) -> Any:
    """A line for each training and part; a ``compact`` picture has no legend of the parts."""
    return (
        named("points")
        .mark_line(clip=True, strokeCap="butt", tooltip=None)
        .encode(
            x=x,
            y=y,
            detail="line:N",
            color=alt.Color("colour:N", scale=None, legend=None),
            opacity=alt.Opacity("opacity:Q", scale=None, legend=None),
            strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
            strokeDash=alt.StrokeDash(
                "part:N",
                title=None,
                scale=alt.Scale(domain=[VALIDATION, TRAINING], range=[[1, 0], [5, 4]]),
                legend=None
                if compact
                else alt.Legend(
                    orient="top",
                    symbolType="stroke",
                    symbolSize=500,
                    symbolStrokeColor=colours.muted,
                ),
            ),
        )
    )


def _targets(x: alt.X, y: Any, title: str) -> Any:
    """What answers to the pointer."""
    return (
        named("points")
        .mark_point(filled=True, clip=True, opacity=0)
        .encode(
            x=x,
            y=y,
            size=alt.value(130),
            tooltip=[
                alt.Tooltip("name:N", title="run"),
                alt.Tooltip("part:N", title="part"),
                alt.Tooltip("epoch:Q", title="epoch"),
                alt.Tooltip("text:N", title=title),
            ],
        )
    )
