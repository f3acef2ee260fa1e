"""A model of the score along one hyperparameter, the trials so far, and where the next one goes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.theme import TITLE_SIZE, Theme, theme

MEAN, TRUTH, EDGE = "mean of the model", "truth, unseen", "lower edge of the band"


def surrogate_picture(
    values: Sequence[float],
    truth: np.ndarray,
    mean: np.ndarray,
    deviation: np.ndarray,
    bound: np.ndarray,
    tried: Sequence[int],
    following: int,
    *,
    title: str,
    score: str,
    dark: bool = False,
    height: int = 400,
) -> Chart:
    """The true curve, the model's mean and band, trials as points, the next one as an upright.

    ``values`` are places along a log axis; ``truth``, ``mean``, ``deviation`` and ``bound`` (the
    lower edge) are of the same length; ``tried`` and ``following`` index them.
    """
    low, high = float(truth.min()), float(truth.max())
    room = 0.75 * (high - low)
    limits = (low - room, high + 0.35 * room)
    upper = mean + (mean - bound)
    band = pd.DataFrame(
        {
            "value": values,
            "low": np.clip(bound, *limits),
            "high": np.clip(upper, *limits),
        }
    )
    lines = pd.concat(
        [
            pd.DataFrame({"value": values, "score": np.clip(line, *limits), "line": name})
            for name, line in ((MEAN, mean), (TRUTH, truth), (EDGE, bound))
        ],
        ignore_index=True,
    ).astype({"line": "str"})
    points = pd.DataFrame(
        {
            "value": [float(values[place]) for place in tried],
            "score": [float(truth[place]) for place in tried],
            "trial": list(range(1, len(tried) + 1)),
        }
    )
    ahead = pd.DataFrame(
        {
            "value": [float(values[following])],
            "score": [float(np.clip(bound[following], *limits))],
            "word": ["next trial"],
            "deviation": [float(deviation[following])],
        }
    ).astype({"word": "str"})
    return Chart(
        _specification(title, score, float(values[0]), float(values[-1]), limits, dark, height),
        {"band": band, "lines": lines, "points": points, "ahead": ahead},
    )


@lru_cache(TEMPLATES)
def _specification(
    title: str,
    score: str,
    first: float,
    last: float,
    limits: tuple[float, float],
    dark: bool,
    height: int,
) -> str:
    colours = theme(dark)
    x = alt.X(
        "value:Q",
        title=title,
        scale=alt.Scale(type="log", domain=[first, last], nice=False),
        axis=alt.Axis(format="~g", tickCount=6, grid=False),
    )

    def y(field: str) -> alt.Y:
        return alt.Y(
            f"{field}:Q",
            title=score,
            scale=alt.Scale(domain=list(limits), nice=False, zero=False),
            axis=alt.Axis(tickCount=5, format="~g"),
        )

    band = (
        named("band")
        .mark_area(opacity=0.18, color=colours.accent, clip=True, tooltip=None)
        .encode(x=x, y=y("low"), y2="high:Q")
    )
    lines = _lines(x, y("score"), title, score, colours)
    trials = _trials(x, y("score"), title, score, colours)
    rule, *following = _following(x, y("score"), title, colours)
    chart = alt.layer(band, rule, lines, *trials, *following)
    description = (
        f"What the model expects of the {score} over {title}: mean and band, the truth, "
        "the trials so far and the next one."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _lines(x: alt.X, y: alt.Y, title: str, score: str, colours: Theme) -> Any:
    """The mean, the truth and the lower edge."""
    names = [MEAN, TRUTH, EDGE]
    return (
        named("lines")
        .mark_line(clip=True, strokeWidth=2.6)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "line:N",
                title=None,
                scale=alt.Scale(
                    domain=names, range=[colours.accent, colours.soft, colours.series[2]]
                ),
                legend=alt.Legend(orient="top", symbolType="stroke", symbolSize=400, labelLimit=0),
            ),
            strokeDash=alt.StrokeDash(
                "line:N",
                title=None,
                scale=alt.Scale(domain=names, range=[[1, 0], [6, 4], [2, 3]]),
            ),
            tooltip=[
                alt.Tooltip("line:N", title="line"),
                alt.Tooltip("value:Q", title=title, format=".3~g"),
                alt.Tooltip("score:Q", title=score, format=".3~g"),
            ],
        )
    )


def _trials(x: alt.X, y: alt.Y, title: str, score: str, colours: Theme) -> list[Any]:
    """Points with their numbers."""
    points = (
        named("points")
        .mark_point(filled=True, size=150, opacity=1, color=colours.text, stroke=colours.halo)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("trial:Q", title="trial"),
                alt.Tooltip("value:Q", title=title, format=".3~g"),
                alt.Tooltip("score:Q", title=score, format=".3~g"),
            ],
        )
    )
    numbers = (
        named("points")
        .mark_text(dy=-15, fontSize=TITLE_SIZE, fontWeight=600, color=colours.text, tooltip=None)
        .encode(x=x, y=y, text="trial:Q")
    )
    return [points, numbers]


def _following(x: alt.X, y: alt.Y, title: str, colours: Theme) -> list[Any]:
    """The next trial: an upright, a mark and a word."""
    ahead = named("ahead").encode(x=x)
    rule = ahead.mark_rule(color=colours.series[1], strokeWidth=2, strokeDash=[2, 3], tooltip=None)
    spot = ahead.mark_point(
        shape="triangle-up", size=200, filled=True, opacity=1, color=colours.series[1]
    ).encode(
        y=y,
        tooltip=[
            alt.Tooltip("word:N", title="mark"),
            alt.Tooltip("value:Q", title=title, format=".3~g"),
            alt.Tooltip("deviation:Q", title="deviation", format=".2~g"),
        ],
    )
    word = ahead.mark_text(
        dx=10,
        dy=14,
        align="left",
        fontSize=TITLE_SIZE,
        fontWeight=600,
        color=colours.series[1],
        tooltip=None,
    ).encode(y=y, text="word:N")
    return [rule, spot, word]
