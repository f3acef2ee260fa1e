"""Which stretch of a swept hyperparameter is worth a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuning_core.catalog import Objective, Value

NEAR = 0.15
"""Scores this near to the best, as a share of what the sweep spans, are as good."""


@dataclass(frozen=True)
class Stretch:
    """The best value and its score, and the neighbouring ``values`` between which to search."""

    best: Value
    score: float
    values: tuple[Value, ...]


def best_stretch(scored: Sequence[tuple[Value, float]], objective: Objective) -> Stretch:
    """The values around the best that score nearly as well, and one more on each side.

    ``scored`` are value and score in the order of the values, at least one.
    """
    sign = 1.0 if objective.direction == "max" else -1.0
    heights = [sign * score for _, score in scored]
    top = heights.index(max(heights))
    least = heights[top] - NEAR * (max(heights) - min(heights))
    first = last = top
    while first > 0 and heights[first - 1] >= least:
        first -= 1
    while last < len(heights) - 1 and heights[last + 1] >= least:
        last += 1
    kept = scored[max(0, first - 1) : last + 2]
    return Stretch(scored[top][0], scored[top][1], tuple(value for value, _ in kept))
