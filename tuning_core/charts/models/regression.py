"""A regression against the truth: residuals over predictions, and predictions over truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.labels import number_text
from tuning_core.charts.parts.theme import theme

ROW = "row"
"""Name of the selection of a row by a click."""


def residuals(
    truth: np.ndarray,
    predicted: np.ndarray,
    rows: np.ndarray,
    target: str,
    *,
    picked: int | None = None,
    dark: bool = False,
    height: int = 440,
) -> Chart:
    """Truth minus prediction against the prediction, all (k,), for the places ``rows`` (k,).

    A good model scatters evenly around zero; a slope, a bend or a funnel is what it has not
    learned. A click changes the selection :data:`ROW`.
    """
    error = truth - predicted
    points = pd.DataFrame(
        {
            "row": rows.astype(int),
            "predicted": predicted,
            "error": error,
            "picked": rows == picked,
            "truth_text": [number_text(float(value)) for value in truth],
            "predicted_text": [number_text(float(value)) for value in predicted],
            "error_text": [f"{float(value):+,.4g}" for value in error],
        }
    )
    return Chart(_residual_specification(target, dark, height), {"points": points})


def picked_row(selection: Mapping[str, Any]) -> int | None:
    """The clicked row of what Streamlit gives under ``selection``; None for no row."""
    for row in selection.get(ROW) or []:
        if row.get("row") is not None:
            return int(row["row"])
    return None


@lru_cache(TEMPLATES)
def _residual_specification(target: str, dark: bool, height: int) -> str:
    colours = theme(dark)
    select = alt.selection_point(name=ROW, fields=["row"], on="click", clear="dblclick")
    points = (
        named("points")
        .mark_point(filled=True, cursor="pointer")
        .encode(
            x=alt.X("predicted:Q", title=f"predicted {target}", scale=alt.Scale(zero=False)),
            y=alt.Y("error:Q", title="true minus predicted"),
            color=alt.condition(
                "datum.picked", alt.value(colours.series[1]), alt.value(colours.accent)
            ),
            size=alt.condition("datum.picked", alt.value(190), alt.value(46)),
            opacity=alt.condition("datum.picked", alt.value(1), alt.value(0.6)),
            tooltip=[
                alt.Tooltip("truth_text:N", title="true"),
                alt.Tooltip("predicted_text:N", title="predicted"),
                alt.Tooltip("error_text:N", title="true minus predicted"),
            ],
        )
        .add_params(select)
    )
    zero = (
        named("points")
        .transform_aggregate(zero="min(row)")
        .transform_calculate(zero="0")
        .mark_rule(color=colours.muted, strokeDash=[4, 4])
        .encode(y=alt.Y("zero:Q", title="true minus predicted"))
    )
    chart = alt.layer(zero, points)
    description = f"Truth minus prediction of {target} over the prediction; a point for each row."
    return specification(chart.properties(height=height, width="container"), colours, description)


def truth_points(
    truth: Sequence[float],
    predicted: Sequence[float],
    target: str,
    *,
    known: str = "true",
    each: str = "row",
    dark: bool = False,
    height: int = 340,
) -> Chart:
    """A point per row; both axes have the ends of the truth, so that they stay still.

    ``known`` is the word for the truth, ``each`` that for a point.
    """
    low, high = min(truth, default=0.0), max(truth, default=1.0)
    room = 0.04 * (high - low or 1.0)
    view = pd.DataFrame({"end": [low - room, high + room]})
    points = pd.DataFrame({"truth": list(truth), "predicted": list(predicted)}, dtype="float64")
    drawn = _truth_specification(target, known, each, dark, height)
    return Chart(drawn, {"view": view, "points": points})


@lru_cache(TEMPLATES)
def _truth_specification(target: str, known: str, each: str, dark: bool, height: int) -> str:
    colours = theme(dark)
    scale = alt.Scale(domain=data_domain("view", "end"), nice=False, zero=False)
    axis = alt.Axis(tickCount=5, format="~s")
    x = alt.X("truth:Q", title=f"{known} {target}", scale=scale, axis=axis)
    y = alt.Y("predicted:Q", title=f"predicted {target}", scale=scale, axis=axis)
    line = (
        named("view")
        .mark_line(strokeDash=[4, 4], color=colours.muted, tooltip=None)
        .encode(
            x=alt.X("end:Q", title=f"{known} {target}", scale=scale), y=alt.Y("end:Q", scale=scale)
        )
    )
    points = (
        named("points")
        .mark_circle(size=34, opacity=0.6, color=colours.accent, clip=True)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("truth:Q", title=known, format=",.4~g"),
                alt.Tooltip("predicted:Q", title="predicted", format=",.4~g"),
            ],
        )
    )
    chart = alt.layer(points, line).properties(height=height, width="container")
    description = (
        f"Predicted over {known} {target}; a point for each {each}, and the line on which both "
        "are equal."
    )
    return specification(chart, colours, description)
