"""What a model loses without each column, and how good it is on slices: rows with an interval."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import AXIS_NUMBERS, number_text
from tuning_core.charts.parts.theme import LABEL_SIZE, Theme, theme

COLUMN = "column"
"""Name of the selection of a column by a click on its bar."""

STEP = 27
"""Pixels of the height that a row takes."""
AROUND = 62
"""Pixels of the height that are not rows: the axis with its title."""
_SHORT = (
    "length(datum.label) > 34 ? "
    "slice(datum.label, 0, 16) + '\u2026' + slice(datum.label, -16) : datum.label"
)


def column_drops(
    frame: pd.DataFrame, title: str, *, dark: bool = False, height: int | None = None
) -> Chart:
    """A bar with its interval for each column, in the order of the rows.

    ``frame`` has ``column``, ``drop``, ``low`` and ``high`` in the metric's unit and ``sure``,
    whether the interval lies above 0: other bars are pale. ``title`` names the axis.
    """
    bars = frame.copy()
    bars["place"] = range(len(bars))
    bars["drop_text"] = [number_text(value, 3) for value in bars["drop"]]
    bars["interval"] = _intervals(bars)
    height = height or AROUND + STEP * len(bars)
    return Chart(_drops(title, len(bars), height, dark), {"bars": bars})


def slice_scores(
    frame: pd.DataFrame, whole: float, title: str, *, percent: bool, dark: bool = False
) -> Chart:
    """A point with its interval for each slice, in the order of the rows, and a line for all rows.

    ``frame`` has ``label``, ``rows``, ``value``, ``low`` and ``high`` (NaN where endless), ``rest``
    and ``worse``, whether it is worse than the rest beyond luck. ``whole`` is the score of all.
    """
    points = frame.copy()
    points["place"] = range(len(points))
    points["value_text"] = [_text(value, percent) for value in points["value"]]
    points["rest_text"] = [_text(value, percent) for value in points["rest"]]
    points["interval"] = [
        f"{_text(low, percent)} to {_text(high, percent)}" if low == low and high == high else "-"
        for low, high in zip(points["low"], points["high"], strict=True)
    ]
    line = pd.DataFrame({"whole": [whole], "text": [_text(whole, percent)]})
    frames = {"points": points, "whole": line}
    return Chart(_slices(title, len(points), percent, dark), frames)


def _text(value: float, percent: bool) -> str:
    return f"{100 * value:.1f} %" if percent and value == value else number_text(value)


def _intervals(frame: pd.DataFrame) -> list[str]:
    ends = zip(frame["low"], frame["high"], strict=True)
    return [f"{number_text(low, 3)} to {number_text(high, 3)}" for low, high in ends]


def _rows(field: str) -> alt.Y:
    return alt.Y(
        f"{field}:N",
        title=None,
        sort=alt.EncodingSortField("place", op="min"),
        axis=alt.Axis(labelFontSize=LABEL_SIZE, labelLimit=240, labelExpr=_SHORT),
    )


@lru_cache(TEMPLATES)
def _drops(title: str, count: int, height: int, dark: bool) -> str:
    colours = theme(dark)
    base = named("bars").encode(
        y=_rows("column"),
        tooltip=[
            alt.Tooltip("column:N", title="column"),
            alt.Tooltip("drop_text:N", title="lost without it"),
            alt.Tooltip("interval:N", title="95% interval"),
        ],
    )
    axis = alt.Axis(tickCount=5, format=AXIS_NUMBERS)
    select = alt.selection_point(name=COLUMN, fields=["column"], on="click", clear="dblclick")
    bars = (
        base.mark_bar(cornerRadius=2, height=15, cursor="pointer")
        .encode(
            x=alt.X("drop:Q", title=title, axis=axis),
            color=alt.condition("datum.sure", alt.value(colours.accent), alt.value(colours.faded)),
        )
        .add_params(select)
    )
    chart = alt.layer(bars, _whiskers(base, title, colours))
    description = f"A bar with its interval for each of {count} columns: {title}."
    sized = chart.properties(height=height, width="container")
    return specification(sized, colours, description)


def _whiskers(base: Any, title: str, colours: Theme) -> Any:
    return base.mark_rule(strokeWidth=2, color=colours.text).encode(
        x=alt.X("low:Q", title=title), x2="high:Q"
    )


@lru_cache(TEMPLATES)
def _slices(title: str, count: int, percent: bool, dark: bool) -> str:
    colours = theme(dark)
    base = named("points").encode(
        y=_rows("label"),
        tooltip=[
            alt.Tooltip("label:N", title="slice"),
            alt.Tooltip("rows:Q", title="rows", format=","),
            alt.Tooltip("value_text:N", title="score"),
            alt.Tooltip("interval:N", title="95% interval"),
            alt.Tooltip("rest_text:N", title="all other rows"),
        ],
    )
    axis = alt.Axis(tickCount=5, format=".0%" if percent else AXIS_NUMBERS)
    scale = alt.Scale(zero=False)
    colour = alt.condition("datum.worse", alt.value(colours.bad), alt.value(colours.accent))
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("value:Q", title=title, axis=axis, scale=scale), color=colour
    )
    rules = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=title, scale=scale), x2="high:Q", color=colour
    )
    line = (
        named("whole")
        .mark_rule(color=colours.muted, strokeDash=[4, 4], strokeWidth=1.5)
        .encode(
            x=alt.X("whole:Q", title=title, scale=scale),
            tooltip=[alt.Tooltip("text:N", title="all rows")],
        )
    )
    description = f"A point with its interval for each of {count} slices: {title}; a line for all."
    chart = alt.layer(line, rules, points)
    sized = chart.properties(height=AROUND + STEP * count, width="container")
    return specification(sized, colours, description)
