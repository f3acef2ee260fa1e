"""Best so far: every trial's score as a point and the best score up to it as steps."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.metric_titles import metric_title
from tuning_core.charts.picked import PICKED
from tuning_core.charts.progress_frame import (
    BEYOND,
    CUT,
    ENDINGS,
    FAILED,
    RECORD,
    TRAINED,
    best_steps,
    progress_points,
    thinned_points,
)
from tuning_core.charts.theme import TITLE_SIZE, theme

SHAPES = {
    RECORD: "circle",
    TRAINED: "circle",
    CUT: "diamond",
    FAILED: "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z",
}
"""Symbols of the endings, told apart without colour; the last is a cross, and a score off the scale
points to where it lies."""


def best_so_far(
    trials: pd.DataFrame,
    objective: Objective,
    *,
    picked: Collection[int] = (),
    dark: bool = False,
    height: int = 300,
) -> Chart:
    """Scores of all ended trials and the steps of the best one.

    ``trials`` has ``number``, ``status``, ``score`` and, for the tooltip, ``seconds``. Trials
    without a score are crosses at the bad end of the axis; scores far worse than all others are
    triangles there, with the true value in the tooltip. ``picked`` trials are large and ringed.
    A click on a point changes the selection :data:`~tuning_core.charts.picked.PICKED`.
    """
    points = progress_points(trials, objective, picked)
    present = tuple(ending for ending in ENDINGS if (points["ending"] == ending).any())
    return Chart(
        _specification(objective, present, dark, height),
        {
            "points": thinned_points(points),
            "steps": best_steps(points),
            "best": points[points["ending"] == RECORD].tail(1),
        },
    )


@lru_cache(TEMPLATES)
def _specification(objective: Objective, present: tuple[str, ...], dark: bool, height: int) -> str:
    """``present`` are the endings that the legend explains."""
    colours = theme(dark)
    up = objective.direction == "max"
    shapes = SHAPES | {BEYOND: "triangle-down" if up else "triangle-up"}
    title = metric_title(objective.metric, objective.label)
    x = alt.X(
        "trial:Q",
        title="trial",
        scale=alt.Scale(nice=False, zero=False, padding=16),
        axis=alt.Axis(tickMinStep=1, format="d", grid=False),
    )
    scale = alt.Scale(nice=False, zero=False, padding=24)
    axis = alt.Axis(tickCount=5, format="~g")

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=title, scale=scale, axis=axis)

    steps = (
        named("steps")
        .mark_line(interpolate="step-after", color=colours.accent, strokeWidth=3, tooltip=None)
        .encode(x=x, y=y("best"))
    )
    base = named("points").encode(x=x, y=y("drawn"))
    paint = {RECORD: colours.accent, FAILED: colours.bad}
    legend = alt.Legend(orient="top", symbolSize=110, symbolStrokeWidth=0, columnPadding=14)
    marks = (
        base.mark_point(filled=True, opacity=1, cursor="pointer")
        .encode(
            color=alt.Color(
                "ending:N",
                title=None,
                scale=alt.Scale(
                    domain=list(present),
                    range=[paint.get(ending, colours.soft) for ending in present],
                ),
                legend=legend,
            ),
            shape=alt.Shape(
                "ending:N",
                title=None,
                scale=alt.Scale(domain=list(present), range=[shapes[ending] for ending in present]),
                legend=legend,
            ),
            stroke=alt.value(colours.text),
            strokeWidth=alt.condition("datum.picked", alt.value(2.5), alt.value(0)),
            size=alt.condition("datum.picked", alt.value(190), alt.value(85)),
            tooltip=[
                alt.Tooltip("trial:Q", title="trial"),
                alt.Tooltip("status:N", title="status"),
                alt.Tooltip("text:N", title=objective.label),
                alt.Tooltip("time:N", title="time"),
            ],
        )
        .add_params(
            alt.selection_point(name=PICKED, fields=["trial"], on="click", clear="dblclick")
        )
    )
    best = (
        named("best")
        .mark_text(
            dy=-15 if up else 17,
            fontSize=TITLE_SIZE,
            fontWeight=600,
            color=colours.accent,
            tooltip=None,
        )
        .encode(x=x, y=y("drawn"), text="text:N")
    )
    chart = alt.layer(steps, marks, best)
    return specification(chart.properties(height=height, width="container"), colours)
