"""The loss of a learning-rate range test over the rate, with the range that it suggests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.theme import theme


def rate_test(
    rates: Sequence[float],
    losses: Sequence[float],
    smoothed: Sequence[float],
    suggested: tuple[float, float] | None,
    ends: tuple[float, float],
    *,
    dark: bool = False,
    height: int = 280,
) -> Chart:
    """Points and a smoothed line; ``ends`` are the lowest and highest rate of the whole test.

    The y axis shows where the loss is before it blows up.
    """
    found = pd.DataFrame({"rate": rates, "loss": losses, "smoothed": smoothed}, dtype="float64")
    low, high = 0.0, 1.0
    if len(losses):
        high = 1.6 * float(np.median(losses[: max(1, len(losses) // 5)]))
        low = 0.0 if min(losses) > 0 else float(min(losses))
    view = pd.DataFrame({"rate": list(ends), "loss": [low, high]})
    band = pd.DataFrame(
        [] if suggested is None else [{"low": suggested[0], "high": suggested[1]}],
        columns=["low", "high"],
    )
    frames = {"view": view, "points": found, "band": band}
    return Chart(_specification(dark, height), frames)


@lru_cache(TEMPLATES)
def _specification(dark: bool, height: int) -> str:
    colours = theme(dark)
    across = alt.Scale(type="log", domain=data_domain("view", "rate"), nice=False)
    axis = alt.Axis(format="~g", labelOverlap="greedy", grid=False, tickCount=8)
    x = alt.X("rate:Q", title="learning rate", scale=across, axis=axis)
    up = alt.Scale(domain=data_domain("view", "loss"), nice=False, zero=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title="training loss", scale=up, axis=alt.Axis(tickCount=5))

    room = named("view").mark_point(opacity=0, tooltip=None).encode(x=x, y=y("loss"))
    band = (
        named("band")
        .mark_rect(color=colours.accent, opacity=0.16, tooltip=None)
        .encode(x=alt.X("low:Q", scale=across), x2="high:Q")
    )
    points = (
        named("points")
        .mark_circle(size=26, color=colours.soft, opacity=0.8, clip=True)
        .encode(
            x=x,
            y=y("loss"),
            tooltip=[
                alt.Tooltip("rate:Q", title="learning rate", format=".2~e"),
                alt.Tooltip("loss:Q", title="training loss", format=".4~g"),
            ],
        )
    )
    line = (
        named("points")
        .mark_line(color=colours.accent, strokeWidth=2.6, clip=True, tooltip=None)
        .encode(x=x, y=y("smoothed"))
    )
    chart = alt.layer(room, band, points, line).properties(height=height, width="container")
    description = (
        "Training loss over the learning rate as it grows from batch to batch, with "
        "the suggested range."
    )
    return specification(chart, colours, description)
