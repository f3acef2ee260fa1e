"""The course of a search in two paths, for pictures too small for axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from tuning_core.catalog.objectives import Direction

MOST_POINTS = 400
"""Points of a picture: of more trials, evenly chosen ones."""


@dataclass(frozen=True)
class SearchSketch:
    """SVG paths: ``points`` of the trials with a score, and the ``line`` of the best so far.

    ``best`` is at the top, ``edge`` at the foot: the worst score but for the worst tenth, which
    are drawn there too. ``scored`` is the number of trials.
    """

    points: str
    line: str
    best: float
    edge: float
    scored: int


def search_sketch(
    scores: Sequence[float | None], direction: Direction, width: float, height: float, margin: float
) -> SearchSketch | None:
    """Sketch scores in their order within ``width`` and ``height``; None where there is none.

    To the left, to the right and above a ``margin`` is left, below two.
    """
    better = max if direction == "max" else min
    known = [value for value in scores if value is not None and np.isfinite(value)]
    if not known:
        return None
    cut = 10 if direction == "max" else 90
    edge, best = float(np.percentile(known, cut)), better(known)
    spread = abs(best - edge) or abs(best) * 0.1 or 1.0
    step = (width - 2 * margin) / max(len(known) - 1, 1)

    def point(place: int, value: float) -> tuple[float, float]:
        share = min(1.0, abs(best - value) / spread)
        return margin + place * step, margin + share * (height - 3 * margin)

    dots = [point(place, value) for place, value in enumerate(known)]
    points = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in dots[:: -(-len(dots) // MOST_POINTS)])
    reached = [*accumulate(known, better)]
    corners = [
        point(place, value)
        for place, value in enumerate(reached)
        if not place or value != reached[place - 1]
    ]
    line = f"M{corners[0][0]:.1f} {corners[0][1]:.1f}"
    line += "".join(f"H{x:.1f}V{y:.1f}" for x, y in corners[1:])
    return SearchSketch(points, f"{line}H{width}", best, edge, len(known))
