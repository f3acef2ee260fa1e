"""The frames behind the learning curves: points, bands and labels at the ends of the lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tuning_core.catalog import OBJECTIVES
from tuning_core.charts.parts.labels import number_text
from tuning_core.charts.parts.shaping import MAX_POINTS, clipped, good_limits, stride
from tuning_core.charts.parts.theme import Theme, series_colours
from tuning_core.charts.study.curve_labels import line_ends

TRAINING, VALIDATION = "training", "validation"

SETTLED = 0.2
"""Share of a training after which its values say how far the y axis must reach."""

WORTH = 0.7
"""The y axis leaves the first steps out when what is left is less than this share of all."""

PALE = 0.4
"""Opacity of the lines that are there for comparison."""

RUNNING = " (running)"

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
    "strong": "bool",
    "order": "int64",
}


@dataclass(frozen=True)
class CurveFrames:
    """The frames of the learning curves.

    ``points`` has a row per trial, part and shown epoch, ``best`` one per trial with its best
    validation epoch, ``labels`` one per labelled trial at the end of its line, ``view`` two with
    the ends of both axes.
    """

    points: pd.DataFrame
    best: pd.DataFrame
    labels: pd.DataFrame
    view: pd.DataFrame


def curve_points(
    epochs: pd.DataFrame, metric: str, trials: Collection[int], running: int | None = None
) -> pd.DataFrame:
    """Mean, smallest and largest value over the executions of each epoch, training and validation.

    ``epochs`` has ``trial``, ``execution``, ``epoch`` and a column per metric (``accuracy``,
    ``val_accuracy``). Epochs without a number are left out. The result has ``trial``, ``part``,
    ``epoch``, ``value``, ``low``, ``high`` and ``executions``, in that order of the first three.
    The newest of several executions of the ``running`` trial widens the band alone: in the mean
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
    trial: pd.Series, execution: pd.Series, epoch: pd.Series, value: pd.Series, running: int | None
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
    own = executions[trials == running]
    if own.size and own.min() < own.max():
        counted = (trials != running) | (executions != own.max())
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


def view_ends(
    points: pd.DataFrame,
    metric: str,
    strong: Collection[int],
    *,
    log: bool,
    last_epoch: int | None = None,
) -> pd.DataFrame:
    """Two rows with the ends of both axes: ``epoch`` and ``value``.

    The first steps of a training would take most of the height: values count from
    :data:`SETTLED` of each training on, far bad trainings only when they are ``strong``, and of
    these the bands too.
    """
    first, last = 1.0, float(last_epoch or 1)
    if len(points):
        first, last = float(points["epoch"].min()), max(last, float(points["epoch"].max()))
    epochs = [first, last if last > first else first + 1.0]
    up = not lower_is_better(metric)
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


def curve_frames(
    epochs: pd.DataFrame,
    metric: str,
    trials: Sequence[int],
    colours: Theme,
    *,
    selected: Collection[int] = (),
    running: int | None = None,
    last_epoch: int | None = None,
    log: bool = False,
    plot_height: float = 200.0,
    unit: str = "training",
) -> CurveFrames:
    """All frames of the chart; ``drawn`` columns are the values that a browser can draw.

    With a selection every other line is grey; without one the first of ``trials`` (the best, if
    they are sorted) and the running one stand out. The others are pale and lack their training
    lines. ``plot_height`` (pixels) says how many labels fit, ``unit`` is the word for an execution.
    """
    selected = frozenset(selected) & frozenset(trials)
    strong = frozenset(selected or trials[:1]) | {running}
    points = curve_points(epochs, metric, trials, running)
    if log:
        points = points[points["value"] > 0].reset_index(drop=True)
    lone = ~points["trial"].isin(points.loc[points["part"] == VALIDATION, "trial"])
    points = points[
        (points["part"] == VALIDATION) | points["trial"].isin([*strong]) | lone
    ].reset_index(drop=True)
    best = best_points(points, metric)
    steady = [trial for trial in strong if trial is not None and trial != running]
    view = view_ends(points, metric, steady, log=log, last_epoch=last_epoch)
    far = _far(view["value"].tolist(), log)
    points = thinned_curves(points)
    styles = _styles(trials, colours, selected, strong, running)

    def dressed(frame: pd.DataFrame) -> pd.DataFrame:
        # What comes later is drawn on top.
        order = frame["trial"].map(styles["order"]).to_numpy(dtype="int64")
        frame = frame.iloc[np.lexsort((frame["epoch"], frame["part"], frame["trial"], order))]
        texts = [number_text(value) for value in frame["value"].tolist()]
        amounts = zip(
            *(frame[name].tolist() for name in ("executions", "low", "high")), strict=True
        )
        means = [_mean_of(count, low, high, unit) for count, low, high in amounts]
        faint = (frame["part"] == TRAINING).to_numpy()
        style = styles.loc[frame["trial"]].set_axis(frame.index)
        style["opacity"] *= np.where(faint, 0.7, 1.0)
        style["band_opacity"] *= np.where(faint, 0.6, 1.0)
        return frame.assign(
            drawn=clipped(frame["value"], far),
            band_low=clipped(frame["low"], far),
            band_high=clipped(frame["high"], far),
            text=pd.Series(texts, frame.index, dtype="str"),
            mean_of=pd.Series(means, frame.index, dtype="str"),
            **{str(name): column for name, column in style.items()},
        ).reset_index(drop=True)

    points, best = dressed(points), dressed(best)
    labels = line_ends(points, view, log=log, plot_height=plot_height)
    # In the last column is no room for the word.
    short = labels["label_epoch"] > view["epoch"].max() - 0.1 * np.ptp(view["epoch"])
    labels["label"] = labels["label"].mask(short, labels["label"].str.replace(RUNNING, ""))
    return CurveFrames(points, best, labels, view)


def _mean_of(executions: int, low: float, high: float, unit: str) -> str:
    """What a point is the mean of: 5 folds, 0.951 to 0.969."""
    if executions == 1:
        return f"1 {unit}"
    return f"{executions} {unit}s, {number_text(low)} to {number_text(high)}"


def _far(ends: list[float], log: bool) -> tuple[float, float]:
    """Limits well outside the picture, to which infinities and explosions are drawn."""
    low, high = ends
    if log:
        return low * (low / high) ** 9, high * (high / low) ** 9
    return low - 20 * (high - low), high + 20 * (high - low)


def _styles(
    trials: Sequence[int],
    colours: Theme,
    selected: frozenset[int],
    strong: frozenset[int | None],
    running: int | None,
) -> pd.DataFrame:
    """Colour, opacity, width, label and drawing order, by trial."""
    own = series_colours(list(trials), colours)
    rows = []
    for trial in dict.fromkeys(trials):
        front = trial in strong
        grey = bool(selected) and not front
        rows.append(
            {
                "trial": trial,
                "colour": colours.faded if grey else own[trial],
                "opacity": 1.0 if front or grey else PALE,
                "band_opacity": 0.2 if front else 0.05,
                "width": 3.5 if trial in selected else 3.0 if front else 1.5,
                "label": f"trial {trial}" + RUNNING * (trial == running),
                "label_colour": own[trial] if front else colours.muted,
                "strong": front,
                "order": 2 * (trial in selected) + front,
            }
        )
    return pd.DataFrame(rows, columns=list(STYLE_COLUMNS)).astype(STYLE_COLUMNS).set_index("trial")
