"""How steady a curve is: what a reader sees as calm or as jumping."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FEWEST = 5
"""Epochs below which a curve is neither."""

CLEARLY = 1.6
"""The factor between two curves' jumps from which one is called steadier."""


def jumpiness(values: Sequence[float]) -> float | None:
    """The mean size of the turns of a curve, as a share of its level; None for a short one.

    A turn is the second difference: a straight line has none, however steep.
    """
    if len(values) < FEWEST:
        return None
    numbers = np.asarray(values, dtype="float64")
    level = float(np.abs(numbers).mean()) or 1.0
    # The first epochs fall steeply in every training.
    turns = np.abs(np.diff(numbers, 2))[1:]
    return float(turns.mean()) / level


def steadier(before: Sequence[float], after: Sequence[float]) -> int:
    """1 where the second curve is clearly steadier than the first, -1 where it jumps more, or 0."""
    old, new = jumpiness(before), jumpiness(after)
    if old is None or new is None or max(old, new) < 0.005:
        return 0
    if old > CLEARLY * new:
        return 1
    return -1 if new > CLEARLY * old else 0
