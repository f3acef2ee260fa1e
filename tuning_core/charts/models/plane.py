"""The plane of two features: the rows of the data, and what a network says over it."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.shaping import MAX_POINTS, stride
from tuning_core.charts.parts.theme import Theme, blend, theme

SHAPES = ("circle", "triangle-up", "square", "diamond", "cross", "triangle-down")


def scatter_preview(points: pd.DataFrame, *, dark: bool = False, height: int = 280) -> Chart:
    """Points of a plane: ``points`` has ``x``, ``y`` (features) and ``label`` (the class' name).

    Classes differ in colour and shape. About 1,000 points are drawn at most.
    """
    named_points = points[["x", "y", "label"]].astype({"label": "str"})
    shown = named_points.iloc[:: stride(len(points), MAX_POINTS)]
    names = tuple(sorted(set(named_points["label"])))
    return Chart(_scatter_specification(names, dark, height), {"points": shown})


@lru_cache(TEMPLATES)
def _scatter_specification(names: tuple[str, ...], dark: bool, height: int) -> str:
    colours = theme(dark)
    repeat = len(names) // min(len(SHAPES), len(colours.series)) + 1
    legend = alt.Legend(orient="top", symbolSize=90)
    chart = (
        named("points")
        .mark_point(filled=True, size=40, opacity=0.75)
        .encode(
            x=alt.X("x:Q", title="first feature", scale=alt.Scale(zero=False)),
            y=alt.Y("y:Q", title="second feature", scale=alt.Scale(zero=False)),
            color=alt.Color(
                "label:N",
                title="class",
                legend=legend,
                scale=alt.Scale(
                    domain=list(names), range=list(colours.series * repeat)[: len(names)]
                ),
            ),
            shape=alt.Shape(
                "label:N",
                title="class",
                legend=legend,
                scale=alt.Scale(domain=list(names), range=list(SHAPES * repeat)[: len(names)]),
            ),
            tooltip=[
                alt.Tooltip("label:N", title="class"),
                alt.Tooltip("x:Q", title="first feature", format=".3~g"),
                alt.Tooltip("y:Q", title="second feature", format=".3~g"),
            ],
        )
    )
    description = (
        "The rows of the data in the plane of their two features, a mark for each "
        f"class: {', '.join(names)}."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


MOST_ROWS = 400


def plane(
    values: np.ndarray,
    x: tuple[float, float],
    y: tuple[float, float],
    rows: pd.DataFrame,
    *,
    classes: int,
    axes: tuple[str, str] = ("x", "y"),
    title: str = "predicted",
    dark: bool = False,
    height: int = 340,
) -> Chart:
    """``values`` (n, n) over the square from ``x`` to ``y``, the lowest y first.

    Of two ``classes`` they are probabilities of the second, of more the class, of a regression
    (0 classes) the answer in its unit. ``rows`` has ``x``, ``y`` and ``label`` (classes by number,
    as text) or ``value``.
    """
    size = len(values)
    lines = np.linspace(*x, size), np.linspace(*y, size)
    across, up = np.meshgrid(*lines)
    steps = [(ends[1] - ends[0]) / (size - 1) / 2 for ends in (x, y)]
    # Half a step of overlap on each side: no seams between neighbours.
    cells = pd.DataFrame(
        {
            "x": (across - steps[0]).ravel(),
            "x2": (across + steps[0]).ravel(),
            "y": (up - steps[1]).ravel(),
            "y2": (up + steps[1]).ravel(),
            "predicted": values.ravel().astype("float64"),
        }
    )
    ends = [(e[0] - s, e[1] + s) for e, s in zip((x, y), steps, strict=True)]
    view = pd.DataFrame({"x": list(ends[0]), "y": list(ends[1])})
    kept = rows.iloc[:: max(1, -(-len(rows) // MOST_ROWS))]
    labels = tuple(str(number) for number in range(classes))
    frames = {"view": view, "cells": cells, "rows": kept.reset_index(drop=True)}
    return Chart(_plane_specification(labels, axes, title, dark, height), frames)


@lru_cache(TEMPLATES)
def _plane_specification(
    labels: tuple[str, ...], axes: tuple[str, str], title: str, dark: bool, height: int
) -> str:
    colours = theme(dark)

    def axis(kind: type[alt.X] | type[alt.Y], field: str, title: str) -> alt.X | alt.Y:
        return kind(
            f"{field}:Q",
            title=title,
            scale=alt.Scale(domain=data_domain("view", field[0]), nice=False, zero=False),
            axis=alt.Axis(grid=False, tickCount=5),
        )

    ordered = colours.series * (len(labels) // len(colours.series) + 1)
    shades, legend = _shades(labels, title, ordered, colours)
    place = {"x": axis(alt.X, "x", axes[0]), "y": axis(alt.Y, "y", axes[1])}
    cells = (
        named("cells")
        .mark_rect(clip=True)
        .encode(
            **place,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("predicted:Q", scale=shades, legend=legend),
            tooltip=[alt.Tooltip("predicted:Q", title=title, format=".3~g")],
        )
    )
    rows = named("rows").mark_point(
        filled=True, size=30, opacity=1, clip=True, stroke=colours.halo, strokeWidth=0.7
    )
    if labels:
        domain = list(labels)
        shapes = [SHAPES[place % len(SHAPES)] for place in range(len(labels))]
        rows = rows.encode(
            **place,
            fill=alt.Fill(
                "label:N",
                scale=alt.Scale(domain=domain, range=list(ordered[: len(labels)])),
                legend=None,
            ),
            shape=alt.Shape("label:N", scale=alt.Scale(domain=domain, range=shapes), legend=None),
            tooltip=[
                alt.Tooltip("label:N", title="class"),
                alt.Tooltip("x:Q", title=axes[0], format=".3~g"),
                alt.Tooltip("y:Q", title=axes[1], format=".3~g"),
            ],
        )
    else:
        truth = alt.Tooltip("value:Q", title="truth", format=".4~g")
        rows = rows.encode(**place, fill=alt.Fill("value:Q", scale=shades), tooltip=[truth])
    room = named("view").mark_point(opacity=0, tooltip=None).encode(**place)
    chart = alt.layer(room, cells, rows).properties(height=height, width="container")
    description = (
        f"What the network says, {title}, over the plane of {axes[0]} and {axes[1]}, and "
        "the rows on it."
    )
    return specification(chart, colours, description)


def _shades(
    labels: tuple[str, ...], title: str, ordered: tuple[str, ...], colours: Theme
) -> tuple[alt.Scale, alt.Legend | None]:
    """Softer than the rows on top of them."""
    soft = [blend((colours.halo, colour), 0.62) for colour in ordered]
    legend = {"orient": "top", "title": title, "gradientLength": 150, "titleOrient": "left"}
    if len(labels) == 2:
        scale = alt.Scale(
            domain=[0, 0.5, 1], range=[soft[0], colours.halo, soft[1]], interpolate="rgb"
        )
        return scale, alt.Legend(**legend, format=".0%", values=[0, 0.5, 1])
    if labels:
        numbers = list(range(len(labels)))
        return alt.Scale(type="ordinal", domain=numbers, range=soft[: len(labels)]), None
    return alt.Scale(range=list(colours.ramp), interpolate="rgb"), alt.Legend(**legend)
