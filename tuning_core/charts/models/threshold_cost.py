"""What a row costs over the probability from which a class is said."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import AXIS_NUMBERS
from tuning_core.charts.parts.theme import LABEL_SIZE, theme


def threshold_cost(
    thresholds: np.ndarray,
    cost: np.ndarray,
    marks: pd.DataFrame,
    *,
    dark: bool = False,
    height: int = 240,
) -> Chart:
    """The ``cost`` of a row at each of the ``thresholds``, (k,) rising.

    ``marks`` has ``threshold``, ``cost``, ``text`` and ``chosen``: the cheapest and the chosen one.
    """
    curve = pd.DataFrame({"threshold": np.clip(thresholds, 0.0, 1.0), "cost": cost})
    return Chart(_specification(dark, height), {"curve": curve, "marks": marks})


@lru_cache(TEMPLATES)
def _specification(dark: bool, height: int) -> str:
    colours = theme(dark)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X(
        "threshold:Q",
        title="threshold: the class is said from this probability on",
        scale=scale,
        axis=alt.Axis(tickCount=5, format=".1f"),
    )
    y = alt.Y("cost:Q", title="cost per row", axis=alt.Axis(tickCount=4, format=AXIS_NUMBERS))
    told = [
        alt.Tooltip("threshold:Q", title="threshold", format=".3f"),
        alt.Tooltip("cost:Q", title="cost per row", format=".4~g"),
    ]
    curve = named("curve").encode(x=x, y=y, tooltip=told)
    line = curve.mark_line(color=colours.accent, strokeWidth=2, interpolate="step-before")
    spots = curve.mark_point(size=60, opacity=0)
    colour = alt.condition("datum.chosen", alt.value(colours.series[1]), alt.value(colours.text))
    base = named("marks").encode(x=x, color=colour)
    rules = base.mark_rule(strokeWidth=1.5, strokeDash=[4, 3], tooltip=None)
    points = base.mark_point(filled=True, size=130, opacity=1).encode(
        y=y, tooltip=[alt.Tooltip("text:N", title="marked"), *told]
    )
    words = [
        base.transform_filter(f"{'' if chosen else '!'}datum.chosen")
        .mark_text(
            dx={"expr": "datum.threshold > 0.6 ? -7 : 7"},
            align={"expr": "datum.threshold > 0.6 ? 'right' : 'left'"},
            baseline="top",
            fontSize=LABEL_SIZE,
            tooltip=None,
        )
        # One above the other: they may stand at one place.
        .encode(text="text:N", y=alt.value(2 if chosen else 20))
        for chosen in (True, False)
    ]
    chart = alt.layer(line, spots, rules, points, *words)
    description = "Cost of a row over the threshold, with the cheapest and the chosen threshold."
    return specification(chart.properties(height=height, width="container"), colours, description)
