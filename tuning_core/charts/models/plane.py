"""The rows of data in the plane of two features."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.shaping import MAX_POINTS, stride
from tuning_core.charts.parts.theme import theme

SHAPES = ("circle", "triangle-up", "square", "diamond", "cross", "triangle-down")


def scatter_preview(points: pd.DataFrame, *, dark: bool = False, height: int = 280) -> Chart:
    """Points of a plane: ``points`` has ``x``, ``y`` (features) and ``label`` (the class' name).

    Classes differ in colour and shape. With a ``value`` in place of the label it is the colour.
    About 1,000 points are drawn at most.
    """
    if "value" in points:
        shown = points.iloc[:: stride(len(points), MAX_POINTS)]
        return Chart(_values_specification(dark, height), {"points": shown})
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


@lru_cache(TEMPLATES)
def _values_specification(dark: bool, height: int) -> str:
    colours = theme(dark)
    axes = [("x", "first feature"), ("y", "second feature"), ("value", "value")]
    x, y = (
        channel(f"{name}:Q", title=title, scale=alt.Scale(zero=False))
        for channel, (name, title) in zip((alt.X, alt.Y), axes, strict=False)
    )
    chart = (
        named("points")
        .mark_point(filled=True, size=40, opacity=0.9)
        .encode(
            x=x,
            y=y,
            color=alt.Color("value:Q", title="value", scale=alt.Scale(range=list(colours.ramp))),
            tooltip=[alt.Tooltip(f"{name}:Q", title=title, format=".3~g") for name, title in axes],
        )
    )
    description = "The rows of the data in the plane of two features, coloured by their value."
    return specification(chart.properties(height=height, width="container"), colours, description)
