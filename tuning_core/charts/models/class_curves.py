"""A class against the rest at every threshold: the ROC curve and the precision-recall curve."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.shaping import MAX_POINTS, stride
from tuning_core.charts.parts.theme import theme


class _Words(NamedTuple):
    x: str
    y: str
    description: str
    interpolate: str


_ROC = _Words(
    "false alarms: share of the other rows",
    "found: share of the class",
    "ROC curve: the share of the class that is found over the share of other rows that are taken "
    "for it, with its 95% band, and the diagonal of guessing.",
    "linear",
)
_PRECISION_RECALL = _Words(
    "recall: share of the class that is found",
    "precision: share that is right",
    "Precision-recall curve: how much of what is said to be of the class is, over how much of it "
    "is found, with its 95% band, and the share of the class among all rows.",
    "step-before",
)


def roc(
    false_alarms: np.ndarray,
    hits: np.ndarray,
    band: pd.DataFrame,
    *,
    at: tuple[float, float] | None = None,
    dark: bool = False,
    height: int = 340,
) -> Chart:
    """``hits`` over ``false_alarms``, both (k,) from 0 to 1.

    ``band`` has ``x``, ``low`` and ``high``. ``at`` is the place of a threshold.
    """
    reference = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0], "text": "guessing"})
    return _chart("roc", false_alarms, hits, band, reference, at, dark, height)


def precision_recall(
    recall: np.ndarray,
    precision: np.ndarray,
    band: pd.DataFrame,
    base_rate: float,
    *,
    at: tuple[float, float] | None = None,
    dark: bool = False,
    height: int = 340,
) -> Chart:
    """``precision`` over ``recall``, both (k,), beside the ``base_rate``: the class's share."""
    # Before the first threshold, as after it.
    recall, precision = np.append(0.0, recall), np.append(precision[:1], precision)
    text = f"saying it of every row: {100 * base_rate:.1f} %"
    reference = pd.DataFrame({"x": [0.0, 1.0], "y": [base_rate] * 2, "text": text})
    return _chart("precision", recall, precision, band, reference, at, dark, height)


def _chart(
    kind: str,
    x: np.ndarray,
    y: np.ndarray,
    band: pd.DataFrame,
    reference: pd.DataFrame,
    at: tuple[float, float] | None,
    dark: bool,
    height: int,
) -> Chart:
    curve = pd.DataFrame({"x": x, "y": y})
    step = stride(len(curve), MAX_POINTS)
    curve = pd.concat([curve.iloc[::step], curve.tail(1)]).drop_duplicates(ignore_index=True)
    mark = pd.DataFrame({"x": [at[0]], "y": [at[1]]} if at else {"x": [], "y": []}, dtype=float)
    return Chart(
        _specification(kind, dark, height),
        {
            "curve": curve.assign(order=range(len(curve))),
            "band": band,
            "reference": reference,
            "mark": mark,
        },
    )


@lru_cache(TEMPLATES)
def _specification(kind: str, dark: bool, height: int) -> str:
    colours, words = theme(dark), _ROC if kind == "roc" else _PRECISION_RECALL
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(format=".0%", tickCount=5)
    x = alt.X("x:Q", title=words.x, scale=scale, axis=axis)
    y = alt.Y("y:Q", title=words.y, scale=scale, axis=axis)
    told = [
        alt.Tooltip("x:Q", title=words.x.partition(":")[0], format=".1%"),
        alt.Tooltip("y:Q", title=words.y.partition(":")[0], format=".1%"),
    ]
    band = (
        named("band")
        .mark_area(color=colours.accent, opacity=0.16, tooltip=None)
        .encode(x=x, y=alt.Y("low:Q", title=words.y, scale=scale), y2="high:Q")
    )
    guess = (
        named("reference")
        .mark_line(strokeDash=[4, 4], color=colours.muted, strokeWidth=1.5)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("text:N", title="reference")])
    )
    curve = named("curve").encode(x=x, y=y, order="order:Q", tooltip=told)
    line = curve.mark_line(color=colours.accent, strokeWidth=2.5, interpolate=words.interpolate)
    # Seen by the pointer alone: a line has one tooltip for all its length.
    spots = curve.mark_point(size=90, opacity=0)
    at = (
        named("mark")
        .mark_point(filled=True, size=170, opacity=1, color=colours.series[1], stroke=colours.halo)
        .encode(x=x, y=y, tooltip=told)
    )
    chart = alt.layer(band, guess, line, spots, at).properties(height=height, width="container")
    return specification(chart, colours, words.description)
