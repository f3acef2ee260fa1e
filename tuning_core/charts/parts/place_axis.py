"""A hyperparameter as a true axis of a chart: places in [0, 1], ticks spelled out.

Vega has no axis that is logarithmic towards 1, and none that puts categories and gaps beside
numbers; so points stand at their places, as in the parallel coordinates, and the axis says which
values these are.
"""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.charts.parts.axes import Axis, positions
from tuning_core.charts.parts.labels import number_text, shortened
from tuning_core.charts.parts.theme import LABEL_SIZE

ASIDE = -0.2
"""Where trials stand that do not use the hyperparameter: left of or below the axis."""

LETTER = 7
"""Pixels that a letter of a tick's text takes."""

SPREAD = 0.55
"""Share of the room between neighbouring values over which trials on one spot are spread."""


def standing(trials: pd.DataFrame, axis: Axis) -> pd.Series:
    """The place of every trial on an axis, :data:`ASIDE` where it has no value.

    On an axis of few values trials are spread around their own by their ``number``, always the
    same way.
    """
    places = pd.Series(positions(trials, axis), trials.index, dtype="float64")
    width = slot(axis)
    if width:
        # Multiples of the golden ratio fill an interval evenly however many there are.
        shares = trials["number"].astype("float64") * 0.6180339887 % 1.0 - 0.5
        places += shares * SPREAD * width
        return places.fillna(ASIDE + shares * 0.08)
    return places.fillna(ASIDE)


def slot(axis: Axis) -> float:
    """The room of one value on an axis of few values, as a share of it; 0 on any other."""
    if axis.categories:
        return 1.0 / len(axis.categories)
    if axis.discrete and axis.high > axis.low:
        ends = axis.positions([axis.low, axis.low + 1, axis.high - 1, axis.high])
        first, second, third, last = (end or 0.0 for end in ends)
        return min(second - first, last - third, 0.2)
    return 0.0


def uses_all(trials: pd.DataFrame, axis: Axis) -> bool:
    """Whether every trial has a value on the axis."""
    return axis.name in trials and bool(trials[axis.name].notna().all())


def axis_title(axis: Axis) -> str:
    """The hyperparameter and its scale: learning rate (log scale)."""
    return shortened(axis.label) + {"log": " (log scale)", "reverse_log": " (log towards 1)"}.get(
        axis.scale if not axis.categories else "linear", ""
    )


def place_x(field: str, axis: Axis, *, aside: bool, pixels: int = 320, grid: bool = True) -> Any:
    """The x channel of a hyperparameter; ``aside`` leaves room for trials that do not use it."""
    places, texts = _ticks(axis, aside, gap=58 / pixels)
    wide = sum(len(text) + 2 for text in texts) * LETTER > pixels
    tilted = bool(axis.categories) and wide
    return alt.X(
        f"{field}:Q",
        title=axis_title(axis),
        scale=_scale(aside, axis),
        axis=alt.Axis(
            **_labels(places, texts, axis),
            grid=grid and not axis.categories,
            labelAngle=-35 if tilted else 0,
            labelAlign="right" if tilted else "center",
            labelLimit=90 if tilted else 160,
            labelFlush=False,
        ),
    )


def place_y(field: str, axis: Axis, *, aside: bool, pixels: int = 320, grid: bool = True) -> Any:
    """The y channel of a hyperparameter; ``aside`` leaves room for trials that do not use it."""
    places, texts = _ticks(axis, aside, gap=1.8 * LABEL_SIZE / pixels)
    return alt.Y(
        f"{field}:Q",
        title=axis_title(axis),
        scale=_scale(aside, axis),
        axis=alt.Axis(
            **_labels(places, texts, axis), grid=grid and not axis.categories, labelLimit=110
        ),
    )


def _ticks(axis: Axis, aside: bool, gap: float) -> tuple[list[float], list[str]]:
    if axis.categories:
        ticks = axis.ticks()
    else:
        values = axis.tick_values(max(gap, 0.1))
        ticks = [(axis.position(value) or 0.0, number_text(value)) for value in values]
    if aside:
        ticks = [(ASIDE, "not used"), *ticks]
    return [place for place, _ in ticks], [text for _, text in ticks]


def _labels(places: list[float], texts: list[str], axis: Axis) -> dict[str, Any]:
    at, words = json.dumps(places), json.dumps(texts)
    shown = (
        ", ".join(map(number_text, axis.categories))
        if axis.categories
        else f"{number_text(axis.low)} to {number_text(axis.high)}"
    )
    return {
        # Vega would say the places, 0 to 1.
        "description": f"Axis of {axis_title(axis)}: {shown}",
        "values": places,
        "labelExpr": f"{words}[indexof({at}, datum.value)]",
        "labelOverlap": "greedy",
    }


def _scale(aside: bool, axis: Axis) -> alt.Scale:
    margin = 0.0 if axis.categories else max(0.04, slot(axis) / 2)
    low = ASIDE - 0.1 if aside else -margin
    return alt.Scale(domain=[low, 1.0 + margin], nice=False, zero=False)
