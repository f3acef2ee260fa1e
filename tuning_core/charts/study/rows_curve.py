"""The learning curve over training rows: scores, a power law through them, and twice the rows."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import metric_title, number_text
from tuning_core.charts.parts.theme import theme

MEASURED, EXPECTED = "trained", "expected"


def score_over_rows(
    scores: pd.DataFrame,
    means: pd.DataFrame,
    curve: pd.DataFrame,
    objective: Objective,
    *,
    dark: bool = False,
    height: int = 320,
) -> Chart:
    """Scores of each number of rows, their means, and the fitted curve with its band.

    ``scores`` has ``rows``, ``seed`` and ``score``, ``means`` has ``rows``, ``mean`` and
    ``interval`` (text), ``curve`` has ``rows``, ``fitted``, ``low``, ``high`` and ``part``
    (MEASURED up to all rows, EXPECTED beyond; the point between them belongs to both).
    """
    texts = pd.Series([number_text(value) for value in scores["score"]], dtype="str")
    mean_texts = pd.Series([number_text(value) for value in means["mean"]], dtype="str")
    frames = {
        "curve": curve,
        "scores": scores.assign(score_text=texts),
        "means": means.assign(mean_text=mean_texts),
    }
    return Chart(_specification(objective, dark, height), frames)


@lru_cache(TEMPLATES)
def _specification(objective: Objective, dark: bool, height: int) -> str:
    colours = theme(dark)
    x = alt.X(
        "rows:Q",
        title="training rows (log scale)",
        scale=alt.Scale(type="log", base=2, nice=False, padding=12),
        axis=alt.Axis(format=",d", grid=False, tickCount=6, labelOverlap="greedy"),
    )

    def y(field: str) -> alt.Y:
        title = metric_title(objective.metric, objective.label)
        scale = alt.Scale(zero=False, nice=True)
        return alt.Y(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(format="~r"))

    fitted = named("curve").encode(x=x)
    band = fitted.mark_area(color=colours.accent, opacity=0.16, tooltip=None).encode(
        y=y("low"), y2="high:Q", detail="part:N"
    )
    line = fitted.mark_line(color=colours.accent, strokeWidth=2.5, tooltip=None).encode(
        y=y("fitted"),
        strokeDash=alt.StrokeDash(
            "part:N",
            title=None,
            scale=alt.Scale(domain=[MEASURED, EXPECTED], range=[[1, 0], [6, 4]]),
            legend=alt.Legend(orient="top", symbolType="stroke", symbolSize=300),
        ),
    )
    dots = (
        named("scores")
        .mark_point(filled=True, size=34, opacity=0.5, color=colours.muted)
        .encode(
            x=x,
            y=y("score"),
            tooltip=[
                alt.Tooltip("rows:Q", title="rows", format=","),
                alt.Tooltip("seed:Q", title="seed"),
                alt.Tooltip("score_text:N", title=objective.label),
            ],
        )
    )
    means = (
        named("means")
        .mark_point(filled=True, size=110, opacity=1, color=colours.accent)
        .encode(
            x=x,
            y=y("mean"),
            tooltip=[
                alt.Tooltip("rows:Q", title="rows", format=","),
                alt.Tooltip("mean_text:N", title="mean"),
                alt.Tooltip("interval:N", title="95% interval"),
            ],
        )
    )
    chart = alt.layer(band, line, dots, means).properties(height=height, width="container")
    description = (
        f"{objective.label} of the best configuration over the number of training rows, with a "
        "fitted curve up to twice the rows."
    )
    return specification(chart, colours, description)
