"""Brackets: the rounds of Hyperband, who went on to more epochs and who was passed over."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.score_points import dots, score_points, score_y
from tuning_core.charts.parts.theme import TITLE_SIZE, Theme, theme

BETWEEN = 0.6
"""Room between two brackets, in distances of rounds."""

BREADTH = 0.34
"""How far trials of one round stand apart, in distances of rounds."""

PROMOTED, PASSED, FINAL, WAITING = "promoted", "passed over", "last round", "undecided"
FATES = (PROMOTED, FINAL, PASSED, WAITING)
"""What became of a trial, in the words of the legend."""

MOST_ROUNDS = 24
"""Rounds that fit beside one another."""

AROUND = 90
"""Pixels of a chart's height that legend and axis take from the plot."""


def brackets(
    trials: pd.DataFrame,
    objective: Objective,
    *,
    picked: Collection[int] = (),
    dark: bool = False,
    height: int = 360,
) -> Chart:
    """The trials of every round beside one another, and a line from each parent to its child.

    ``trials`` has ``number``, ``status``, ``score``, ``parent``, ``bracket``, ``round`` and
    ``target`` (the epochs up to which a round trains); rows without a bracket are left out, so
    that other strategies give an empty picture. A click changes the selection
    :data:`PICKED`.
    """
    placed = bracket_places(trials)
    linked = placed["fate"].isin([PROMOTED]) | placed["parent"].notna()
    found = score_points(placed, objective, picked, keep=placed.loc[linked, "number"].tolist())
    points = found.points.assign(
        x=found.rows["x"],
        fate=found.rows["fate"],
        words=_words(found.rows),
        epochs=found.rows["target"],
    )
    ends = points[["trial", "x", "drawn"]]
    links = points.assign(parent=found.rows["parent"])[["trial", "parent", "x", "drawn"]]
    links = links.dropna(subset=["parent"]).merge(
        ends.rename(columns={"trial": "parent", "x": "from_x", "drawn": "from_drawn"}), on="parent"
    )
    rounds = placed.groupby("column", as_index=False).agg(
        x=("middle", "first"), epochs=("target", "max"), run=("run", "first")
    )
    ticks = tuple(zip(rounds["x"].tolist(), rounds["epochs"].tolist(), strict=True))
    heads = placed.groupby("run", as_index=False).agg(
        x=("middle", "mean"), low=("middle", "min"), high=("middle", "max"), of=("bracket", "first")
    )
    heads["x"] = (heads["low"] + heads["high"]) / 2
    heads["text"] = ("bracket " + heads["of"].astype("int64").astype("str")).astype("str")
    # Halfway between the last round of a bracket and the first of the next.
    borders = pd.DataFrame({"x": heads["low"].iloc[1:] - (1 + BETWEEN) / 2}, dtype="float64")
    present = tuple(fate for fate in FATES if (points["fate"] == fate).any())
    return Chart(
        _specification(ticks, present, objective, dark, height),
        {
            "view": found.view,
            "points": points,
            "links": links,
            "heads": heads[["x", "text"]],
            "borders": borders,
        },
    )


def bracket_places(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials of brackets with where they stand and what became of them.

    ``run`` counts the brackets in the order in which they began (a number comes back when
    Hyperband starts over), ``column`` counts the rounds of all of them, ``middle`` is a round's
    place, ``x`` the trial's own, ``fate`` one of :data:`FATES`, ``child`` the trial that continued
    it. Of more than :data:`MOST_ROUNDS` the newest brackets are there.
    """
    inside = trials[trials["bracket"].notna()].sort_values("number", ignore_index=True)
    first = inside["round"] == 0
    begun = inside.loc[first, "bracket"]
    runs = (begun != begun.shift()).cumsum()
    # Trials come in order, so a promotion belongs to the bracket of its parent.
    own = pd.Series(runs.to_numpy(), inside.loc[first, "number"]).to_dict()
    for number, parent in inside.loc[~first, ["number", "parent"]].itertuples(index=False):
        own[number] = own.get(parent, 0)
    inside["run"] = inside["number"].map(own).astype("int64")
    rounds = inside.groupby("run")["round"].nunique()[::-1].cumsum()
    newest = rounds.index[(rounds <= MOST_ROUNDS) | (rounds.index == rounds.index.max())]
    inside = inside[inside["run"].isin(newest)]
    inside = inside.sort_values(["run", "round", "number"], ignore_index=True)
    groups = inside.groupby(["run", "round"])
    inside["column"] = groups.ngroup()
    inside["middle"] = inside["column"] + BETWEEN * (inside["run"].rank(method="dense") - 1)
    shares = (groups.cumcount() + 0.5) / groups["number"].transform("size") - 0.5
    inside["x"] = inside["middle"] + 2 * BREADTH * shares
    children = inside.dropna(subset=["parent"]).set_index("parent")["number"]
    inside["child"] = inside["number"].map(children)
    last = inside["round"] >= inside["bracket"]
    # A round whose next one has trials has been ranked.
    ranked = inside.groupby(["run", "round"])["child"].transform("count") > 0
    inside["fate"] = np.select(
        [inside["child"].notna(), last, ranked], [PROMOTED, FINAL, PASSED], WAITING
    )
    return inside


def _words(rows: pd.DataFrame) -> pd.Series:
    """What became of each trial, for its tooltip."""
    texts = [
        f"went on as trial {child:.0f}" if fate == PROMOTED else str(fate)
        for fate, child in zip(rows["fate"], rows["child"], strict=True)
    ]
    return pd.Series(texts, rows.index, dtype="str")


@lru_cache(TEMPLATES)
def _specification(
    ticks: tuple[tuple[float, float], ...],
    present: tuple[str, ...],
    objective: Objective,
    dark: bool,
    height: int,
) -> str:
    colours = theme(dark)
    places = [place for place, _ in ticks]
    texts = [f"{epochs:.0f}" for _, epochs in ticks]
    scale = alt.Scale(
        domain=[min(places, default=0) - 0.5, max(places, default=0) + 0.5], nice=False
    )
    axis = alt.Axis(
        values=places,
        labelExpr=f"{json.dumps(texts)}[indexof({json.dumps(places)}, datum.value)]",
        grid=False,
        labelOverlap="greedy",
    )

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title="trained up to epoch", scale=scale, axis=axis)

    plot = height - AROUND
    y = score_y("drawn", objective, plot)
    links = (
        named("links")
        .mark_rule(color=colours.accent, strokeWidth=1.5, opacity=0.45, clip=True, tooltip=None)
        .encode(
            x=x("from_x"),
            x2="x:Q",
            y=score_y("from_drawn", objective, plot),
            y2="drawn:Q",
        )
    )
    marks = _marks(named("points").encode(x=x("x"), y=y), present, objective, colours)
    heads = (
        named("heads")
        .mark_text(
            baseline="bottom", fontSize=TITLE_SIZE, fontWeight=600, color=colours.text, tooltip=None
        )
        .encode(x=x("x"), y=alt.value(-6), text="text:N")
    )
    view = named("view").mark_point(opacity=0, tooltip=None)
    borders = (
        named("borders")
        .mark_rule(color=colours.muted, opacity=0.5, strokeDash=[3, 4], tooltip=None)
        .encode(x=x("x"))
    )
    chart = alt.layer(view, borders, links, marks, heads)
    description = (
        f"{objective.label} of the trials of each round of Hyperband, a line from each "
        "to its promotion."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _marks(base: Any, present: tuple[str, ...], objective: Objective, colours: Theme) -> Any:
    """A point for each trial in the colour of its fate."""
    paint = {
        PROMOTED: colours.accent,
        FINAL: colours.series[1],
        PASSED: colours.soft,
        WAITING: colours.series[5],
    }
    return dots(
        base,
        alt.Color(
            "fate:N",
            title=None,
            scale=alt.Scale(domain=list(present), range=[paint[fate] for fate in present]),
            # Between legend and picture stand the names of the brackets.
            legend=alt.Legend(orient="top", symbolType="circle", symbolSize=100, offset=30),
        ),
        colours,
        [
            alt.Tooltip("trial:Q", title="trial"),
            alt.Tooltip("words:N", title="outcome"),
            alt.Tooltip("text:N", title=objective.label),
            alt.Tooltip("epochs:Q", title="up to epoch"),
        ],
    )
