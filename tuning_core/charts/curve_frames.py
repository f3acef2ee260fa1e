"""The frames behind the learning curves: points, bands and labels at the ends of the lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tuning_core.catalog import OBJECTIVES
from tuning_core.charts.numerals import number_text
from tuning_core.charts.shaping import MAX_POINTS, clipped, fence, spread, stride
from tuning_core.charts.theme import Theme, series_colours

TRAINING, VALIDATION = "training", "validation"

LABEL_GAP = 0.055
"""Smallest distance of two labels at the line ends, as a share of the chart's height."""

LABEL_WIDTH = 0.12
"""Room that a label takes to the right, as a share of the epochs."""

POINT_COLUMNS = {
    "trial": "int64",
    "part": "str",
    "epoch": "float64",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "executions": "int64",
}

STYLE_COLUMNS = {
    "trial": "int64",
    "colour": "str",
    "opacity": "float64",
    "band_opacity": "float64",
    "width": "float64",
    "label": "str",
    "label_colour": "str",
    "order": "int64",
}


@dataclass(frozen=True)
class CurveFrames:
    """``points`` has a row per trial, part and shown epoch, ``best`` one per trial with its best
    validation epoch, ``labels`` one per trial at the end of its line."""

    points: pd.DataFrame
    best: pd.DataFrame
    labels: pd.DataFrame


def curve_points(epochs: pd.DataFrame, metric: str, trials: Collection[int]) -> pd.DataFrame:
    """Mean, smallest and largest value over the executions of each epoch, training and validation.

    ``epochs`` has ``trial``, ``execution``, ``epoch`` and a column per metric (``accuracy``,
    ``val_accuracy``). Epochs without a number are left out. The result has ``trial``, ``part``,
    ``epoch``, ``value``, ``low``, ``high`` and ``executions``, in that order of the first three.
    """
    shown = epochs[epochs["trial"].isin(list(trials))]
    parts = []
    for part, column in ((TRAINING, metric), (VALIDATION, f"val_{metric}")):
        if column not in shown:
            continue
        values = shown.assign(value=pd.to_numeric(shown[column])).dropna(subset=["value"])
        grouped = values.groupby(["trial", "epoch"], as_index=False)["value"]
        summary = grouped.agg(["mean", "min", "max", "count"])
        summary.columns = ["trial", "epoch", "value", "low", "high", "executions"]
        parts.append(summary.assign(part=part))
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in POINT_COLUMNS.items()})
    points = pd.concat(parts, ignore_index=True)[list(POINT_COLUMNS)].astype(POINT_COLUMNS)
    return points.sort_values(["trial", "part", "epoch"], ignore_index=True)


def best_points(points: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The validation point of each trial's best epoch, the earliest among equals."""
    validation = points[points["part"] == VALIDATION]
    values = validation["value"] if lower_is_better(metric) else -validation["value"]
    order = validation.assign(rank=values).sort_values(["trial", "rank", "epoch"])
    return order.drop_duplicates("trial").drop(columns="rank").reset_index(drop=True)


def lower_is_better(metric: str) -> bool:
    """Whether the smallest value of a metric is the best."""
    objective = OBJECTIVES.get(f"val_{metric}")
    return objective is not None and objective.direction == "min"


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


def line_ends(points: pd.DataFrame, low: float, high: float, log: bool) -> pd.DataFrame:
    """One row per trial: the last shown point of its validation line, or of its training line.

    ``label_at`` is the height at which a label can stand without touching those beside it, on
    the scale of the values; ``low`` and ``high`` are the chart's ends.
    """
    order = points.sort_values(["trial", "part", "epoch"])  # validation sorts after training
    ends = order.drop_duplicates("trial", keep="last").sort_values("epoch", ignore_index=True)
    to = np.log10 if log else np.asarray
    floor, ceiling = to([low, high]).tolist()
    heights = to(ends["drawn"].to_numpy(dtype="float64"))
    width = LABEL_WIDTH * (points["epoch"].max() - points["epoch"].min())
    placed: list[float] = []
    # Labels share a column when their lines end within a label's width of one another.
    gap = LABEL_GAP * (ceiling - floor)
    columns = (ends["epoch"].diff() > width).cumsum()
    for number, column in ends.groupby(columns):
        # Amid the lines of longer trainings a label stands above the end of its own.
        lift = 0.0 if number == columns.iloc[-1] else gap
        placed += spread((heights[column.index] + lift).tolist(), gap, floor, ceiling)
    return ends.assign(label_at=[10.0**height if log else height for height in placed])


def curve_frames(
    epochs: pd.DataFrame,
    metric: str,
    trials: Sequence[int],
    colours: Theme,
    *,
    selected: Collection[int] = (),
    running: int | None = None,
    log: bool = False,
) -> CurveFrames:
    """All frames of the chart; ``drawn`` columns are the values inside the y axis.

    With a selection every other line is grey; without one the first of ``trials`` (the best, if
    they are sorted) and the running one stand out and the others keep a pale colour.
    """
    points = curve_points(epochs, metric, trials)
    if log:
        points = points[points["value"] > 0].reset_index(drop=True)
    best = best_points(points, metric)
    limits = fence(points["value"])
    points = thinned_curves(points)
    styles = _styles(trials, colours, frozenset(selected) & frozenset(trials), running)

    def dressed(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.assign(drawn=clipped(frame["value"], limits))
        frame["band_low"] = clipped(frame["low"], limits)
        frame["band_high"] = clipped(frame["high"], limits)
        frame["outside"] = frame["drawn"] != frame["value"]
        frame["text"] = pd.Series(
            [number_text(value) for value in frame["value"]], frame.index, dtype="str"
        )
        frame = frame.merge(styles, on="trial", how="left")
        frame["opacity"] *= frame["part"].map({TRAINING: 0.7, VALIDATION: 1.0}).astype("float64")
        # What comes later is drawn on top.
        return frame.sort_values(["order", "trial", "part", "epoch"], ignore_index=True)

    points, best = dressed(points), dressed(best)
    low, high = limits or (0.1, 1.0)
    if low == high:
        low, high = low - (abs(low) or 1.0) * 0.01, high + (abs(high) or 1.0) * 0.01
    return CurveFrames(points, best, line_ends(points, low, high, log))


def _styles(
    trials: Sequence[int], colours: Theme, selected: frozenset[int], running: int | None
) -> pd.DataFrame:
    """Colour, opacity, width, label and drawing order of every trial."""
    own = series_colours(list(trials), colours)
    strong = selected or {*trials[:1], running}
    rows = []
    for trial in dict.fromkeys(trials):
        grey = bool(selected) and trial not in strong
        rows.append(
            {
                "trial": trial,
                "colour": colours.faded if grey else own[trial],
                "opacity": 1.0 if trial in strong or grey else 0.5,
                "band_opacity": 0.2 if trial in strong else 0.06,
                "width": 3.5 if trial in selected else 3.0 if trial in strong else 1.75,
                "label": f"trial {trial}" + (" (running)" if trial == running else ""),
                "label_colour": colours.muted if grey else own[trial],
                "order": 2 * (trial in selected) + (trial in strong),
            }
        )
    return pd.DataFrame(rows, columns=list(STYLE_COLUMNS)).astype(STYLE_COLUMNS)
