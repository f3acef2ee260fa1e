"""The path from the default to the best: a bar for what each change gained, with its interval."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import metric_title, number_text
from tuning_core.charts.parts.theme import LABEL_SIZE, theme

ROW_HEIGHT = 50
AROUND = 70
"""Pixels of the height that are not rows: the axis with its title."""

BETTER, WORSE, LUCK = "better", "worse", "luck"


def ablation_path(
    steps: pd.DataFrame, scores: pd.DataFrame, objective: Objective, *, dark: bool = False
) -> Chart:
    """A row per configuration, the default on top and below it each change in its order.

    ``steps`` has ``name`` (two lines: what changed, from what to what), ``before`` and ``mean`` (of
    the scores of the configuration before and of this one; NaN where unknown), ``low`` and ``high``
    (the interval of this mean beside the one before), ``verdict`` (BETTER, WORSE or LUCK),
    ``gain`` and ``interval`` (texts) and ``also`` (what changed with it). ``scores`` has ``name``,
    ``seed`` and ``score``.
    """
    shown = steps.assign(
        place=range(len(steps)),
        mean_text=pd.Series([number_text(value) for value in steps["mean"]], dtype="str"),
    )
    texts = pd.Series([number_text(value) for value in scores["score"]], dtype="str")
    dots = scores.assign(score_text=texts)
    return Chart(_specification(objective, len(steps), dark), {"steps": shown, "scores": dots})


@lru_cache(TEMPLATES)
def _specification(objective: Objective, count: int, dark: bool) -> str:
    colours = theme(dark)
    y = alt.Y(
        "name:N",
        title=None,
        sort=alt.EncodingSortField("place", op="min"),
        axis=alt.Axis(
            labelFontSize=LABEL_SIZE,
            labelLimit=190,
            labelExpr="split(datum.label, '\\n')",
            grid=False,
        ),
    )

    def x(field: str) -> alt.X:
        title = metric_title(objective.metric, objective.label)
        scale = alt.Scale(zero=False, nice=True)
        return alt.X(
            f"{field}:Q", title=title, scale=scale, axis=alt.Axis(format="~r", tickCount=6)
        )

    base = named("steps").encode(y=y, tooltip=_tooltip())
    colour = alt.Color(
        "verdict:N",
        legend=None,
        scale=alt.Scale(
            domain=[BETTER, WORSE, LUCK], range=[colours.accent, colours.bad, colours.soft]
        ),
    )
    bars = base.mark_bar(height=18, cornerRadius=2).encode(x=x("before"), x2="mean:Q", color=colour)
    whiskers = base.mark_rule(strokeWidth=2, color=colours.text).encode(x=x("low"), x2="high:Q")
    means = base.mark_point(filled=True, size=90, opacity=1).encode(x=x("mean"), color=colour)
    dots = (
        named("scores")
        .mark_tick(thickness=1.5, height=12, color=colours.text, opacity=0.55)
        .encode(
            y=y,
            x=x("score"),
            tooltip=[
                alt.Tooltip("name:N", title="configuration"),
                alt.Tooltip("seed:Q", title="seed"),
                alt.Tooltip("score_text:N", title=objective.label),
            ],
        )
    )
    chart = alt.layer(bars, dots, whiskers, means)
    description = (
        f"{objective.label} of {count} configurations from the default to the best, one change "
        "after the other, each with the interval of its gain."
    )
    return specification(
        chart.properties(height=AROUND + ROW_HEIGHT * count, width="container"),
        colours,
        description,
    )


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title="change"),
        alt.Tooltip("also:N", title="with it"),
        alt.Tooltip("gain:N", title="gain"),
        alt.Tooltip("interval:N", title="95% interval"),
        alt.Tooltip("mean_text:N", title="mean score"),
    ]
