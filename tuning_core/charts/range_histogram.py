"""What a range and its scale will draw, as a small histogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.catalog import Value
from tuning_core.charts.axes import Axis
from tuning_core.charts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.numerals import number_text
from tuning_core.charts.theme import theme

BINS = 24

SHARE = alt.Tooltip("share:Q", title="share of draws", format=".1%")


def histogram_bins(draws: Sequence[float], axis: Axis, bins: int = BINS) -> pd.DataFrame:
    """Bins over the axis' range: ``low`` and ``high`` in values, ``share`` of the draws.

    On a ``log`` axis all bins span the same factor. Integers with few values get one bin each.
    """
    log = axis.scale == "log"
    low, high = axis.low, axis.high
    if axis.kind == "integer" and not log and high - low < bins:
        edges = [value - 0.5 for value in range(int(low), int(high) + 2)]
    else:
        if low == high:
            low, high = (low / 1.1, high * 1.1) if log else (low - 0.5, high + 0.5)
        start, end = (math.log(low), math.log(high)) if log else (low, high)
        steps = [start + (end - start) * index / bins for index in range(bins + 1)]
        edges = [math.exp(step) for step in steps] if log else steps
    # A draw at either end must not fall off by rounding.
    cuts = [-math.inf, *edges[1:-1], math.inf]
    counts = pd.cut(pd.Series(list(draws), dtype="float64"), cuts, labels=False).value_counts()
    total = max(len(draws), 1)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "share": [float(counts.get(index, 0)) / total for index in range(len(edges) - 1)],
        }
    )


def category_shares(draws: Sequence[Value], choices: Sequence[Value]) -> pd.DataFrame:
    """``value`` (in words) and its ``share`` of the draws, in the order of ``choices``."""
    total = max(len(draws), 1)
    rows = [
        (number_text(choice), sum(draw == choice for draw in draws) / total) for choice in choices
    ]
    return pd.DataFrame(rows, columns=["value", "share"])


def range_histogram(
    draws: Sequence[Value], axis: Axis, *, dark: bool = False, height: int = 90
) -> Chart:
    """Bars for a few hundred ``draws`` of one hyperparameter, over its values.

    A ``log`` range has a logarithmic axis; a ``reverse_log`` one a linear axis, so that its crowd
    near the upper end is seen. Choices get one bar each, spelled out.
    """
    if axis.categories:
        shares = category_shares(draws, axis.categories)
        return Chart(_categories_specification(dark, height), {"shares": shares})
    bins = histogram_bins([float(draw) for draw in draws], axis)
    bins["range"] = [
        f"{number_text(low, 3)} to {number_text(high, 3)}"
        for low, high in zip(bins["low"], bins["high"], strict=True)
    ]
    shown = replace(axis, scale="linear") if axis.scale == "reverse_log" else axis
    ticks = tuple(shown.tick_values(gap=0.24))
    return Chart(_bins_specification(ticks, axis.scale == "log", dark, height), {"bins": bins})


@lru_cache(TEMPLATES)
def _categories_specification(dark: bool, height: int) -> str:
    x = alt.X(
        "value:N",
        title=None,
        sort=None,
        scale=alt.Scale(paddingInner=0.3),
        axis=alt.Axis(labelAngle=0, labelOverlap=True),
    )
    bars = named("shares").encode(x=x, tooltip=[alt.Tooltip("value:N", title="value"), SHARE])
    return _finished(bars, dark, height)


@lru_cache(TEMPLATES)
def _bins_specification(ticks: tuple[float, ...], log: bool, dark: bool, height: int) -> str:
    scale = {"type": "log"} if log else {"type": "linear", "zero": False}
    x = alt.X(
        "low:Q",
        title=None,
        scale=alt.Scale(**scale, nice=False),
        axis=alt.Axis(
            grid=False, values=list(ticks), format=".4~g", labelFlush=False, labelOverlap=True
        ),
    )
    tooltip = [alt.Tooltip("range:N", title="values"), SHARE]
    return _finished(named("bins").encode(x=x, x2="high:Q", tooltip=tooltip), dark, height)


def _finished(bars: Any, dark: bool, height: int) -> str:
    colours = theme(dark)
    chart = bars.mark_bar(color=colours.accent, orient="vertical", opacity=0.85).encode(
        y=alt.Y("share:Q", axis=None, scale=alt.Scale(zero=True))
    )
    padding = {"left": 12, "right": 12, "top": 4, "bottom": 4}
    return specification(
        chart.properties(height=height, width="container", padding=padding), colours
    )
