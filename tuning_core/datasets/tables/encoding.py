"""From the columns of a table to the numbers that a network sees, fitted on training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tuning_core.datasets.preparation import needs_double
from tuning_core.datasets.tables.kinds import MAX_CATEGORIES


@dataclass(frozen=True)
class NumberColumn:
    """x' = (x - mean) / scale, with ``fill`` for what is missing; all in original units."""

    name: str
    fill: float
    mean: float
    scale: float

    width = 1

    @property
    def double(self) -> bool:
        """Whether raw values need double precision: dates in milliseconds, masses of planets."""
        return needs_double(max(abs(self.fill), abs(self.mean)), self.scale)


@dataclass(frozen=True)
class CategoryColumn:
    """One-hot: slot 0 for anything else and what is missing, then the ``vocabulary``.

    ``width`` depends on the categories of the whole table, so that it is the same for every
    split; slots that the training rows have no category for stay 0. ``other`` is the slot of
    anything else: 0, or that of the most frequent category where no training row was in slot 0,
    whose weights are then those that were drawn.
    """

    name: str
    vocabulary: tuple[str, ...]
    width: int
    other: int = 0


@dataclass(frozen=True)
class TablePreprocessing:
    """The encoding of every column, in the order of the table."""

    columns: tuple[NumberColumn | CategoryColumn, ...]

    @property
    def width(self) -> int:
        """Numbers in an encoded row."""
        return sum(column.width for column in self.columns)

    @property
    def numeric(self) -> bool:
        """Whether no column holds text."""
        return all(isinstance(column, NumberColumn) for column in self.columns)

    def apply(self, x: pd.DataFrame) -> np.ndarray:
        """Raw rows as float32 (n, width); a new array."""
        encoded = np.zeros((len(x), self.width), np.float32)
        start = 0
        for column in self.columns:
            if isinstance(column, NumberColumn):
                shifted = x[column.name].to_numpy(np.float64) - column.fill
                shifted[~np.isfinite(shifted)] = 0.0
                encoded[:, start] = (shifted - (column.mean - column.fill)) / column.scale
            else:
                slots = _slots(x[column.name], column)
                encoded[np.arange(len(x)), start + slots] = 1.0
            start += column.width
        return encoded


def fit_table(train_x: pd.DataFrame) -> TablePreprocessing:
    """Median, mean and standard deviation of numbers, the most frequent categories of texts.

    A column without a number gets 0, one that is constant the scale 1.
    """
    return TablePreprocessing(
        tuple(
            _fit_category(name, column)
            if isinstance(column.dtype, pd.CategoricalDtype)
            else _fit_number(name, column.to_numpy(np.float64))
            for name, column in ((str(name), train_x[name]) for name in train_x.columns)
        )
    )


def encoded_width(frame: pd.DataFrame) -> int:
    """Numbers in an encoded row of this table, whatever its split."""
    return sum(
        _category_width(column) if isinstance(column.dtype, pd.CategoricalDtype) else 1
        for column in (frame[name] for name in frame.columns)
    )


def _fit_number(name: str, values: np.ndarray) -> NumberColumn:
    present = values[np.isfinite(values)]
    if not len(present):
        return NumberColumn(name, 0.0, 0.0, 1.0)
    fill = float(np.median(present))
    filled = np.where(np.isfinite(values), values, fill)
    scale = 0.0 if filled.min() == filled.max() else float(filled.std())
    return NumberColumn(name, fill, float(filled.mean()), scale or 1.0)


def _fit_category(name: str, column: pd.Series) -> CategoryColumn:
    codes = column.cat.codes.to_numpy()
    counts = np.bincount(codes[codes >= 0], minlength=len(column.cat.categories))
    # Equally frequent categories in their alphabetical order.
    frequent = np.argsort(-counts, kind="stable")[:MAX_CATEGORIES]
    kept = sorted(str(column.cat.categories[code]) for code in frequent if counts[code])
    other = 0
    if len(codes) and counts[frequent].sum() == len(codes):
        other = 1 + kept.index(str(column.cat.categories[frequent[0]]))
    return CategoryColumn(name, tuple(kept), _category_width(column), other)


def _category_width(column: pd.Series) -> int:
    return min(len(column.cat.categories), MAX_CATEGORIES) + 1


def _slots(values: pd.Series, column: CategoryColumn) -> np.ndarray:
    """The slot of each value of a column of categories."""
    place = {word: number for number, word in enumerate(column.vocabulary, start=1)}
    places = [place.get(str(word), column.other) for word in values.cat.categories]
    return np.array([*places, column.other])[values.cat.codes.to_numpy()]
