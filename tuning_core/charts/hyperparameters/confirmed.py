"""Trials on new seeds: each score, the mean with its interval, and the score of the search."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import (
    TEMPLATES,
    Chart,
    named,
    specification,
    trial_clicks,
)
from tuning_core.charts.parts.labels import metric_title, number_text
from tuning_core.charts.parts.theme import LABEL_SIZE, theme

ROW_HEIGHT = 44
AROUND = 70
"""Pixels of the height that are not rows: the axis with its title."""


def confirmed(
    means: pd.DataFrame, scores: pd.DataFrame, objective: Objective, *, dark: bool = False
) -> Chart:
    """A row for each trial in the order of ``means``.

    ``means`` has ``trial``, ``name``, ``mean``, ``low`` and ``high`` (NaN for one score alone),
    ``searched`` (the score in the search, NaN without one) and ``level`` (whether it cannot be
    told from the first). ``scores`` has ``trial``, ``name``, ``seed`` and ``score``.
    """
    rows = means.assign(
        place=range(len(means)),
        mean_text=[number_text(value) for value in means["mean"]],
        searched_text=[number_text(value) for value in means["searched"]],
        interval=[
            "-" if pd.isna(low) else f"{number_text(low)} to {number_text(high)}"
            for low, high in zip(means["low"], means["high"], strict=True)
        ],
    )
    dots = scores.assign(score_text=[number_text(value) for value in scores["score"]])
    return Chart(_specification(objective, len(means), dark), {"means": rows, "scores": dots})


@lru_cache(TEMPLATES)
def _specification(objective: Objective, count: int, dark: bool) -> str:
    colours = theme(dark)
    title = metric_title(objective.metric, objective.label)
    y = alt.Y(
        "name:N",
        title=None,
        sort=alt.EncodingSortField("place", op="min"),
        axis=alt.Axis(labelFontSize=LABEL_SIZE, labelLimit=180, grid=False),
    )

    def x(field: str) -> alt.X:
        scale = alt.Scale(zero=False, nice=True)
        return alt.X(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(format="~r"))

    about = [
        alt.Tooltip("name:N", title="trained"),
        alt.Tooltip("mean_text:N", title="mean on new seeds"),
        alt.Tooltip("interval:N", title="95% interval of the mean"),
        alt.Tooltip("searched_text:N", title="score in the search"),
    ]
    colour = alt.condition("datum.level", alt.value(colours.accent), alt.value(colours.soft))
    base = named("means").encode(y=y, tooltip=about)
    rules = base.mark_rule(strokeWidth=4, opacity=0.55).encode(
        x=x("low"), x2="high:Q", color=colour
    )
    searched = base.mark_point(
        shape="diamond", size=110, filled=False, strokeWidth=2, color=colours.series[1]
    ).encode(x=x("searched"))
    means = (
        base.mark_point(filled=True, size=170, opacity=1, cursor="pointer")
        .encode(x=x("mean"), color=colour)
        .add_params(trial_clicks())
    )
    scores = (
        named("scores")
        .mark_tick(thickness=1.5, height=14, color=colours.text, opacity=0.65)
        .encode(
            y=y,
            x=x("score"),
            tooltip=[
                alt.Tooltip("name:N", title="trained"),
                alt.Tooltip("seed:Q", title="seed"),
                alt.Tooltip("score_text:N", title=objective.label),
            ],
        )
    )
    chart = alt.layer(rules, scores, searched, means)
    description = (
        f"{objective.label} of {count} confirmed configurations: each new training, "
        "their mean and its interval."
    )
    return specification(
        chart.properties(height=AROUND + ROW_HEIGHT * count, width="container"),
        colours,
        description,
    )
