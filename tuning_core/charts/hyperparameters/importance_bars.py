"""Importance: a bar per hyperparameter with its interval and a mark for what luck could reach."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.theme import LABEL_SIZE, theme

BAR_HEIGHT = 38
_SHORT = (
    "length(datum.label) > 32 ? "
    "slice(datum.label, 0, 15) + '\u2026' + slice(datum.label, -15) : datum.label"
)
AROUND = 62
"""Pixels of the height that are not bars: the axis with its title."""


def importance_bars(frame: pd.DataFrame, title: str, *, dark: bool = False) -> Chart:
    """Horizontal bars, in the order of the rows.

    ``frame`` has ``hyperparameter`` (label), ``share``, ``low``, ``high`` and ``chance`` (between
    0 and 1) and ``trials``. Bars of what luck could reach as well are pale. ``title`` names the
    axis.
    """
    bars = frame.copy()
    bars["place"] = range(len(bars))
    bars["sure"] = bars["share"] > bars["chance"]
    for field in ("share", "low", "high", "chance"):
        bars[f"{field}_text"] = [f"{100 * value:.0f} %" for value in bars[field]]
    bars["interval"] = bars["low_text"] + " to " + bars["high_text"]
    return Chart(_specification(title, len(bars), dark), {"bars": bars})


@lru_cache(TEMPLATES)
def _specification(title: str, count: int, dark: bool) -> str:
    colours = theme(dark)
    y = alt.Y(
        "hyperparameter:N",
        title=None,
        sort=alt.EncodingSortField("place", op="min"),
        axis=alt.Axis(labelFontSize=LABEL_SIZE, labelLimit=220, labelExpr=_SHORT),
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(format=".0%", tickCount=5)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title=title, scale=scale, axis=axis)

    base = named("bars").encode(
        y=y,
        tooltip=[
            alt.Tooltip("hyperparameter:N", title="hyperparameter"),
            alt.Tooltip("share_text:N", title="share"),
            alt.Tooltip("interval:N", title="90% interval"),
            alt.Tooltip("chance_text:N", title="luck alone reaches"),
            alt.Tooltip("trials:Q", title="trials"),
        ],
    )
    bars = base.mark_bar(cornerRadius=2, height=18).encode(
        x=x("share"),
        color=alt.condition("datum.sure", alt.value(colours.accent), alt.value(colours.faded)),
    )
    whiskers = base.mark_rule(strokeWidth=2, color=colours.text).encode(x=x("low"), x2="high:Q")
    chance = base.mark_tick(thickness=3, height=26, color=colours.series[1]).encode(x=x("chance"))
    chart = alt.layer(bars, whiskers, chance)
    description = f"A bar with its interval for each of {count} hyperparameters: {title}."
    return specification(
        chart.properties(height=AROUND + BAR_HEIGHT * count, width="container"),
        colours,
        description,
    )
