"""A rule of early termination played again: what of each training it would have spared."""

from __future__ import annotations

from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification, trial_clicks
from tuning_core.charts.parts.labels import metric_title, number_text
from tuning_core.charts.parts.theme import theme

TRAINED, SPARED = "trained", "spared"


def replayed(
    trials: pd.DataFrame, objective: Objective, *, dark: bool = False, height: int = 300
) -> Chart:
    """A bar per trial, the best on top: the epochs that would have been trained and spared.

    ``trials`` has ``trial``, ``score``, ``epochs`` (of its first execution) and ``ended`` (the
    epoch after which the rule would have ended it, NaN where it would not). A click changes the
    selection :data:`PICKED`.
    """
    order = trials["score"].rank(method="first", ascending=objective.direction == "min")
    shown = trials.assign(place=order.fillna(len(trials)), until=trials["ended"])
    shown["score_text"] = pd.Series([number_text(v) for v in shown["score"]], dtype="str")
    shown["verdict"] = pd.Series(
        [
            "trained to its end" if pd.isna(epoch) else f"ended after epoch {epoch:.0f}"
            for epoch in shown["ended"]
        ],
        dtype="str",
    )
    trained = shown.assign(
        part=TRAINED, start=0.0, stop=shown["until"].fillna(shown["epochs"]).astype("float64")
    )
    spared = shown[shown["until"].notna()]
    spared = spared.assign(part=SPARED, start=spared["until"], stop=spared["epochs"])
    bars = pd.concat([trained, spared], ignore_index=True)
    bars = bars.assign(low=bars["place"] - 0.4, high=bars["place"] + 0.4)
    return Chart(_specification(objective, dark, height), {"bars": bars})


@lru_cache(TEMPLATES)
def _specification(objective: Objective, dark: bool, height: int) -> str:
    colours = theme(dark)
    bars = (
        named("bars")
        .mark_rect(cursor="pointer")
        .encode(
            x=alt.X(
                "start:Q",
                title="epoch",
                scale=alt.Scale(nice=False),
                axis=alt.Axis(tickMinStep=1, format="d", grid=False),
            ),
            x2="stop:Q",
            y=alt.Y(
                "low:Q",
                title="rank of the trial (1 is the best)",
                scale=alt.Scale(reverse=True, nice=False, zero=False),
                axis=alt.Axis(tickMinStep=1, format="d", grid=False),
            ),
            y2="high:Q",
            color=alt.Color(
                "part:N",
                title=None,
                scale=alt.Scale(domain=[TRAINED, SPARED], range=[colours.accent, colours.faded]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                alt.Tooltip("trial:Q", title="trial"),
                alt.Tooltip("score_text:N", title=metric_title(objective.metric, objective.label)),
                alt.Tooltip("verdict:N", title="the rule"),
                alt.Tooltip("epochs:Q", title="epochs"),
            ],
        )
        .add_params(trial_clicks())
    )
    description = (
        "Epochs of each trial, the best on top: those that the rule would have trained, and those "
        "that it would have spared."
    )
    return specification(bars.properties(height=height, width="container"), colours, description)
