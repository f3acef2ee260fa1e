"""The frames behind the learning curves: points, bands and labels at the ends of the lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from tuning_core.charts.parts.labels import number_text
from tuning_core.charts.parts.shaping import clipped, dodged
from tuning_core.charts.parts.theme import Theme, series_colours
from tuning_core.charts.study.curve_points import (
    TRAINING,
    VALIDATION,
    best_points,
    curve_points,
    thinned_curves,
    view_ends,
)

PALE = 0.4
"""Opacity of the lines that are there for comparison."""

RUNNING = " (running)"


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

LABEL_HEIGHT = 17.0
"""Pixels from one label to the next."""

LABEL_WIDTH = 0.24
"""Room that a label amid the lines takes to the right, as a share of the epochs."""

LEAD = 0.02
"""From the end of a line to its label, as a share of the epochs."""


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


def curve_frames(
    epochs: pd.DataFrame,
    metric: str,
    trials: Sequence[int],
    colours: Theme,
    *,
    lower: bool = False,
    alone: bool = False,
    selected: Collection[int] = (),
    running: Collection[int] = (),
    last_epoch: int | None = None,
    log: bool = False,
    plot_height: float = 200.0,
    unit: str = "training",
) -> CurveFrames:
    """All frames of the chart; ``drawn`` columns are the values that a browser can draw.

    With a selection every other line is grey; without one the first of ``trials`` (the best, if
    they are sorted) and those ``running`` stand out. The others are pale and lack their training
    lines. ``lower`` values are the better ones, or higher ones.
    One that is ``alone``, of no part of the rows that anybody named, is drawn as validation is.
    ``plot_height`` (pixels) says how many labels fit, ``unit`` is the word for an execution.
    """
    selected = frozenset(selected) & frozenset(trials)
    running = frozenset(running)
    strong = frozenset(selected or trials[:1]) | running
    points = curve_points(epochs, metric, trials, running)
    if alone:
        points["part"] = VALIDATION
    if log:
        points = points[points["value"] > 0].reset_index(drop=True)
    lone = ~points["trial"].isin(points.loc[points["part"] == VALIDATION, "trial"])
    points = points[
        (points["part"] == VALIDATION) | points["trial"].isin([*strong]) | lone
    ].reset_index(drop=True)
    best = best_points(points, lower=lower)
    steady = strong - running
    view = view_ends(points, steady, lower=lower, log=log, last_epoch=last_epoch)
    far = _far(view["value"].tolist(), log)
    points = thinned_curves(points)
    styles = _styles(trials, colours, selected, strong, running)

    points, best = (_dressed(frame, styles, far, unit) for frame in (points, best))
    labels = line_ends(points, view, log=log, plot_height=plot_height)
    # In the last column is no room for the word.
    short = labels["label_epoch"] > view["epoch"].max() - 0.1 * np.ptp(view["epoch"])
    labels["label"] = labels["label"].mask(short, labels["label"].str.replace(RUNNING, ""))
    return CurveFrames(points, best, labels, view)


def _dressed(
    frame: pd.DataFrame, styles: pd.DataFrame, far: tuple[float, float], unit: str
) -> pd.DataFrame:
    """The points with their style, their words and where a browser can draw them."""
    # What comes later is drawn on top.
    order = frame["trial"].map(styles["order"]).to_numpy(dtype="int64")
    frame = frame.iloc[np.lexsort((frame["epoch"], frame["part"], frame["trial"], order))]
    texts = [number_text(value) for value in frame["value"].tolist()]
    amounts = zip(*(frame[name].tolist() for name in ("executions", "low", "high")), strict=True)
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
    strong: frozenset[int],
    running: frozenset[int],
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
                "label": f"trial {trial}" + RUNNING * (trial in running),
                "label_colour": own[trial] if front else colours.muted,
                "strong": front,
                "order": 2 * (trial in selected) + front,
            }
        )
    return pd.DataFrame(rows, columns=list(STYLE_COLUMNS)).astype(STYLE_COLUMNS).set_index("trial")


def line_ends(
    points: pd.DataFrame, view: pd.DataFrame, *, log: bool, plot_height: float
) -> pd.DataFrame:
    """One row per trial: the last shown point of its validation line, or of its training line.

    ``label_epoch`` and ``label_at`` are the place at which its label can stand without touching
    those beside it, ``edge`` is the end of the line inside the picture and ``outside`` says when
    that is not its value. ``view`` has the picture's ends, ``plot_height`` is in pixels. When not
    all labels fit, those of ``strong`` trials stay.
    """
    order = points.sort_values(["trial", "part", "epoch"])  # validation sorts after training
    ends = order.drop_duplicates("trial", keep="last").sort_values("epoch", ignore_index=True)
    fitting = int(0.9 * plot_height / LABEL_HEIGHT)
    if len(ends) > fitting:
        # Of those that stand out, and run, there may still be too many.
        first = ends[ends["strong"]].sort_values("order", ascending=False, kind="stable")
        ends = ends.loc[sorted(first.index[:fitting])].reset_index(drop=True)
    to = np.log10 if log else np.asarray
    floor, ceiling = to(view["value"].to_numpy(dtype="float64")).tolist()
    ends["edge"] = ends["drawn"].clip(*view["value"])
    ends["outside"] = ends["edge"] != ends["drawn"]
    heights = to(ends["edge"].to_numpy(dtype="float64"))
    first, last = view["epoch"]
    gap = LABEL_HEIGHT / plot_height * (ceiling - floor)
    # The lines that have come furthest share a column, the others find a place amid the lines.
    latest = ends["epoch"] >= ends["epoch"].max() - 0.5 * LABEL_WIDTH * (last - first)
    column = dodged(heights[latest.to_numpy()].tolist(), gap, floor, ceiling)
    begins = ends.loc[latest, "epoch"].min()
    placed: list[float] = []
    for epoch, height in zip(ends.loc[~latest, "epoch"], heights[~latest.to_numpy()], strict=True):
        start, end = epoch + 0.5 * LEAD * (last - first), epoch + LABEL_WIDTH * (last - first)
        beside = column if end >= begins else []
        taken = [*to(_heights_between(points, start, end)).tolist(), *placed, *beside]
        placed.append(_free_height(height, taken, gap, floor, ceiling))
    ends["label_at"] = pd.Series([*placed, *column], ends.index, dtype="float64")
    moved = (ends["label_at"] - heights).abs() > 0.4 * gap
    if log:
        ends["label_at"] = 10.0 ** ends["label_at"]
    ends["label_epoch"] = ends["epoch"] + LEAD * (last - first)
    ends["lead_opacity"] = moved.astype("float64") * 0.7
    return ends


def _heights_between(points: pd.DataFrame, start: float, end: float) -> np.ndarray:
    """The values of all lines at places along an interval of epochs."""
    places = np.linspace(start, end, 24)
    values = [
        np.interp(places, line["epoch"], line["drawn"], left=np.nan, right=np.nan)
        for _, line in points.groupby(["trial", "part"])
    ]
    found = np.concatenate([*values, np.empty(0)])
    return found[np.isfinite(found)]


def _free_height(height: float, taken: list[float], gap: float, low: float, high: float) -> float:
    """The height nearest to ``height`` with most of a gap to all that is taken, if there is one."""
    stops = sorted([low - gap, *taken, high + gap])
    rooms = [
        (below + 0.8 * gap, above - 0.8 * gap)
        for below, above in pairwise(stops)
        if above - below >= 1.6 * gap
    ]
    candidates = [min(max(height, least), most) for least, most in rooms]
    inside = [place for place in candidates if low <= place <= high]
    return min(inside, key=lambda place: abs(place - height), default=height)
