"""Learning curves side by side, one small chart for each value of a hyperparameter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.axes import Axis, positions
from tuning_core.charts.parts.chart import (
    TEMPLATES,
    Chart,
    data_domain,
    named,
    specification,
    trial_clicks,
)
from tuning_core.charts.parts.labels import metric_title, number_text, title_lines
from tuning_core.charts.parts.shaping import MAX_POINTS, clipped, stride
from tuning_core.charts.parts.theme import theme
from tuning_core.charts.study.curve_points import (
    curve_points,
    of_unseen,
    thinned_curves,
    view_ends,
)

MOST_GROUPS = 6
"""Values that get a chart each; more are put together into parts of the axis."""

PARTS = 4
"""Equal parts of an axis of numbers that has more values."""

AROUND = 60
"""Pixels of a chart's height that its axis takes from the plot."""


@dataclass(frozen=True)
class CurveGroup:
    """The trials with one value of a hyperparameter.

    ``trials`` are all of them, best first; ``shown`` those whose curves are drawn.
    """

    value: str
    trials: tuple[int, ...]
    shown: tuple[int, ...]


def curve_groups(
    trials: pd.DataFrame, axis: Axis, objective: Objective, most: int = 12
) -> list[CurveGroup]:
    """The trials of every value of ``axis``, in the order of the axis.

    ``trials`` has ``number``, ``score`` and the axis' column. Numbers with more than
    :data:`MOST_GROUPS` values are put together by equal parts of the axis' own scale; trials that
    do not use the hyperparameter come last. Of a group at most ``most`` trials are shown, spread
    evenly from its best to its worst, so that a group is not judged by its lucky ones.
    """
    scored = trials[trials["score"].notna()]
    if axis.name not in scored or scored.empty:
        return []
    places = pd.Series(positions(scored, axis), scored.index, dtype="float64")
    values = scored[axis.name]
    if places.nunique() > MOST_GROUPS and not axis.categories:
        # The end of the axis belongs to the last part.
        keys = (places * PARTS).clip(upper=PARTS - 0.5).floordiv(1)
    else:
        keys = places
    order = scored["score"].rank(ascending=objective.direction == "min", method="first")
    groups = []
    for key in sorted(keys.dropna().unique()):
        groups.append(_group(scored[keys == key], order, _name(values[keys == key], axis), most))
    if places.isna().any():
        groups.append(_group(scored[places.isna()], order, "not used", most))
    return groups


def curve_panels(
    epochs: pd.DataFrame,
    metric: str,
    groups: Sequence[CurveGroup],
    *,
    lower: bool = False,
    picked: Collection[int] = (),
    last_epoch: int | None = None,
    dark: bool = False,
    height: int = 220,
) -> list[Chart]:
    """A chart per group with its validation curves and, thick, their median; all share their axes.

    ``epochs`` has ``trial``, ``execution``, ``epoch`` and a column per metric. A median ends where
    fewer than half of the curves go on, because those that do are not like the others. A click
    changes the selection :data:`PICKED`.
    """
    shown = [number for group in groups for number in group.shown]
    points = of_unseen(curve_points(epochs, metric, shown)).reset_index(drop=True)
    chosen = [number for number in picked if number in shown]
    view = view_ends(points, chosen, lower=lower, log=False, last_epoch=last_epoch)
    low, high = view["value"]
    points["drawn"] = clipped(points["value"], (low - (high - low), high + (high - low)))
    points["picked"] = points["trial"].isin(chosen)
    points = points.sort_values(["picked", "trial", "epoch"], ignore_index=True)
    budget = MAX_POINTS // max(len(groups), 1)
    charts = []
    for group in groups:
        own = points[points["trial"].isin(group.shown)]
        lines = thinned_curves(own, budget)
        lines = lines.assign(
            text=pd.Series(
                [number_text(value) for value in lines["value"]], lines.index, dtype="str"
            )
        )
        charts.append(
            Chart(
                _specification(metric, dark, height),
                {"view": view, "lines": lines, "median": median_curve(own)},
            )
        )
    return charts


def median_curve(points: pd.DataFrame) -> pd.DataFrame:
    """``epoch`` and ``drawn``, the median of the trials that have the epoch, while half do."""
    epochs = points.groupby("epoch")["drawn"].agg(["median", "count"]).reset_index()
    kept = epochs[2 * epochs["count"] >= points["trial"].nunique()]
    step = stride(len(kept), MAX_POINTS // (2 * MOST_GROUPS))
    return kept.iloc[::step].rename(columns={"median": "drawn"})[["epoch", "drawn"]]


def _group(rows: pd.DataFrame, order: pd.Series, value: str, most: int) -> CurveGroup:
    numbers = rows["number"].iloc[np.argsort(order[rows.index].to_numpy())].astype(int).tolist()
    evenly = np.linspace(0, len(numbers) - 1, min(most, len(numbers))).round().astype(int)
    return CurveGroup(value, tuple(numbers), tuple(numbers[place] for place in evenly))


def _name(values: pd.Series, axis: Axis) -> str:
    """One value, or the smallest and the largest of several."""
    if axis.kind == "boolean":
        return number_text(bool(values.iloc[0]))
    if axis.categories or values.nunique() == 1:
        return number_text(values.iloc[0])
    return f"{number_text(values.min(), 2)} to {number_text(values.max(), 2)}"


@lru_cache(TEMPLATES)
def _specification(metric: str, dark: bool, height: int) -> str:
    colours = theme(dark)
    title = metric_title(metric)
    x = alt.X(
        "epoch:Q",
        title="epoch",
        scale=alt.Scale(domain=data_domain("view", "epoch"), nice=False, zero=False, padding=6),
        axis=alt.Axis(tickMinStep=1, format="d", grid=False),
    )
    y = alt.Y(
        "drawn:Q",
        title=title_lines(title, height - AROUND),
        scale=alt.Scale(domain=data_domain("view", "value"), nice=False, zero=False, padding=8),
        axis=alt.Axis(tickCount=4, format="~r"),
    )
    lines = (
        named("lines")
        .mark_line(clip=True, tooltip=None)
        .encode(
            x=x,
            y=y,
            detail="trial:N",
            color=alt.condition(
                "datum.picked", alt.value(colours.series[1]), alt.value(colours.soft)
            ),
            opacity=alt.condition("datum.picked", alt.value(1), alt.value(0.6)),
            strokeWidth=alt.condition("datum.picked", alt.value(3), alt.value(1.2)),
        )
    )
    median = (
        named("median")
        .mark_line(clip=True, color=colours.accent, strokeWidth=3, tooltip=None)
        .encode(x=x, y=y)
    )
    targets = (
        named("lines")
        .mark_point(filled=True, clip=True, cursor="pointer", opacity=0, size=110)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("trial:Q", title="trial"),
                alt.Tooltip("epoch:Q", title="epoch"),
                alt.Tooltip("text:N", title=title),
            ],
        )
        .add_params(trial_clicks())
    )
    view = named("view").mark_point(opacity=0, tooltip=None)
    chart = alt.layer(view, lines, median, targets)
    description = (
        f"{metric_title(metric)} over the epochs of the trials of one value, and their median."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)
