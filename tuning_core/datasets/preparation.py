"""Turns raw rows into what a network trains on, with numbers from the training rows alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.attempts import Progress
from tuning_core.datasets.class_weights import class_weights
from tuning_core.datasets.loading import load_rows
from tuning_core.datasets.raw import RawData, RawRows
from tuning_core.datasets.splitting import SplitIndices, split, split_rows
from tuning_core.spec.dataset import DatasetSpec

if TYPE_CHECKING:
    import pandas as pd

    from tuning_core.datasets.tables.encoding import TablePreprocessing

_SINGLE = 2.0**-24
"""Largest relative error of a number in single precision."""
_BLUR = 1e-3
"""Share of a standard deviation by which numbers may be rounded."""
_SMALLEST = 1e-30
"""Scales below it, or above its inverse, come near the ends of single precision."""


@dataclass(frozen=True)
class Part:
    """``x`` float32 (n, d) preprocessed; ``y`` (n,) int32 classes or float32 standardised."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Preprocessing:
    """x' = (flatten(x) - offset) / scale; ``offset`` and ``scale`` are float32 (d,)."""

    input_shape: tuple[int, ...]
    offset: np.ndarray
    scale: np.ndarray

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Raw rows (n, *input_shape) as float32 (n, d); a new array."""
        flat = x.reshape(len(x), math.prod(x.shape[1:])).astype(np.float32)
        flat -= self.offset
        flat /= self.scale
        return flat


def needs_double(centre: float, scale: float) -> bool:
    """Whether single precision would blur numbers that lie about ``scale`` around ``centre``."""
    return abs(centre) * _SINGLE > _BLUR * scale or not _SMALLEST < scale < 1 / _SMALLEST


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
class PreparedData:
    """What a search may see: never a test row.

    ``outputs`` is the number of classes, or 1. ``sizes`` counts the rows of "train",
    "validation" and "test". ``stratified`` is False when a class had too few rows for it.
    ``weights`` float32 (n,) are those of the training rows in the loss, 1 in the mean, or None.
    """

    info: DatasetInfo
    train: Part
    validation: Part
    preprocessing: Preprocessing | TablePreprocessing
    target: TargetScale
    outputs: int
    sizes: dict[str, int]
    stratified: bool = True
    weights: np.ndarray | None = None

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of a row as a network may see it: of a picture, or (d,)."""
        return row_shape(self.info, self.train.x.shape[1])


@dataclass(frozen=True)
class TestPart:
    """The untouched rows: ``x_raw`` (n, *input_shape) or a DataFrame, ``y`` (n,) as it came."""

    __test__ = False  # pytest takes classes named Test... for tests

    x_raw: RawRows
    y: np.ndarray


def prepare(spec: DatasetSpec, home: Path, progress: Progress | None = None) -> PreparedData:
    """Loads (``progress`` as in ``load``), splits and preprocesses a dataset; raises DataError."""
    return prepare_rows(load_rows(spec, home, progress), spec)


def prepare_rows(raw: RawData, spec: DatasetSpec) -> PreparedData:
    """Splits and preprocesses rows that are already loaded; raises DataError."""
    return _prepared(raw, spec, split(raw, spec))


def prepare_all(spec: DatasetSpec, home: Path) -> PreparedData:
    """Like ``prepare``, with all rows outside the test part for training and none to validate."""
    raw = load_rows(spec, home)
    indices = split(raw, spec)
    train = outside_test(indices)
    return _prepared(raw, spec, replace(indices, train=train, validation=train[:0]))


def outside_test(indices: SplitIndices) -> np.ndarray:
    """Numbers of the rows outside the test part, in ascending order."""
    return np.sort(np.concatenate([indices.train, indices.validation]))


def _prepared(raw: RawData, spec: DatasetSpec, indices: SplitIndices) -> PreparedData:
    rows = split_rows(raw, spec)
    train_x, train_y = rows.rows(indices.train), rows.y[indices.train]
    preprocessing = fit_preprocessing(raw.info, train_x)
    target = fit_target(raw.info, train_y)
    train = part_of(train_x, train_y, raw.info, preprocessing, target)
    # Of a large table this is memory that the validation rows need next.
    del train_x
    return PreparedData(
        info=raw.info,
        train=train,
        validation=part_of(
            rows.rows(indices.validation),
            rows.y[indices.validation],
            raw.info,
            preprocessing,
            target,
        ),
        preprocessing=preprocessing,
        target=target,
        outputs=raw.info.outputs,
        sizes={
            "train": len(indices.train),
            "validation": len(indices.validation),
            "test": len(indices.test) if rows.test is None else len(rows.test[1]),
        },
        stratified=indices.stratified,
        weights=class_weights(spec, train_y, train_y),
    )


def test_part(spec: DatasetSpec, home: Path) -> TestPart:
    """The rows that a search never saw: the dataset's own test part, or the split's share."""
    raw = load_rows(spec, home)
    rows = split_rows(raw, spec)
    if rows.test is not None:
        return TestPart(*rows.test)
    indices = split(raw, spec).test
    return TestPart(rows.rows(indices), rows.y[indices])


def part_of(
    x: RawRows,
    y: np.ndarray,
    info: DatasetInfo,
    preprocessing: Preprocessing | TablePreprocessing,
    target: TargetScale,
) -> Part:
    """Raw rows and answers as a network trains on them."""
    return Part(preprocessing.apply(x), scaled_target(y, info, target))


@overload
def fit_preprocessing(info: DatasetInfo, train_x: np.ndarray) -> Preprocessing: ...
@overload
def fit_preprocessing(info: DatasetInfo, train_x: pd.DataFrame) -> TablePreprocessing: ...
def fit_preprocessing(info: DatasetInfo, train_x: RawRows) -> Preprocessing | TablePreprocessing:
    """Full scale for images; mean and standard deviation of each column otherwise.

    A column that is constant over ``train_x`` gets scale 1. A DataFrame is encoded by column.
    """
    if not isinstance(train_x, np.ndarray):
        from tuning_core.datasets.tables.encoding import fit_table

        return fit_table(train_x)
    if info.full_scale is not None:
        scale = np.full(info.inputs, info.full_scale, dtype=np.float32)
        return Preprocessing(info.input_shape, np.zeros_like(scale), scale)
    # The statistics are of what the network will see: the rows in single precision.
    flat = train_x.reshape(len(train_x), -1).astype(np.float32)
    offset = flat.mean(axis=0, dtype=np.float64).astype(np.float32)
    scale = flat.std(axis=0, dtype=np.float64).astype(np.float32)
    scale[(flat.min(axis=0) == flat.max(axis=0)) | (scale == 0)] = 1
    return Preprocessing(info.input_shape, offset, scale)


def fit_target(info: DatasetInfo, train_y: np.ndarray) -> TargetScale:
    """Mean and standard deviation of a regression's training targets; 0 and 1 for classes."""
    if info.task == "classification":
        return TargetScale()
    # Rounding can give equal values a tiny spread, and a tiny spread none.
    std = 0.0 if train_y.min() == train_y.max() else float(train_y.std())
    return TargetScale(float(train_y.mean()), std or 1.0)


def row_shape(info: DatasetInfo, width: int) -> tuple[int, ...]:
    """Shape of a row of ``width`` numbers as a network may see it: of a picture, or (width,)."""
    shape = info.row_shape
    return shape if math.prod(shape) == width else (width,)


def scaled_target(y: np.ndarray, info: DatasetInfo, target: TargetScale) -> np.ndarray:
    """What a network is to answer: int32 classes, or float32 standardised values."""
    if info.task == "classification":
        return y.astype(np.int32)
    return ((y - target.mean) / target.std).astype(np.float32)
