"""The points of learning curves: means over executions, thinned, and how far the axes reach."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from tuning_core.charts.parts.shaping import MAX_POINTS, good_limits, stride

TRAINING, VALIDATION = "training", "validation"

SETTLED = 0.2
"""Share of a training after which its values say how far the y axis must reach."""

WORTH = 0.7
"""The y axis leaves the first steps out when what is left is less than this share of all."""

POINT_COLUMNS = {
    "trial": "int64",
    "part": "str",
    "epoch": "float64",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "executions": "int64",
}


def curve_points(
    epochs: pd.DataFrame, metric: str, trials: Collection[int], running: Collection[int] = ()
) -> pd.DataFrame:
    """Mean, smallest and largest value over the executions of each epoch, training and validation.

    ``epochs`` has ``trial``, ``execution``, ``epoch`` and a column per metric (``accuracy``,
    ``val_accuracy``). Epochs without a number are left out. The result has ``trial``, ``part``,
    ``epoch``, ``value``, ``low``, ``high`` and ``executions``, in that order of the first three.
    The newest of several executions of a ``running`` trial widens the band alone: in the mean
    it would bend the line where it has come to.
    """
    shown = epochs[epochs["trial"].isin(list(trials))]
    parts = [
        _summary(shown["trial"], shown["execution"], shown["epoch"], shown[column], running).assign(
            part=part
        )
        for part, column in ((TRAINING, metric), (VALIDATION, f"val_{metric}"))
        if column in shown
    ]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in POINT_COLUMNS.items()})
    points = pd.concat(parts, ignore_index=True)[list(POINT_COLUMNS)].astype(POINT_COLUMNS)
    return points.sort_values(["trial", "part", "epoch"], ignore_index=True)


def _summary(
    trial: pd.Series,
    execution: pd.Series,
    epoch: pd.Series,
    value: pd.Series,
    running: Collection[int],
) -> pd.DataFrame:
    """What the executions of each trial and epoch have in common.

    With arrays, not ``groupby``: this is most of what an epoch costs the page.
    """
    values = pd.to_numeric(value).to_numpy(dtype="float64", na_value=np.nan)
    known = ~np.isnan(values)
    trials, executions, epochs, values = (
        column[known] for column in (*map(np.asarray, (trial, execution, epoch)), values)
    )
    counted = np.ones(len(values), bool)
    for number in running:
        own = executions[trials == number]
        if own.size and own.min() < own.max():
            counted &= (trials != number) | (executions != own.max())
    order = np.lexsort((epochs, trials))
    trials, epochs, values, counted = (a[order] for a in (trials, epochs, values, counted))
    new = (np.diff(trials, prepend=-1) != 0) | (np.diff(epochs, prepend=-1) != 0)
    starts = np.flatnonzero(new)
    if not starts.size:
        return pd.DataFrame(columns=list(POINT_COLUMNS))
    count = np.add.reduceat(counted, starts, dtype="int64")
    high = np.maximum.reduceat(values, starts)
    total = np.add.reduceat(np.where(counted, values, 0.0), starts)
    return pd.DataFrame(
        {
            "trial": trials[starts],
            "epoch": epochs[starts],
            # The newest may have come further than all before it.
            "value": np.where(count > 0, total / np.maximum(count, 1), high),
            "low": np.minimum.reduceat(values, starts),
            "high": high,
            "executions": np.maximum(count, 1),
        }
    )


def best_points(points: pd.DataFrame, *, lower: bool) -> pd.DataFrame:
    """The validation point of each trial's best epoch, the earliest among equals.

    Of a metric that no epoch has of validation rows, the training point.
    """
    measured = of_unseen(points)
    values = measured["value"] if lower else -measured["value"]
    order = measured.assign(rank=values).sort_values(["trial", "rank", "epoch"])
    return order.drop_duplicates("trial").drop(columns="rank").reset_index(drop=True)


def of_unseen(points: pd.DataFrame) -> pd.DataFrame:
    """The validation points, or the training points of a metric that has no others."""
    validation = points[points["part"] == VALIDATION]
    return points if validation.empty else validation


def thinned_curves(points: pd.DataFrame, budget: int = MAX_POINTS) -> pd.DataFrame:
    """At most about ``budget`` points: every n-th epoch of each line, its first, last and best.

    ``n`` is one power of two for all lines, so they stay comparable and do not wobble as they grow.
    """
    if len(points) <= budget:
        return points
    lines = points.groupby(["trial", "part"])["epoch"]
    step = stride(len(points), max(budget - 2 * lines.ngroups, 1))
    keep = (points["epoch"] - lines.transform("min")) % step == 0
    keep |= points["epoch"] == lines.transform("max")
    return points[keep].reset_index(drop=True)


def view_ends(
    points: pd.DataFrame,
    strong: Collection[int],
    *,
    lower: bool,
    log: bool,
    last_epoch: int | None = None,
) -> pd.DataFrame:
    """Two rows with the ends of both axes: ``epoch`` and ``value``.

    The first steps of a training would take most of the height: values count from
    :data:`SETTLED` of each training on, far bad trainings only when they are ``strong``, and of
    these the bands too. ``lower`` values are the better ones, or higher ones.
    """
    first, last = 1.0, float(last_epoch or 1)
    if len(points):
        first, last = float(points["epoch"].min()), max(last, float(points["epoch"].max()))
    epochs = [first, last if last > first else first + 1.0]
    up = not lower
    finite = points[np.isfinite(points["value"])]
    values = np.log10(finite["value"]) if log else finite["value"]
    if values.empty:
        return pd.DataFrame({"epoch": epochs, "value": [0.1, 1.0]})
    trainings = finite.groupby("trial")["epoch"]
    start = trainings.transform("min")
    length = trainings.transform("max") - start
    settled = (length >= 2) & (finite["epoch"] >= start + SETTLED * length)
    counted = settled if settled.any() else pd.Series(True, finite.index)
    low, high = good_limits(values[counted], up=up) or (0.0, 1.0)
    bands = finite.loc[counted & finite["trial"].isin(list(strong)), ["low", "high"]]
    kept = bands[np.isfinite(bands) & (bands > 0 if log else True)].stack()
    kept = np.log10(kept) if log else kept
    low, high = min([low, *kept]), max([high, *kept])
    if up:
        high = max(high, float(values.max()))
    else:
        low = min(low, float(values.min()))
    if settled.any() and high - low > WORTH * (values.max() - values.min()):
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    if low == high:
        low, high = low - (abs(low) or 1.0) * 0.01, high + (abs(high) or 1.0) * 0.01
    ends = [low, high]
    return pd.DataFrame({"epoch": epochs, "value": [10.0**end for end in ends] if log else ends})
