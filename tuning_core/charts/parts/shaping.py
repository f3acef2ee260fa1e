"""What several charts do to their numbers first: thin them, leave far bad ones out, part labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from tuning_core.catalog import TrialStatus

MAX_POINTS = 1000
"""Points that one chart sends to the browser: above it live updates cost the page its calm."""

ENDED = [status.value for status in TrialStatus if status.ended]
"""Statuses of trials that will not run again."""


def ended(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials that will not run again, in their own order."""
    return trials[trials["status"].isin(ENDED)]


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


def good_limits(
    values: Iterable[float], *, up: bool, reach: float = 2.0
) -> tuple[float, float] | None:
    """The interval that shows good values apart; None when no value is finite.

    ``up`` says that high values are good. The good end always ends at data. The bad end does too,
    but leaves out up to the worst quarter of the values where they lie more than ``reach`` spans
    of the rest away, so that one bad trial cannot flatten all others.
    """
    sign = 1.0 if up else -1.0
    finite = pd.Series([sign * float(v) for v in values if v is not None and math.isfinite(v)])
    if finite.empty:
        return None
    most, least = float(finite.max()), float(finite.min())
    low, high = finite.quantile([0.25, 0.9], interpolation="higher")
    if high > low:
        inside = float(finite[finite >= low - reach * (high - low)].min())
        # A little room where the others stand, below all that is drawn to scale.
        edge = inside - 0.15 * (most - inside)
        if most - edge < 0.6 * (most - least):
            least = edge
    return (least, most) if up else (-most, -least)


def clipped(values: pd.Series, limits: tuple[float, float] | None) -> pd.Series:
    """Values moved to the nearest limit; infinities too, NaN stays."""
    if limits is None:
        return values
    return values.clip(lower=limits[0], upper=limits[1])


def dodged(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
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
