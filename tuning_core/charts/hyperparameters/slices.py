"""Slices: the score against one hyperparameter, one small chart for each."""

from __future__ import annotations

from functools import lru_cache

import altair as alt

from tuning_core.catalog import Objective
from tuning_core.charts.parts.axes import Axis, value_texts
from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.place_axis import place_x, standing, uses_all
from tuning_core.charts.parts.score_points import ScorePoints, score_marks, score_y
from tuning_core.charts.parts.theme import theme

AROUND = 60
"""Pixels of a chart's height that its axis takes from the plot."""


def score_slice(
    found: ScorePoints,
    axis: Axis,
    objective: Objective,
    *,
    dark: bool = False,
    height: int = 240,
) -> Chart:
    """Every trial of ``found`` at its value of ``axis`` and its score.

    A trial that did not use the hyperparameter stands left of the axis, one without a score is a
    cross at the bad end. The points are found once for all slices of a study, which thus have the
    same heights. A click changes the selection :data:`PICKED`.
    """
    points = found.points.assign(
        place=standing(found.rows, axis), value=value_texts(found.rows, axis)
    )
    aside = len(found.rows) > 0 and not uses_all(found.rows, axis)
    return Chart(
        _specification(axis, objective, aside, dark, height),
        {"view": found.view, "points": points},
    )


@lru_cache(TEMPLATES)
def _specification(axis: Axis, objective: Objective, aside: bool, dark: bool, height: int) -> str:
    colours = theme(dark)
    x = place_x("place", axis, aside=aside)
    view = (
        named("view")
        .mark_point(opacity=0, tooltip=None)
        .encode(y=score_y("drawn", objective, height - AROUND))
    )
    marks = score_marks(
        named("points").encode(x=x, y=score_y("drawn", objective, height - AROUND)),
        objective,
        colours,
        [alt.Tooltip("value:N", title=axis.label)],
    )
    chart = alt.layer(view, marks)
    description = f"{objective.label} over {axis.label}; a point for each trial."
    return specification(chart.properties(height=height, width="container"), colours, description)
