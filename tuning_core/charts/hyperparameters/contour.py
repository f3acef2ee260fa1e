"""Contour: the score over two hyperparameters, and the trials that it was seen from."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from tuning_core.catalog import Objective
from tuning_core.charts.parts.axes import Axis, positions, value_texts
from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import metric_title
from tuning_core.charts.parts.place_axis import place_x, place_y, standing, uses_all
from tuning_core.charts.parts.score_points import score_colour, score_marks, score_points
from tuning_core.charts.parts.shaping import clipped, ended, good_limits
from tuning_core.charts.parts.theme import theme

MOST_CELLS = 1024
"""Cells of a field: one for each category, so many along an axis of numbers that all are used."""

FINEST = 96
"""Cells along an axis of numbers, at the most."""

MOST_CATEGORIES = 32
"""Categories of which the field still shows each: more cells would be too narrow to see."""

REACH = 0.7
"""How far a trial's score is felt, as a share of the distance that trials would keep if they were
spread evenly over an axis."""

SEEN = 0.12
"""Cells with less than this share of what one trial weighs at its own place stay empty."""


def contour(
    trials: pd.DataFrame,
    x: Axis,
    y: Axis,
    objective: Objective,
    *,
    picked: Collection[int] = (),
    dark: bool = False,
    height: int = 420,
) -> Chart:
    """The mean score near each spot of two axes as colour, and every trial as a point.

    ``trials`` has ``number``, ``status``, ``score`` and the columns of both axes. Spots far from
    any trial stay empty; trials that do not use a hyperparameter stand beside its axis. A click
    changes the selection :data:`PICKED`.
    """
    x, y = _few_values(x), _few_values(y)
    found = score_points(trials, objective, picked)
    points = found.points.assign(
        x=standing(found.rows, x),
        y=standing(found.rows, y),
        x_value=value_texts(found.rows, x),
        y_value=value_texts(found.rows, y),
    )
    aside = tuple(len(found.rows) > 0 and not uses_all(found.rows, axis) for axis in (x, y))
    return Chart(
        _specification(x, y, aside, objective, dark, height),
        {"view": found.view, "field": score_field(trials, x, y, objective), "points": points},
    )


def score_field(trials: pd.DataFrame, x: Axis, y: Axis, objective: Objective) -> pd.DataFrame:
    """The cells with trials near them: ``x``, ``x_end``, ``y``, ``y_end`` and ``score``.

    The score of a cell is the mean of the trials around it, weighted by a Gaussian of their
    distance on the axes' own scales (Nadaraya and Watson 1964); a category has no neighbours.
    ``near`` is the weight of the trials that a cell rests on.
    """
    over = ended(trials)
    scores = pd.to_numeric(over["score"]).astype("float64")
    scores = clipped(scores, good_limits(scores, up=objective.direction == "max"))
    places = [pd.Series(positions(over, axis), over.index, dtype="float64") for axis in (x, y)]
    used = scores.notna() & places[0].notna() & places[1].notna()
    counts = _cells(x, y)
    spots = [
        np.minimum((place[used].to_numpy() * count).astype(int), count - 1)
        for place, count in zip(places, counts, strict=True)
    ]
    weights, sums = np.zeros(counts), np.zeros(counts)
    np.add.at(weights, (spots[0], spots[1]), 1.0)
    np.add.at(sums, (spots[0], spots[1]), scores[used].to_numpy())
    peak = 1.0
    numbers = sum(not axis.categories for axis in (x, y))
    # Trials of one category tell nothing of the others.
    each = used.sum() / np.prod([len(axis.categories) or 1 for axis in (x, y)])
    for index, axis in enumerate((x, y)):
        if not axis.categories:
            sigma = counts[index] * _reach(each, numbers)
            weights = gaussian_filter1d(weights, sigma, index, mode="constant")
            sums = gaussian_filter1d(sums, sigma, index, mode="constant")
            peak /= sigma * np.sqrt(2 * np.pi)
    columns, rows = np.nonzero(weights >= SEEN * peak)
    near = weights[columns, rows]
    return pd.DataFrame(
        {
            "x": columns / counts[0],
            "x_end": _ends(columns, counts[0], x),
            "y": rows / counts[1],
            "y_end": _ends(rows, counts[1], y),
            "score": sums[columns, rows] / near,
            "near": near / peak,
        }
    )


def _few_values(axis: Axis) -> Axis:
    """An axis of a few whole numbers as one of categories: a strip of the field for each."""
    if axis.categories or not axis.discrete:
        return axis
    return replace(axis, choices=tuple(range(int(axis.low), int(axis.high) + 1)))


def _cells(x: Axis, y: Axis) -> list[int]:
    """How many cells the field has along either axis."""
    own = [min(len(axis.categories), MOST_CATEGORIES) for axis in (x, y)]
    share = math.isqrt(MOST_CELLS) if not any(own) else MOST_CELLS // max(own)
    return [count or min(share, FINEST) for count in own]


def _ends(cells: np.ndarray, count: int, axis: Axis) -> np.ndarray:
    """Where cells end.

    On an axis of numbers they reach under the next, so that no hairline shows between them.
    """
    return np.minimum((cells + (1.0 if axis.categories else 1.2)) / count, 1.0)


def _reach(trials: float, numbers: int) -> float:
    """The width of the Gaussian as a share of an axis: the more trials, the finer the picture."""
    return min(0.16, max(0.03, REACH * max(trials, 1.0) ** (-1 / max(numbers, 1))))


@lru_cache(TEMPLATES)
def _specification(
    x: Axis, y: Axis, aside: tuple[bool, ...], objective: Objective, dark: bool, height: int
) -> str:
    colours = theme(dark)
    across = place_x("x", x, aside=aside[0], pixels=560, grid=False)
    along = place_y("y", y, aside=aside[1], pixels=height - 80, grid=False)
    field = (
        named("field")
        .mark_rect(tooltip=None, strokeWidth=0)
        .encode(
            x=across,
            x2="x_end:Q",
            y=along,
            y2="y_end:Q",
            # Not by opacity: that would show the seams between the cells.
            color=score_colour(objective, colours, pale=0.3),
        )
    )
    marks = score_marks(
        named("points").encode(x=across, y=along),
        objective,
        colours,
        [
            alt.Tooltip("x_value:N", title=x.label),
            alt.Tooltip("y_value:N", title=y.label),
        ],
        legend=metric_title(objective.metric, objective.label),
    )
    # The ends of the colours come from here, whatever else is drawn.
    view = named("view").mark_point(opacity=0, tooltip=None)
    chart = alt.layer(view, field, marks).resolve_scale(color="independent")
    description = (
        f"Mean {objective.label} as colour over {x.label} and {y.label}; a point for each trial."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)
