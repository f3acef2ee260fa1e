"""True values over predictions, with the interval that is given with each prediction."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import number_text
from tuning_core.charts.parts.shaping import MAX_POINTS, stride
from tuning_core.charts.parts.theme import theme

HELD, MISSED = "within", "outside"


def prediction_intervals(
    predicted: np.ndarray,
    truth: np.ndarray,
    below: float,
    above: float,
    target: str,
    *,
    dark: bool = False,
    height: int = 380,
) -> Chart:
    """Rows (n,), and a band from ``below`` under the prediction to ``above`` over it.

    About 1,000 rows are drawn at most.
    """
    step = stride(len(truth), MAX_POINTS)
    low, high = predicted - below, predicted + above
    rows = pd.DataFrame(
        {
            "predicted": predicted,
            "truth": truth,
            "where": np.where((truth >= low) & (truth <= high), HELD, MISSED),
        }
    ).iloc[::step]
    rows["truth_text"] = [number_text(float(value)) for value in rows["truth"]]
    rows["interval"] = [
        f"{number_text(value - below)} to {number_text(value + above)}"
        for value in rows["predicted"].astype(float)
    ]
    ends = np.array([predicted.min(), predicted.max()], dtype=float)
    band = pd.DataFrame({"predicted": ends, "low": ends - below, "high": ends + above})
    return Chart(_specification(target, dark, height), {"rows": rows, "band": band})


@lru_cache(TEMPLATES)
def _specification(target: str, dark: bool, height: int) -> str:
    colours = theme(dark)
    scale = alt.Scale(zero=False)
    axis = alt.Axis(tickCount=5, format="~s")
    x = alt.X("predicted:Q", title=f"predicted {target}", scale=scale, axis=axis)
    title = f"true {target}"
    band = named("band").encode(x=x)
    area = band.mark_area(color=colours.accent, opacity=0.14, tooltip=None).encode(
        y=alt.Y("low:Q", title=title, scale=scale, axis=axis), y2="high:Q"
    )
    line = band.mark_line(color=colours.muted, strokeDash=[4, 4], tooltip=None).encode(
        y=alt.Y("predicted:Q", title=title, scale=scale)
    )
    points = (
        named("rows")
        .mark_point(filled=True, size=46, opacity=0.65)
        .encode(
            x=x,
            y=alt.Y("truth:Q", title=title, scale=scale, axis=axis),
            color=alt.Color(
                "where:N",
                title=None,
                scale=alt.Scale(domain=[HELD, MISSED], range=[colours.accent, colours.series[1]]),
                legend=alt.Legend(orient="top", symbolSize=80),
            ),
            shape=alt.Shape(
                "where:N",
                title=None,
                scale=alt.Scale(domain=[HELD, MISSED], range=["circle", "triangle-up"]),
            ),
            tooltip=[
                alt.Tooltip("truth_text:N", title="true"),
                alt.Tooltip("interval:N", title="interval"),
                alt.Tooltip("where:N", title="the true value is"),
            ],
        )
    )
    chart = alt.layer(area, line, points).properties(height=height, width="container")
    description = (
        f"True {target} over predicted {target}, a point for each row, with the band of the "
        "prediction intervals; rows outside it have another colour and shape."
    )
    return specification(chart, colours, description)
