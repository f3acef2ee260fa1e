"""What several charts do to their numbers first: thin them, fence off outliers, part labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from tuning_core.catalog import Objective

MAX_POINTS = 1000
"""Points that one chart sends to the browser: above it live updates cost the page its calm."""


def stride(count: int, budget: int) -> int:
    """The power of two by which ``count`` points must be thinned to fit a budget.

    A power of two, so that a growing line keeps the points it has shown instead of shifting them.
    """
    step = 1
    while budget > 0 and count > budget * step:
        step *= 2
    return step


def thinned(frame: pd.DataFrame, keep: pd.Series, budget: int = MAX_POINTS) -> pd.DataFrame:
    """At most about ``budget`` rows of a frame: those marked in ``keep`` and every n-th other.

    ``keep`` is boolean, aligned with the frame; the last row is always kept.
    """
    if len(frame) <= budget:
        return frame
    step = stride(len(frame), budget)
    chosen = keep.to_numpy().copy()
    chosen[::step] = True
    chosen[-1] = True
    return frame[chosen]


def fence(values: Iterable[float], reach: float = 1.5) -> tuple[float, float] | None:
    """The interval in which values are drawn to scale; None when no value is finite.

    ``reach`` spans of the middle 90 % are allowed beyond its ends on either side, so an ordinary
    learning curve stays whole and one exploding trial cannot flatten all others. The interval
    ends at data wherever no value lies beyond.
    """
    finite = pd.Series([float(v) for v in values if v is not None and math.isfinite(v)])
    if finite.empty:
        return None
    low, high = float(finite.quantile(0.05)), float(finite.quantile(0.95))
    least, most = float(finite.min()), float(finite.max())
    slack = reach * (high - low)
    if slack == 0.0:
        slack = math.inf
    return max(least, low - slack), min(most, high + slack)


def score_limits(
    scores: Iterable[float], objective: Objective, reach: float = 0.25
) -> tuple[float, float] | None:
    """The fence of a study's scores; only bad ones can lie outside, the best is always in."""
    known = [float(score) for score in scores if math.isfinite(score)]
    limits = fence(known, reach)
    if limits is None:
        return None
    if objective.direction == "max":
        return limits[0], max(known)
    return min(known), limits[1]


def clipped(values: pd.Series, limits: tuple[float, float] | None) -> pd.Series:
    """Values moved to the nearest limit; infinities too, NaN stays."""
    if limits is None:
        return values
    return values.clip(lower=limits[0], upper=limits[1])


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions moved as little as needed to lie ``gap`` apart and inside [low, high].

    The order is kept. When there are too many for the space they share it evenly.
    """
    count = len(positions)
    if count == 0:
        return []
    gap = min(gap, (high - low) / count)
    order = sorted(range(count), key=lambda index: positions[index])
    clusters: list[tuple[list[int], float]] = []
    for index in order:
        members, centre = [index], min(max(positions[index], low), high)
        while clusters:
            before, before_centre = clusters[-1]
            needed = gap * (len(before) + len(members)) / 2
            if centre - before_centre >= needed - 1e-12:
                break
            clusters.pop()
            total = len(before) + len(members)
            centre = (before_centre * len(before) + centre * len(members)) / total
            members = before + members
            half = gap * (len(members) - 1) / 2
            centre = min(max(centre, low + half), high - half)
        clusters.append((members, centre))
    result = [0.0] * count
    for members, centre in clusters:
        for place, index in enumerate(members):
            result[index] = centre + gap * (place - (len(members) - 1) / 2)
    return result
