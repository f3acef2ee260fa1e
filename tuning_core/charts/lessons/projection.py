"""Trials in a square of two hyperparameters, and what they say about the one that matters."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.theme import TITLE_SIZE, theme

BELOW = 0.62
"""Height of the curve's strip under the square, in heights of the square."""
GAP = 0.08


def projection(
    points: pd.DataFrame,
    curve: pd.DataFrame,
    *,
    title: str,
    dark: bool = False,
    height: int = 400,
) -> Chart:
    """A square with the trials; under it the score along the important hyperparameter.

    ``points`` has ``x``, ``y`` (shares of the two ranges) and ``score``; ``curve`` has ``x`` and
    ``score``, from 0 to 1, the higher the better. Every trial is dropped onto the curve.
    """
    best = int(np.argmax(points["score"].to_numpy()))
    shown = points.assign(
        trial=range(1, len(points) + 1),
        top=points["y"].astype(float),
        on=-GAP - BELOW + BELOW * np.interp(points["x"], curve["x"], curve["score"]),
        best=[index == best for index in range(len(points))],
    )
    area = curve.assign(on=-GAP - BELOW + BELOW * curve["score"], floor=-GAP - BELOW)
    return Chart(_specification(title, dark, height), {"points": shown, "area": area})


@lru_cache(TEMPLATES)
def _specification(title: str, dark: bool, height: int) -> str:
    colours = theme(dark)
    x = alt.X(
        "x:Q",
        title="important hyperparameter",
        scale=alt.Scale(domain=[0, 1], nice=False, padding=6),
        axis=alt.Axis(grid=False, labels=False),
    )

    def y(field: str) -> alt.Y:
        return alt.Y(
            f"{field}:Q",
            title="unimportant hyperparameter",
            scale=alt.Scale(domain=[-GAP - BELOW, 1.0], nice=False, zero=False, padding=6),
            axis=alt.Axis(grid=False, labels=False),
        )

    strength = alt.condition("datum.best", alt.value(colours.series[1]), alt.value(colours.accent))
    area = (
        named("area")
        .mark_area(opacity=0.22, color=colours.accent, line={"color": colours.accent}, tooltip=None)
        .encode(x=x, y=y("on"), y2="floor:Q")
    )
    frame = (
        alt.Chart(alt.Data(values=[{"x": 0, "x2": 1, "low": 0, "high": 1}]))
        .mark_rect(fill=None, stroke=colours.soft, strokeWidth=1, tooltip=None)
        .encode(x=x, x2="x2:Q", y=y("low"), y2="high:Q")
    )
    drops = (
        named("points")
        .mark_rule(strokeWidth=1, opacity=0.55, tooltip=None)
        .encode(x=x, y=y("top"), y2="on:Q", color=strength)
    )
    tooltip = [
        alt.Tooltip("trial:Q", title="trial"),
        alt.Tooltip("x:Q", title="important", format=".2f"),
        alt.Tooltip("y:Q", title="unimportant", format=".2f"),
        alt.Tooltip("score:Q", title="score", format=".3f"),
    ]
    marks = named("points").mark_point(filled=True, opacity=1, size=110, stroke=colours.halo)
    above = marks.encode(x=x, y=y("top"), color=strength, tooltip=tooltip)
    under = (
        named("points")
        .mark_point(filled=True, opacity=1, size=60, stroke=colours.halo)
        .encode(x=x, y=y("on"), color=strength, tooltip=tooltip)
    )
    chart = alt.layer(frame, area, drops, under, above).properties(
        height=height,
        width="container",
        title=alt.Title(title, fontSize=TITLE_SIZE + 1, color=colours.text, anchor="start"),
    )
    description = (
        f"{title}: trials in the square of an important and an unimportant "
        "hyperparameter, each dropped onto the score along the important one."
    )
    return specification(chart, colours, description)
