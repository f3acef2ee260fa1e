"""How a strategy covers a square of two hyperparameters, as a thumbnail."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.charts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.theme import blend, theme


def thumbnail_points(
    points: Sequence[tuple[float, float]], strength: Sequence[float] | None = None
) -> pd.DataFrame:
    """``x``, ``y`` in [0, 1], ``order`` from 0 (first) to 1 (last) and ``size`` in square pixels.

    ``strength`` (0 to 1, one per point) says how long each point was trained; more is larger.
    """
    weights = list(strength) if strength is not None else [0.5] * len(points)
    last = max(len(points) - 1, 1)
    rows = [
        (float(x), float(y), index / last, 14.0 + 60.0 * weight)
        for index, ((x, y), weight) in enumerate(zip(points, weights, strict=True))
    ]
    return pd.DataFrame(rows, columns=["x", "y", "order", "size"]).astype("float64")


def strategy_thumbnail(
    points: Sequence[tuple[float, float]],
    strength: Sequence[float] | None = None,
    *,
    dark: bool = False,
    size: int = 120,
) -> Chart:
    """The points in the order of the search: early ones pale, late ones in full colour.

    ``points`` are pairs in the unit square; ``size`` is the side in pixels.
    """
    colours = theme(dark)
    data = thumbnail_points(points, strength)
    data["colour"] = pd.Series(
        [blend((colours.faded, colours.accent), 0.25 + 0.75 * order) for order in data["order"]],
        data.index,
        dtype="str",
    )
    return Chart(_specification(dark, size), {"points": data})


@lru_cache(TEMPLATES)
def _specification(dark: bool, size: int) -> str:
    colours = theme(dark)
    unit = alt.Scale(domain=[-0.04, 1.04], nice=False, zero=False)
    chart = (
        named("points")
        .mark_circle(opacity=0.95, tooltip=None)
        .encode(
            x=alt.X("x:Q", scale=unit, axis=None),
            y=alt.Y("y:Q", scale=unit, axis=None),
            color=alt.Color("colour:N", scale=None, legend=None),
            size=alt.Size("size:Q", scale=None, legend=None),
        )
        .properties(
            width=size,
            height=size,
            view=alt.ViewBackground(stroke=colours.soft, strokeWidth=1),
            padding={"left": 2, "right": 2, "top": 2, "bottom": 2},
        )
    )
    return specification(chart, colours)
