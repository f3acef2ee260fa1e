"""Short trainings against full ones: how the order after each epoch agrees with the final one."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.theme import theme


def rank_agreement(
    points: pd.DataFrame, enough: float, *, dark: bool = False, height: int = 300
) -> Chart:
    """The rank correlation over the epochs with its interval, and a line at ``enough``.

    ``points`` has ``epoch``, ``spearman``, ``low``, ``high``, ``kendall`` and ``first`` (the rank
    of the final winner by then).
    """
    texts = {name: [f"{value:.2f}" for value in points[name]] for name in ("spearman", "kendall")}
    pairs = zip(points["low"], points["high"], strict=True)
    shown = points.assign(
        spearman_text=pd.Series(texts["spearman"], dtype="str"),
        kendall_text=pd.Series(texts["kendall"], dtype="str"),
        interval=pd.Series([f"{low:.2f} to {high:.2f}" for low, high in pairs], dtype="str"),
    )
    least = min(0.0, float(points["low"].min())) if len(points) else 0.0
    level = pd.DataFrame({"enough": [enough]})
    chart = _specification(least < 0, dark, height)
    return Chart(chart, {"points": shown, "level": level})


@lru_cache(TEMPLATES)
def _specification(negative: bool, dark: bool, height: int) -> str:
    colours = theme(dark)
    x = alt.X(
        "epoch:Q",
        title="epochs trained",
        scale=alt.Scale(nice=False, zero=False, padding=8),
        axis=alt.Axis(tickMinStep=1, format="d", grid=False),
    )
    scale = alt.Scale(domain=[-1 if negative else 0, 1], nice=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title="rank correlation with the final order", scale=scale)

    base = named("points").encode(x=x)
    tooltip = [
        alt.Tooltip("epoch:Q", title="epochs"),
        alt.Tooltip("spearman_text:N", title="Spearman's rho"),
        alt.Tooltip("interval:N", title="95% interval"),
        alt.Tooltip("kendall_text:N", title="Kendall's tau"),
        alt.Tooltip("first:Q", title="rank of the later winner"),
    ]
    band = base.mark_area(color=colours.accent, opacity=0.18, tooltip=None).encode(
        y=y("low"), y2="high:Q"
    )
    enough = (
        named("level")
        .mark_rule(strokeDash=[4, 4], color=colours.muted, tooltip=None)
        .encode(y=y("enough"))
    )
    line = base.mark_line(
        color=colours.accent,
        strokeWidth=2.5,
        point={"size": 46, "filled": True, "color": colours.accent},
    ).encode(y=y("spearman"), tooltip=tooltip)
    chart = alt.layer(band, enough, line).properties(height=height, width="container")
    description = (
        "Rank correlation between the order of the trials after each epoch and their final order, "
        "with its interval."
    )
    return specification(chart, colours, description)
