"""Brushes on parallel axes: where trials stand, and which lie inside every brush.

The picture and the filter take the places from here, so what a brush keeps on the screen is
what it keeps in the tables beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tuning_core.catalog import Objective, TrialStatus
from tuning_core.charts.parts.axes import Axis, nice_steps
from tuning_core.charts.parts.shaping import good_limits

SCORE = "score"
"""Column of the objective in the trials' frame, and the name of its axis."""

ENDED = [status.value for status in TrialStatus if status.ended]
"""Statuses of trials that will not run again."""

UNUSED = -0.1
"""Where a trial stands that has no value on an axis: a stub below it."""


def brush_name(axis: str) -> str:
    """Name of the selection that belongs to the axis of a column."""
    return f"brush_{axis}"


def brush_names(axes: Sequence[Axis]) -> list[str]:
    """Every brush of a chart: what Streamlit's ``selection_mode`` must list."""
    return [brush_name(axis.name) for axis in axes] + [brush_name(SCORE)]


def place_field(axis: str) -> str:
    """Column with a trial's place on an axis: what a brush on it compares."""
    return f"at_{axis}"


def score_axis(trials: pd.DataFrame, objective: Objective) -> Axis:
    """The axis of the objective, over the scores without far bad ones, ends rounded outwards."""
    scores = ended(trials)[SCORE]
    low, high = good_limits(scores, up=objective.direction == "max") or (0.0, 1.0)
    if low == high:
        margin = abs(low) * 0.01 or 0.01
        low, high = low - margin, high + margin
    steps = nice_steps(low, high)
    step = steps[1] - steps[0] if len(steps) > 1 else high - low
    low = float(f"{math.floor(low / step + 1e-9) * step:.12g}")
    high = float(f"{math.ceil(high / step - 1e-9) * step:.12g}")
    return Axis(SCORE, objective.label, "float", "linear", low, high)


def ended(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials that will not run again, in their own order."""
    return trials[trials["status"].isin(ENDED)]


def positions(trials: pd.DataFrame, axis: Axis) -> list[float | None]:
    """Each trial's share of the axis' height; None where it has no value."""
    if axis.name not in trials:
        return [None] * len(trials)
    return axis.positions(trials[axis.name])


def places(trials: pd.DataFrame, axes: Sequence[Axis], score: Axis) -> pd.DataFrame:
    """``number`` and one place per axis of every ended trial, in the trials' order.

    Places on a hyperparameter's axis are shares of its height; places on the score's axis are
    scores, so that a brush on it keeps its meaning when the axis grows.
    """
    over = ended(trials)
    span = score.high - score.low
    columns: dict[str, Any] = {"number": over["number"].astype("int64")}
    for axis in [*axes, score]:
        shares = [UNUSED if share is None else share for share in positions(over, axis)]
        if axis is score:
            shares = [score.low + share * span for share in shares]
        columns[place_field(axis.name)] = pd.Series(shares, over.index, dtype="float64")
    return pd.DataFrame(columns, over.index)


def brushed(selection: Mapping[str, Any], axes: Sequence[Axis]) -> bool:
    """Whether any axis is brushed."""
    return any(_interval(selection, name) for name in [*(axis.name for axis in axes), SCORE])


def brushed_trials(
    selection: Mapping[str, Any],
    trials: pd.DataFrame,
    axes: Sequence[Axis],
    objective: Objective,
) -> set[int]:
    """Numbers of the trials inside every brush; those of all ended trials when none is drawn.

    ``selection`` is what ``st.altair_chart`` gives under ``selection`` (and keeps in session
    state under the chart's key): ``{"brush_units": {"at_units": [0.2, 0.6]}, ...}``. Entries of
    axes that the study does not have are ignored.
    """
    used = [axis for axis in axes if _interval(selection, axis.name) is not None]
    standing = places(trials, used, score_axis(trials, objective))
    inside = pd.Series(True, standing.index)
    for name in [*(axis.name for axis in used), SCORE]:
        interval = _interval(selection, name)
        if interval is not None:
            inside &= standing[place_field(name)].between(*interval)
    return set(standing.loc[inside, "number"].tolist())


def _interval(selection: Mapping[str, Any], axis: str) -> tuple[float, float] | None:
    """The brushed interval of an axis, lower end first; None without a brush."""
    ends = (selection.get(brush_name(axis)) or {}).get(place_field(axis))
    if not ends or len(ends) != 2:
        return None
    return min(ends), max(ends)
