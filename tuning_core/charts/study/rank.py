"""Rank: what was tried when, or where of two hyperparameters, in the colours of the ranking."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.axes import Axis, value_texts
from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.place_axis import place_x, place_y, standing, uses_all
from tuning_core.charts.parts.score_points import dots, gradient_legend, score_points
from tuning_core.charts.parts.theme import theme


def rank(
    trials: pd.DataFrame,
    y: Axis,
    objective: Objective,
    *,
    x: Axis | None = None,
    picked: Collection[int] = (),
    dark: bool = False,
    height: int = 300,
) -> Chart:
    """Every trial at its value of ``y`` over ``x``, or over the order of the trials.

    ``trials`` has ``number``, ``status``, ``score`` and the columns of the axes. The colour is the
    trial's rank among those with a score (1 is the best, equals share the mean), which tells good
    from bad where scores lie close together. A click changes the selection
    :data:`PICKED`.
    """
    found = score_points(trials, objective, picked)
    scores = pd.to_numeric(trials.set_index("number")["score"])
    ranks = scores.rank(ascending=objective.direction == "min")
    points = found.points.assign(
        rank=found.points["trial"].map(ranks),
        x=found.points["trial"] if x is None else standing(found.rows, x),
        y=standing(found.rows, y),
        x_value="" if x is None else value_texts(found.rows, x),
        y_value=value_texts(found.rows, y),
    )
    scored = int(ranks.notna().sum())
    view = pd.DataFrame(
        {"rank": [1, max(scored, 2)], "trial": [0.5, float(trials["number"].max()) + 0.5]}
        if len(trials)
        else {"rank": [1, 2], "trial": [0.5, 1.5]}
    )
    aside = tuple(
        axis is not None and len(found.rows) > 0 and not uses_all(found.rows, axis)
        for axis in (x, y)
    )
    return Chart(
        _specification(x, y, aside, objective, dark, height), {"view": view, "points": points}
    )


@lru_cache(TEMPLATES)
def _specification(
    x: Axis | None,
    y: Axis,
    aside: tuple[bool, ...],
    objective: Objective,
    dark: bool,
    height: int,
) -> str:
    colours = theme(dark)
    colour = alt.Color(
        "rank:Q",
        scale=alt.Scale(
            domain=data_domain("view", "rank"), range=list(colours.ramp[::-1]), clamp=True
        ),
        legend=_legend(),
    )
    along = place_y("y", y, aside=aside[1], pixels=height - 80)
    across: Any = alt.X(
        "x:Q",
        title="trial",
        scale=alt.Scale(domain=data_domain("view", "trial"), nice=False, zero=False, padding=8),
        axis=alt.Axis(tickMinStep=1, format="d", grid=False),
    )
    tooltip = [
        alt.Tooltip("trial:Q", title="trial"),
        alt.Tooltip("rank:Q", title="rank"),
        alt.Tooltip("text:N", title=objective.label),
        alt.Tooltip("y_value:N", title=y.label),
    ]
    if x is not None:
        across = place_x("x", x, aside=aside[0], pixels=560)
        tooltip.append(alt.Tooltip("x_value:N", title=x.label))
    marks = dots(
        named("points").encode(x=across, y=along),
        alt.condition("datum.lost", alt.value(colours.bad), colour),
        colours,
        tooltip,
    )
    view = named("view").mark_point(opacity=0, tooltip=None)
    chart = alt.layer(view, marks)
    description = (
        f"{y.label} of each trial over {x.label if x else 'their order'}; colour is its "
        f"rank by {objective.label}."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _legend() -> alt.Legend:
    legend = gradient_legend("rank (1 is the best)")
    legend.tickMinStep = 1
    legend.format = "d"
    return legend
