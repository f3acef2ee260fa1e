"""How often a model is right, over how sure it says it is."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.theme import theme

_BARS, _TALLEST = 20, 0.16
"""Bars of the histogram over the whole axis, and the height of the tallest on it."""


def reliability(
    bins: pd.DataFrame,
    confidence: np.ndarray,
    lowest: float,
    *,
    dark: bool = False,
    height: int = 340,
) -> Chart:
    """``bins`` have ``which`` (a legend), ``said``, ``right``, ``low``, ``high`` and ``rows``.

    ``confidence`` (n,) of all rows is drawn as a histogram at the foot; ``lowest`` is where the
    axes begin, the least confidence there can be.
    """
    amounts, edges = np.histogram(confidence, bins=_BARS, range=(lowest, 1.0))
    tall = _TALLEST * (1 - lowest) / max(1, amounts.max())
    bars = pd.DataFrame(
        {
            "left": edges[:-1],
            "right": edges[1:],
            "foot": lowest,
            "top": lowest + tall * amounts,
            "rows": amounts,
        }
    )
    ends = pd.DataFrame({"x": [lowest, 1.0], "y": [lowest, 1.0]})
    names = tuple(dict.fromkeys(bins["which"]))
    floor = float(np.floor(min(lowest, bins["low"].min()) * 20) / 20)
    return Chart(
        _specification(names, lowest, min(floor, lowest), dark, height),
        {
            "bars": bars.assign(foot=floor, top=bars["top"] - lowest + floor),
            "ends": ends,
            "bins": bins,
        },
    )


@lru_cache(TEMPLATES)
def _specification(
    names: tuple[str, ...], lowest: float, floor: float, dark: bool, height: int
) -> str:
    colours = theme(dark)
    across = alt.Scale(domain=[lowest, 1], nice=False)
    up = alt.Scale(domain=[floor, 1], nice=False)
    axis = alt.Axis(format=".0%", tickCount=5)
    x_title, y_title = "said: confidence of the answer", "right: share of answers"
    range_ = [colours.soft, colours.accent] if len(names) > 1 else [colours.accent]
    colour = alt.Color(
        "which:N",
        title=None,
        scale=alt.Scale(domain=list(names), range=range_),
        legend=alt.Legend(orient="top") if len(names) > 1 else None,
    )
    bars = (
        named("bars")
        .mark_rect(color=colours.faded, opacity=0.8)
        .encode(
            x=alt.X("left:Q", title=x_title, scale=across, axis=axis),
            x2="right:Q",
            y=alt.Y("foot:Q", title=y_title, scale=up, axis=axis),
            y2="top:Q",
            tooltip=[
                alt.Tooltip("left:Q", title="said from", format=".0%"),
                alt.Tooltip("right:Q", title="to", format=".0%"),
                alt.Tooltip("rows:Q", title="rows", format=","),
            ],
        )
    )
    diagonal = (
        named("ends")
        .mark_line(strokeDash=[4, 4], color=colours.muted, strokeWidth=1.5, tooltip=None)
        .encode(
            x=alt.X("x:Q", title=x_title, scale=across), y=alt.Y("y:Q", title=y_title, scale=up)
        )
    )
    told = [
        alt.Tooltip("which:N", title="probabilities"),
        alt.Tooltip("said:Q", title="said on average", format=".1%"),
        alt.Tooltip("right:Q", title="right", format=".1%"),
        alt.Tooltip("low:Q", title="95% interval from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("rows:Q", title="rows", format=","),
    ]
    base = named("bins").encode(
        x=alt.X("said:Q", title=x_title, scale=across), color=colour, tooltip=told
    )
    right = alt.Y("right:Q", title=y_title, scale=up)
    spread = base.mark_rule(strokeWidth=2, opacity=0.55).encode(
        y=alt.Y("low:Q", title=y_title, scale=up), y2="high:Q"
    )
    line = base.mark_line(strokeWidth=2, opacity=0.8).encode(y=right)
    points = base.mark_point(filled=True, size=90, opacity=1).encode(y=right)
    chart = alt.layer(bars, diagonal, spread, line, points)
    description = (
        "Reliability curve: the share of right answers over the confidence with which they are "
        "given, in bins of equally many rows with 95% intervals, and a histogram of the confidence."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)
