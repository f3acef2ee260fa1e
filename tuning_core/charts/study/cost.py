"""Cost: the score against what a trial takes, with the trials that nothing beats on both."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.labels import AXIS_NUMBERS, number_text, time_unit
from tuning_core.charts.parts.score_points import BOLD, parted, score_marks, score_points, score_y
from tuning_core.charts.parts.theme import theme

Cost = Literal["parameters", "seconds"]
PARAMETERS = "parameters"

WIDE = 20.0
"""Largest by smallest cost from which on the axis is logarithmic."""

AROUND = 60
"""Pixels of a chart's height that its axis takes from the plot."""


def score_cost(
    trials: pd.DataFrame,
    cost: Cost,
    objective: Objective,
    *,
    picked: Collection[int] = (),
    dark: bool = False,
    height: int = 300,
) -> Chart:
    """Every ended trial at its cost and score, and the Pareto front as steps with larger points.

    ``trials`` has ``number``, ``status``, ``score`` and the column ``cost``; trials without a cost
    are left out. A trial is on the front when none is as cheap and better, or cheaper and as good.
    A click changes the selection :data:`PICKED`.
    """
    costs = pd.to_numeric(trials[cost]).astype("float64")
    title = PARAMETERS
    if cost == "seconds":
        size, unit = time_unit(float(costs.max()))
        costs, title = costs / size, f"time of the trial ({unit})"
    known = trials.assign(cost=costs)[costs > 0]
    front = pareto_front(known["cost"], known["score"], up=objective.direction == "max")
    winners = known.loc[front, "number"]
    found = score_points(known, objective, picked, keep=winners.tolist())
    points = found.points.assign(
        cost=found.rows["cost"],
        **{BOLD: found.points["trial"].isin(winners)},
        amount=pd.Series([number_text(value) for value in found.rows["cost"]], dtype="str"),
    )
    ends = parted(float(known["cost"].min()), float(known["cost"].max())) if len(known) else [1, 2]
    steps = known.loc[front, ["cost", "score"]].sort_values("cost")
    if len(steps):
        # The best trial is not beaten at any higher cost either.
        steps = pd.concat([steps, steps.tail(1).assign(cost=ends[1])], ignore_index=True)
    steps["drawn"] = steps["score"].clip(*found.view["drawn"])
    log = ends[1] > WIDE * ends[0]
    return Chart(
        _specification(title, objective, log, dark, height),
        {"view": found.view.assign(cost=ends), "points": points, "front": steps},
    )


def pareto_front(cost: pd.Series, score: pd.Series, *, up: bool) -> pd.Series:
    """Which rows no other beats: True where none is as cheap and better, or cheaper and as good.

    Rows without a score are on no front; of equals the first one is.
    """
    good = (score if up else -score).astype("float64").fillna(-np.inf)
    order = pd.DataFrame({"cost": cost, "good": good}).sort_values(
        ["cost", "good"], ascending=[True, False], kind="stable"
    )
    before = order["good"].cummax().shift(fill_value=-np.inf)
    return (order["good"] > before).reindex(cost.index)


@lru_cache(TEMPLATES)
def _specification(title: str, objective: Objective, log: bool, dark: bool, height: int) -> str:
    colours = theme(dark)
    x = alt.X(
        "cost:Q",
        title=title + (" (log scale)" if log else ""),
        scale=alt.Scale(
            type="log" if log else "linear",
            domain=data_domain("view", "cost"),
            nice=False,
            padding=14,
            **({} if log else {"zero": False}),
        ),
        axis=alt.Axis(
            tickCount=6,
            format="~s" if title == PARAMETERS else AXIS_NUMBERS,
            grid=False,
            labelOverlap="greedy",
        ),
    )
    y = score_y("drawn", objective, height - AROUND)
    front = (
        named("front")
        .mark_line(
            interpolate="step-after",
            color=colours.accent,
            strokeWidth=2.5,
            opacity=0.8,
            clip=True,
            tooltip=None,
        )
        .encode(x=x, y=y)
    )
    marks = score_marks(
        named("points").encode(x=x, y=y),
        objective,
        colours,
        [alt.Tooltip("amount:N", title=title)],
    )
    view = named("view").mark_point(opacity=0, tooltip=None)
    chart = alt.layer(view, front, marks)
    description = (
        f"{objective.label} over {title.lower()} of each trial, and the front of trials that no "
        "other beats."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)
