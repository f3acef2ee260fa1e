"""A round of Hyperband as a ranking: who went on, and over whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.score_points import dots, score_points, score_y
from tuning_core.charts.parts.theme import theme

WENT_ON, STAYED = "goes on", "passed over"
AROUND = 90


def round_ranking(
    trials: pd.DataFrame,
    parent: int,
    promoted: Sequence[int],
    passed: Sequence[int],
    objective: Objective,
    *,
    picked: Collection[int] = (),
    dark: bool = False,
    height: int = 280,
) -> Chart:
    """The trials of a round by their rank, the best first; ``parent``, whose promotion this is,
    is large. A line parts those that go on from those ``passed`` over, both best first.

    ``trials`` has ``number``, ``status`` and ``score``. A click changes the selection
    :data:`~tuning_core.charts.parts.picked.PICKED`.
    """
    order = [*promoted, *passed]
    found = score_points(trials[trials["number"].isin(order)], objective, picked, keep=order)
    places = {number: place for place, number in enumerate(order, start=1)}
    on = {*promoted}
    points = found.points.assign(
        rank=found.points["trial"].map(places),
        part=[WENT_ON if number in on else STAYED for number in found.points["trial"]],
        bold=found.points["trial"] == parent,
    )
    view = found.view.assign(rank=[0.4, len(order) + 0.6])
    limit = pd.DataFrame({"rank": [len(promoted) + 0.5]})
    return Chart(
        _specification(objective, dark, height), {"view": view, "points": points, "limit": limit}
    )


@lru_cache(TEMPLATES)
def _specification(objective: Objective, dark: bool, height: int) -> str:
    colours = theme(dark)
    y = score_y("drawn", objective, height - AROUND)
    x = alt.X(
        "rank:Q",
        title="rank in the round",
        scale=alt.Scale(domain=data_domain("view", "rank"), nice=False, zero=False),
        axis=alt.Axis(tickMinStep=1, format="d", grid=False),
    )
    colour = alt.Color(
        "part:N",
        scale=alt.Scale(domain=[WENT_ON, STAYED], range=[colours.accent, colours.soft]),
        legend=alt.Legend(orient="top", direction="horizontal", title=None),
    )
    tooltip = [
        alt.Tooltip("trial:Q", title="trial"),
        alt.Tooltip("rank:Q", title="rank"),
        alt.Tooltip("text:N", title=objective.label),
        alt.Tooltip("part:N", title="and then"),
    ]
    view = named("view").mark_point(opacity=0, tooltip=None).encode(y=y)
    marks = dots(named("points").encode(x=x, y=y), colour, colours, tooltip)
    limit = (
        named("limit")
        .mark_rule(strokeWidth=2, strokeDash=[5, 4], color=colours.series[1], tooltip=None)
        .encode(x=x)
    )
    description = (
        f"{objective.label} of the trials of a round by their rank, and which of them went on."
    )
    return specification(
        alt.layer(view, limit, marks).properties(height=height, width="container"),
        colours,
        description,
    )
