"""How a model's answer goes with a column: the average over rows, and single rows' curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

STEPS, STEPS_OF_PAIR = 30, 12
MOST_WORDS, MOST_WORDS_OF_PAIR = 20, 12
_TAIL = 0.01
"""Share of rows at either end of a column of numbers that no value is taken from."""


def grid_of_numbers(values: pd.Series, steps: int = STEPS) -> list[float]:
    """Values of a column of numbers at evenly spaced quantiles; all of them where they are few."""
    known = values.to_numpy(np.float64)
    known = known[np.isfinite(known)]
    unique = np.unique(known)
    if len(unique) <= steps:
        return [float(value) for value in unique]
    # Values that rows have: of whole numbers and days none between.
    at = np.quantile(known, np.linspace(_TAIL, 1 - _TAIL, steps), method="inverted_cdf")
    return [float(value) for value in np.unique(at)]


def grid_of_words(values: pd.Series, most: int = MOST_WORDS) -> list[str | None]:
    """Categories, the most frequent first, None for what is missing."""
    counts = values.astype(object).where(values.notna(), None).value_counts(dropna=False)
    return [None if pd.isna(word) else str(word) for word in counts.index[:most]]


@dataclass(frozen=True)
class Dependence:
    """``average`` (g,) and ``curves`` (k, g) of single rows at the values of a grid.

    ``against`` is the share of rows whose curve ends on the other side of its start than the
    average does, None for categories: an average can hide them.
    """

    average: list[float]
    curves: list[list[float]]
    against: float | None


def dependence(said: np.ndarray, shown: Sequence[int], *, ordered: bool) -> Dependence:
    """What was ``said`` (g, n) of n rows at each of g values in place of their own.

    The average over rows is the partial dependence: Friedman 2001, "Greedy Function Approximation:
    A Gradient Boosting Machine", equation 53. A row's own curve is its individual conditional
    expectation: Goldstein, Kapelner, Bleich and Pitkin 2015, "Peeking Inside the Black Box".
    ``shown`` are the rows whose curves are kept.
    """
    average = said.mean(axis=1)
    rise, rises = average[-1] - average[0], said[-1] - said[0]
    against = float(np.mean(np.sign(rises) == -np.sign(rise))) if ordered and rise else None
    curves = said[:, list(shown)].T
    return Dependence(average.tolist(), curves.tolist(), against)


def counts_of_numbers(values: pd.Series, bins: int = STEPS) -> list[dict[str, Any]]:
    """Where the values of a column lie: ``low``, ``high`` and ``rows`` of equal bins."""
    known = values.to_numpy(np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return []
    low, high = np.quantile(known, [_TAIL, 1 - _TAIL])
    inside = known[(known >= low) & (known <= high)]
    rows, edges = np.histogram(inside, bins=bins, range=(low, high) if high > low else None)
    return [
        {"low": float(edges[n]), "high": float(edges[n + 1]), "rows": int(count)}
        for n, count in enumerate(rows)
    ]


def counts_of_words(values: pd.Series, words: Sequence[str | None]) -> list[int]:
    """How many rows have each of the words."""
    texts = values.astype(object).where(values.notna(), None)
    counts = texts.map(lambda word: word if word is None else str(word)).value_counts(dropna=False)
    missing = int(values.isna().sum())
    return [missing if word is None else int(counts.get(word, 0)) for word in words]


def nearest_places(values: pd.Series, grid: Sequence[Any]) -> np.ndarray:
    """The place (n,) in a grid of the value that each row is nearest to; -1 where there is none."""
    if grid and all(isinstance(value, float) for value in grid):
        numbers = values.to_numpy(np.float64)
        places = np.abs(np.nan_to_num(numbers)[:, None] - np.array(grid)[None]).argmin(axis=1)
        return np.where(np.isfinite(numbers), places, -1)
    at = {word: place for place, word in enumerate(grid)}
    return np.array([at.get(None if pd.isna(v) else str(v), -1) for v in values.astype(object)])
