"""From raw rows to the numbers that a network sees and answers, fitted on training rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.planes import with_features
from tuning_core.datasets.raw import RawRows

if TYPE_CHECKING:
    import pandas as pd

MAX_CATEGORIES = 100
"""Categories of a column with a slot of their own; the others share one with what is missing."""

_SINGLE = 2.0**-24
"""Largest relative error of a number in single precision."""
_BLUR = 1e-3
"""Share of a standard deviation by which numbers may be rounded."""
_SMALLEST = 1e-30
"""Scales below it, or above its inverse, come near the ends of single precision."""


@dataclass(frozen=True)
class Preprocessing:
    """x' = (flatten(x) - offset) / scale; ``offset`` and ``scale`` are float32 (d,).

    Where ``features`` are named, they take the place of the x and y of points.
    """

    input_shape: tuple[int, ...]
    offset: np.ndarray
    scale: np.ndarray
    features: tuple[str, ...] = ()

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Raw rows (n, *input_shape) as float32 (n, d); a new array."""
        flat = x.reshape(len(x), math.prod(x.shape[1:])).astype(np.float32)
        flat = with_features(flat, self.features)
        flat -= self.offset
        flat /= self.scale
        return flat


@dataclass(frozen=True)
class TargetScale:
    """y = standardised * std + mean, in original units; 0 and 1 for classes."""

    mean: float = 0.0
    std: float = 1.0

    @property
    def double(self) -> bool:
        """Whether values in original units need double precision."""
        return needs_double(self.mean, self.std)


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


def needs_double(centre: float, scale: float) -> bool:
    """Whether single precision would blur numbers that lie about ``scale`` around ``centre``."""
    return abs(centre) * _SINGLE > _BLUR * scale or not _SMALLEST < scale < 1 / _SMALLEST


@overload
def fit_preprocessing(info: DatasetInfo, train_x: np.ndarray) -> Preprocessing: ...
@overload
def fit_preprocessing(info: DatasetInfo, train_x: pd.DataFrame) -> TablePreprocessing: ...
def fit_preprocessing(info: DatasetInfo, train_x: RawRows) -> Preprocessing | TablePreprocessing:
    """Full scale for images; mean and standard deviation of each column otherwise.

    A column that is constant over ``train_x`` gets scale 1. A DataFrame is encoded by column.
    """
    if not isinstance(train_x, np.ndarray):
        return fit_table(train_x)
    if info.full_scale is not None:
        scale = np.full(info.inputs, info.full_scale, dtype=np.float32)
        return Preprocessing(info.input_shape, np.zeros_like(scale), scale)
    # The statistics are of what the network will see: the rows in single precision.
    flat = train_x.reshape(len(train_x), -1).astype(np.float32)
    flat = with_features(flat, info.features)
    offset = flat.mean(axis=0, dtype=np.float64).astype(np.float32)
    scale = flat.std(axis=0, dtype=np.float64).astype(np.float32)
    scale[(flat.min(axis=0) == flat.max(axis=0)) | (scale == 0)] = 1
    return Preprocessing(info.input_shape, offset, scale, info.features)


def fit_target(info: DatasetInfo, train_y: np.ndarray) -> TargetScale:
    """Mean and standard deviation of a regression's training targets; 0 and 1 for classes."""
    if info.task == "classification":
        return TargetScale()
    # Rounding can give equal values a tiny deviation, and a tiny deviation none.
    std = 0.0 if train_y.min() == train_y.max() else float(train_y.std())
    return TargetScale(float(train_y.mean()), std or 1.0)


def scaled_target(y: np.ndarray, info: DatasetInfo, target: TargetScale) -> np.ndarray:
    """What a network is to answer: int32 classes, or float32 standardised values."""
    if info.task == "classification":
        return y.astype(np.int32)
    return ((y - target.mean) / target.std).astype(np.float32)


def row_shape(info: DatasetInfo, width: int) -> tuple[int, ...]:
    """Shape of a row of ``width`` numbers as a network may see it: of a picture, or (width,)."""
    shape = info.row_shape
    return shape if math.prod(shape) == width else (width,)


def fit_table(train_x: pd.DataFrame) -> TablePreprocessing:
    """Median, mean and standard deviation of numbers, the most frequent categories of texts.

    A column without a number gets 0, one that is constant the scale 1.
    """
    return TablePreprocessing(
        tuple(
            _fit_category(name, column)
            if _holds_texts(column)
            else _fit_number(name, column.to_numpy(np.float64))
            for name, column in ((str(name), train_x[name]) for name in train_x.columns)
        )
    )


def encoded_width(frame: pd.DataFrame) -> int:
    """Numbers in an encoded row of this table, whatever its split."""
    return sum(
        _category_width(column) if _holds_texts(column) else 1
        for column in (frame[name] for name in frame.columns)
    )


def _holds_texts(column: pd.Series) -> bool:
    # Imported late: most datasets have no table of texts.
    import pandas as pd

    return isinstance(column.dtype, pd.CategoricalDtype)


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
    vocabulary = sorted(str(column.cat.categories[code]) for code in frequent if counts[code])
    other = 0
    if len(codes) and counts[frequent].sum() == len(codes):
        other = 1 + vocabulary.index(str(column.cat.categories[frequent[0]]))
    return CategoryColumn(name, tuple(vocabulary), _category_width(column), other)


def _category_width(column: pd.Series) -> int:
    return min(len(column.cat.categories), MAX_CATEGORIES) + 1


def _slots(values: pd.Series, column: CategoryColumn) -> np.ndarray:
    """The slot of each value of a column of categories."""
    place = {word: number for number, word in enumerate(column.vocabulary, start=1)}
    places = [place.get(str(word), column.other) for word in values.cat.categories]
    return np.array([*places, column.other])[values.cat.codes.to_numpy()]
