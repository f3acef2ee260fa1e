"""The trials before an explained one by their part in it: over a hyperparameter, or ranked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.catalog.explanation import Profile
from tuning_core.charts.parts.axes import Axis, value_texts
from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.labels import title_lines
from tuning_core.charts.parts.place_axis import place_x, standing, uses_all
from tuning_core.charts.parts.score_points import dots, score_points, score_y
from tuning_core.charts.parts.theme import Theme, theme

PARTS: dict[str, str] = {
    "parent": "parent",
    "population": "could be a parent",
    "good": "the range is around these",
    "same": "same sweep",
    "other": "earlier trial",
}
"""What the roles of an explanation are called, the strongest first."""

Upwards = Literal["trial", "score"]
PLACE_AROUND = 60


def place_slice(
    trials: pd.DataFrame,
    explained: int,
    profile: Profile,
    axis: Axis,
    objective: Objective,
    roles: Mapping[str, Sequence[int]],
    *,
    upwards: Upwards = "trial",
    picked: Collection[int] = (),
    dark: bool = False,
    height: int = 220,
) -> Chart:
    """The trials before ``explained`` over the values of ``axis``, in the order in which they came.

    Or by score, then without those that have none. A line stands at the explained trial's value.
    ``trials`` has ``number``, ``status``, ``score`` and the column of the axis. A click changes the
    selection :data:`PICKED`.
    """
    before = trials[trials["number"] < explained]
    marked = [number for numbers in roles.values() for number in numbers]
    found = score_points(before, objective, picked, keep=marked)
    part = {number: role for role in reversed([*PARTS]) for number in roles.get(role, ())}
    points = found.points.assign(
        place=standing(found.rows, axis),
        value=value_texts(found.rows, axis),
        part=[PARTS[part.get(number, "other")] for number in found.points["trial"]],
        bold=[number in part for number in found.points["trial"]],
        up=found.points["trial"] if upwards == "trial" else found.points["drawn"],
    )
    if upwards == "score":
        points = points[~points["lost"]]
    aside = len(found.rows) > 0 and not uses_all(found.rows, axis)
    ends = [0.5, explained + 0.5] if upwards == "trial" else found.view["drawn"].tolist()
    return Chart(
        _place_specification(axis, objective, aside, tuple(sorted(roles)), upwards, dark, height),
        {
            "view": pd.DataFrame({"up": ends}),
            "spans": _spans(profile, axis),
            "points": points.sort_values("bold", kind="stable"),
            "chosen": _chosen(profile, axis, explained),
        },
    )


def _spans(profile: Profile, axis: Axis) -> pd.DataFrame:
    """The parts of the axis that the trial was drawn from."""
    half = 0.5 / len(axis.categories) if axis.categories else 0.0
    ends = [(axis.position(low), axis.position(high)) for low, high in profile.spans]
    return pd.DataFrame(
        {
            "from": pd.Series([(low or 0.0) - half for low, _ in ends], dtype="float64"),
            "to": pd.Series([(high or 0.0) + half for _, high in ends], dtype="float64"),
        }
    )


def _chosen(profile: Profile, axis: Axis, explained: int) -> pd.DataFrame:
    values = pd.DataFrame({axis.name: pd.Series([profile.value], dtype="object")})
    place = axis.position(profile.value) if profile.value is not None else None
    shown = values if place is not None else values.iloc[:0]
    return pd.DataFrame(
        {
            "place": pd.Series([place] * len(shown), dtype="float64"),
            "value": value_texts(shown, axis),
            "trial": pd.Series([explained] * len(shown), dtype="int64"),
        }
    )


@lru_cache(TEMPLATES)
def _place_specification(
    axis: Axis,
    objective: Objective,
    aside: bool,
    roles: tuple[str, ...],
    upwards: Upwards,
    dark: bool,
    height: int,
) -> str:
    colours = theme(dark)
    order = upwards == "trial"
    y = alt.Y(
        "up:Q",
        title="trial" if order else title_lines(objective.label, height - PLACE_AROUND),
        scale=alt.Scale(domain=data_domain("view", "up"), nice=False, zero=False, padding=6),
        axis=alt.Axis(tickCount=5, tickMinStep=1, format="d", grid=False)
        if order
        else alt.Axis(tickCount=5, format="~r"),
    )
    x = place_x("place", axis, aside=aside)
    tooltip = [
        alt.Tooltip("trial:Q", title="trial"),
        alt.Tooltip("text:N", title=objective.label),
        alt.Tooltip("value:N", title=axis.label),
        alt.Tooltip("part:N", title="part"),
    ]
    view = named("view").mark_point(opacity=0, tooltip=None).encode(y=y)
    spans = (
        named("spans")
        .mark_rect(opacity=0.13, color=colours.accent, tooltip=None)
        .encode(x=place_x("from", axis, aside=aside), x2="to:Q")
    )
    marks = dots(named("points").encode(x=x, y=y), _colour(roles, colours), colours, tooltip)
    rule = (
        named("chosen")
        .mark_rule(strokeWidth=2.5, color=colours.series[1])
        .encode(x=x, tooltip=[tooltip[0], tooltip[2]])
    )
    chart = alt.layer(view, spans, rule, marks)
    description = (
        f"{objective.label} of the trials over {axis.label}, in the colours of their "
        "parts in the choice."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _colour(roles: tuple[str, ...], colours: Theme) -> Any:
    paint = {"parent": colours.accent, "population": colours.series[5]}
    names = [role for role in PARTS if role in roles]
    domain = [PARTS[name] for name in [*names, "other"]]
    scale = alt.Scale(
        domain=domain, range=[*(paint.get(name, colours.accent) for name in names), colours.soft]
    )
    return alt.Color("part:N", scale=scale, legend=None)


WENT_ON, STAYED = "goes on", "passed over"
ROUND_AROUND = 90


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
    """The trials of a round by their rank; ``parent``, which was promoted, is large.

    The best are first. A line parts those that go on from those ``passed`` over, both best first.
    ``trials`` has ``number``, ``status`` and ``score``. A click changes the selection
    :data:`PICKED`.
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
        _round_specification(objective, dark, height),
        {"view": view, "points": points, "limit": limit},
    )


@lru_cache(TEMPLATES)
def _round_specification(objective: Objective, dark: bool, height: int) -> str:
    colours = theme(dark)
    y = score_y("drawn", objective, height - ROUND_AROUND)
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
