"""Predictions against the truth: a good regression keeps to the diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.theme import theme


def truth_points(
    truth: Sequence[float],
    said: Sequence[float],
    target: str,
    *,
    dark: bool = False,
    height: int = 340,
) -> Chart:
    """A point per row; both axes have the ends of the truth, so that they stay still."""
    low, high = min(truth, default=0.0), max(truth, default=1.0)
    room = 0.04 * (high - low or 1.0)
    view = pd.DataFrame({"end": [low - room, high + room]})
    points = pd.DataFrame({"truth": list(truth), "said": list(said)}, dtype="float64")
    return Chart(_specification(target, dark, height), {"view": view, "points": points})


@lru_cache(TEMPLATES)
def _specification(target: str, dark: bool, height: int) -> str:
    colours = theme(dark)
    scale = alt.Scale(domain=data_domain("view", "end"), nice=False, zero=False)
    axis = alt.Axis(tickCount=5, format="~s")
    x = alt.X("truth:Q", title=f"true {target}", scale=scale, axis=axis)
    y = alt.Y("said:Q", title=f"predicted {target}", scale=scale, axis=axis)
    line = (
        named("view")
        .mark_line(strokeDash=[4, 4], color=colours.muted, tooltip=None)
        .encode(
            x=alt.X("end:Q", title=f"true {target}", scale=scale), y=alt.Y("end:Q", scale=scale)
        )
    )
    points = (
        named("points")
        .mark_circle(size=34, opacity=0.6, color=colours.accent, clip=True)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("truth:Q", title="true", format=",.4~g"),
                alt.Tooltip("said:Q", title="predicted", format=",.4~g"),
            ],
        )
    )
    chart = alt.layer(points, line).properties(height=height, width="container")
    description = (
        f"Predicted over true {target}; a point for each row, and the line on which both are equal."
    )
    return specification(chart, colours, description)
