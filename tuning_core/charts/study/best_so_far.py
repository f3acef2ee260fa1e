"""Best so far: every trial's score as a point and the best score up to it as steps."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import (
    TEMPLATES,
    Chart,
    data_domain,
    named,
    specification,
    trial_clicks,
)
from tuning_core.charts.parts.labels import metric_title, time_unit, title_lines
from tuning_core.charts.parts.reference_lines import (
    FRAME,
    References,
    reference_marks,
    shown_references,
)
from tuning_core.charts.parts.score_points import (
    BEYOND,
    CROSS,
    CUT,
    ENDINGS,
    FAILED,
    RECORD,
    TRAINED,
    progress_points,
    spelled,
)
from tuning_core.charts.parts.shaping import MAX_POINTS, ended, thinned
from tuning_core.charts.parts.theme import TITLE_SIZE, Theme, theme

AROUND = 80
"""Pixels of a chart's height that its legend and its axis take from the plot."""

Spent = Literal["trials", "epochs", "seconds"]
"""What the x axis of a search can count."""

TRIAL, EPOCHS = "trial", "epochs trained"

SHAPES = {
    RECORD: "circle",
    TRAINED: "circle",
    CUT: "diamond",
    FAILED: CROSS,
}
"""Symbols of the endings, told apart without colour; the last is a cross, and a score off the scale
points to where it lies."""


def best_so_far(
    trials: pd.DataFrame,
    objective: Objective,
    *,
    against: Spent = "trials",
    picked: Collection[int] = (),
    dark: bool = False,
    height: int = 300,
    references: References = (),
) -> Chart:
    """Scores of all ended trials and the steps of the best one.

    The x axis counts what was spent until a trial ended: ``trials``, or the ``epochs`` or
    ``seconds`` of all trials up to it, for which ``trials`` needs a column of that name.

    ``trials`` has ``number``, ``status``, ``score`` and, for the tooltip, ``seconds``. Trials
    without a score are crosses at the bad end of the axis; scores far worse than all others are
    triangles there, with the true value in the tooltip. ``picked`` trials are large and ringed.
    A click on a point changes the selection :data:`PICKED`.
    ``references`` are lines at the scores of plain models. Without an ended trial the picture is
    blank.
    """
    points = progress_points(trials, objective, picked)
    present = tuple(ending for ending in ENDINGS if (points["ending"] == ending).any())
    steps = best_steps(points)
    title = TRIAL
    if against != "trials":
        spent = spent_until(trials, against)
        size, unit = time_unit(max(spent, default=0.0)) if against == "seconds" else (1.0, "")
        title = f"time spent on trials ({unit})" if unit else EPOCHS
        spent = [amount / size for amount in spent]
        points["at"] = pd.Series(spent, points.index, dtype="float64")
        steps["at"] = steps["trial"].map(points.set_index("trial")["at"])
        # The last step ends a little behind the last trial, as it does on the axis of trials.
        steps["at"] = steps["at"].fillna(max(spent, default=0.0) * 1.02)
    view = view_ends(points, steps)
    low, high = view["score"]
    lines = shown_references(references if present else (), low, high, objective.direction)
    view["score"] = [min([low, *lines["score"]]), max([high, *lines["score"]])]
    return Chart(
        _specification(objective, present, title, dark, height, bool(len(lines))),
        {
            "view": view,
            **({FRAME: lines} if len(lines) else {}),
            "points": spelled(thinned_points(points)),
            "steps": steps,
            "best": spelled(points[points["ending"] == RECORD].tail(1)),
        },
    )


def best_steps(points: pd.DataFrame) -> pd.DataFrame:
    """``trial``, ``at`` and ``best`` where the best changes, and half a trial past the last one.

    Without that half the step of a record that is the last trial would have no tread.
    """
    known = points[points["best"].notna()]
    if known.empty:
        return known[["trial", "best"]].assign(at=known["trial"])
    changes = known.loc[known["ending"] == RECORD, ["trial", "best"]].astype("float64")
    end = (
        known[["trial", "best"]].tail(1).astype("float64").assign(trial=lambda f: f["trial"] + 0.5)
    )
    steps = pd.concat([changes, end], ignore_index=True)
    return steps.assign(at=steps["trial"])


def spent_until(trials: pd.DataFrame, column: str) -> list[float]:
    """What all ended trials up to each took, in the order of their numbers."""
    amounts = ended(trials).sort_values("number")[column]
    return list(pd.to_numeric(amounts).astype("float64").fillna(0.0).cumsum().tolist())


def view_ends(points: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Two rows with the ends of both axes: ``at`` and ``score``."""
    spots = pd.concat([points["at"], steps["at"]]).astype("float64")
    first, last = (spots.min(), spots.max()) if len(spots) else (1.0, 1.0)
    low, high = (points["drawn"].min(), points["drawn"].max()) if len(points) else (0.0, 1.0)
    if first == last:
        first, last = first - 0.5, last + 0.5
    if low == high:
        low, high = low - (abs(low) or 1.0) * 0.01, high + (abs(high) or 1.0) * 0.01
    return pd.DataFrame({"at": [first, last], "score": [low, high]})


def thinned_points(points: pd.DataFrame, budget: int = MAX_POINTS) -> pd.DataFrame:
    """At most about ``budget`` points; the records and the picked ones stay."""
    return thinned(points, (points["ending"] == RECORD) | points["picked"], budget)


@lru_cache(TEMPLATES)
def _specification(
    objective: Objective,
    present: tuple[str, ...],
    x_title: str,
    dark: bool,
    height: int,
    references: bool,
) -> str:
    """``present`` are the endings that the legend explains; ``references``: are there any."""
    colours = theme(dark)
    up = objective.direction == "max"
    title = metric_title(objective.metric, objective.label)
    x = _x(x_title, bool(present))
    scale = alt.Scale(domain=data_domain("view", "score"), nice=False, zero=False, padding=24)
    scored = bool({*present} - {FAILED})
    axis = alt.Axis(tickCount=5, format="~r", labels=scored) if present else None
    lines = title_lines(title, height - AROUND)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=lines, scale=scale, axis=axis)

    steps = (
        named("steps")
        .mark_line(interpolate="step-after", color=colours.accent, strokeWidth=3, tooltip=None)
        .encode(x=x, y=y("best"))
    )
    marks = _marks(named("points").encode(x=x, y=y("drawn")), present, objective, colours)
    best = (
        named("best")
        .mark_text(
            dy=-15 if up else 17,
            fontSize=TITLE_SIZE,
            fontWeight=600,
            color=colours.accent,
            tooltip=None,
        )
        .encode(x=x, y=y("drawn"), text="text:N")
    )
    view = named("view").mark_point(opacity=0, tooltip=None).encode(x=x, y=y("score"))
    lines_of_models = reference_marks(y("score"), colours) if references else []
    chart = alt.layer(view, *lines_of_models, steps, marks, best)
    description = (
        f"{objective.label} of each ended trial over {x_title}, and the steps of the best so far"
        f"{', with the scores of plain models as dashed lines' if references else ''}."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _x(x_title: str, present: bool) -> alt.X:
    """The axis of trials, of epochs or of time; none in a blank picture."""
    whole = x_title == TRIAL
    return alt.X(
        "at:Q",
        title=x_title,
        scale=alt.Scale(domain=data_domain("view", "at"), nice=False, zero=False, padding=16),
        axis=alt.Axis(
            tickMinStep=1 if whole else alt.Undefined,
            format="d" if whole else "~s" if x_title == EPOCHS else "~r",
            grid=False,
            # Half a trial is no trial.
            labelExpr="datum.value === floor(datum.value) && datum.value > 0 ? datum.label : ''"
            if whole
            else alt.Undefined,
        )
        if present
        else None,
    )


def _marks(base: Any, present: tuple[str, ...], objective: Objective, colours: Theme) -> Any:
    """A point for each trial, its colour and shape by how it ended."""
    beyond = "triangle-down" if objective.direction == "max" else "triangle-up"
    shapes = SHAPES | {BEYOND: beyond}
    paint = {RECORD: colours.accent, FAILED: colours.bad}
    legend = alt.Legend(orient="top", symbolSize=110, symbolStrokeWidth=0, columnPadding=14)
    return (
        base.mark_point(filled=True, opacity=1, cursor="pointer")
        .encode(
            color=alt.Color(
                "ending:N",
                title=None,
                scale=alt.Scale(
                    domain=list(present),
                    range=[paint.get(ending, colours.soft) for ending in present],
                ),
                legend=legend,
            ),
            shape=alt.Shape(
                "ending:N",
                title=None,
                scale=alt.Scale(domain=list(present), range=[shapes[ending] for ending in present]),
                legend=legend,
            ),
            stroke=alt.value(colours.text),
            strokeWidth=alt.condition("datum.picked", alt.value(2.5), alt.value(0)),
            size=alt.condition("datum.picked", alt.value(190), alt.value(85)),
            tooltip=[
                alt.Tooltip("trial:Q", title="trial"),
                alt.Tooltip("status:N", title="status"),
                alt.Tooltip("text:N", title=objective.label),
                alt.Tooltip("time:N", title="time"),
            ],
        )
        .add_params(trial_clicks())
    )
