"""Where the labels of the learning curves stand: in a column at the right, or in free space."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from tuning_core.charts.parts.shaping import dodged

LABEL_HEIGHT = 17.0
"""Pixels from one label to the next."""

LABEL_WIDTH = 0.24
"""Room that a label amid the lines takes to the right, as a share of the epochs."""

LEAD = 0.02
"""From the end of a line to its label, as a share of the epochs."""


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
    if len(ends) * LABEL_HEIGHT > 0.9 * plot_height:
        ends = ends[ends["strong"]].reset_index(drop=True)
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
