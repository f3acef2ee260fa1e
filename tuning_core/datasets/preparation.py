"""Turns raw rows into what a network trains on, with numbers from the training rows alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.images import Progress
from tuning_core.datasets.loading import load
from tuning_core.datasets.raw import RawData
from tuning_core.datasets.splitting import split, split_rows
from tuning_core.spec import DatasetSpec


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
        flat = x.reshape(len(x), -1).astype(np.float32)
        flat -= self.offset
        flat /= self.scale
        return flat


@dataclass(frozen=True)
class TargetScale:
    """y = standardised * std + mean, in original units; 0 and 1 for classes."""

    mean: float = 0.0
    std: float = 1.0


@dataclass(frozen=True)
class PreparedData:
    """What a search may see: never a test row.

    ``outputs`` is the number of classes, or 1. ``sizes`` counts the rows of "train",
    "validation" and "test". ``stratified`` is False when a class had too few rows for it.
    """

    info: DatasetInfo
    train: Part
    validation: Part
    preprocessing: Preprocessing
    target: TargetScale
    outputs: int
    sizes: dict[str, int]
    stratified: bool = True

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of a row as a network may see it: of a picture, or (d,)."""
        width = self.train.x.shape[1]
        shape = self.info.row_shape
        return shape if math.prod(shape) == width else (width,)


@dataclass(frozen=True)
class TestPart:
    """The untouched rows: ``x_raw`` (n, *input_shape), ``y`` (n,) int64 or float64 as it came."""

    __test__ = False  # pytest takes classes named Test... for tests

    x_raw: np.ndarray
    y: np.ndarray


def prepare(spec: DatasetSpec, home: Path, progress: Progress | None = None) -> PreparedData:
    """Loads (``progress`` as in ``load``), splits and preprocesses a dataset; raises DataError."""
    return prepare_rows(load(spec.id, home, progress), spec)


def prepare_rows(raw: RawData, spec: DatasetSpec) -> PreparedData:
    """Splits and preprocesses rows that are already loaded; raises DataError."""
    rows = split_rows(raw, spec)
    indices = split(raw, spec)
    train_x, train_y = rows.x[indices.train], rows.y[indices.train]
    preprocessing = fit_preprocessing(raw.info, train_x)
    target = fit_target(raw.info, train_y)
    return PreparedData(
        info=raw.info,
        train=Part(preprocessing.apply(train_x), _scaled(train_y, raw.info, target)),
        validation=Part(
            preprocessing.apply(rows.x[indices.validation]),
            _scaled(rows.y[indices.validation], raw.info, target),
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
    )


def test_part(spec: DatasetSpec, home: Path) -> TestPart:
    """The rows that a search never saw: the dataset's own test part, or the split's share."""
    raw = load(spec.id, home)
    rows = split_rows(raw, spec)
    if rows.test is not None:
        return TestPart(*rows.test)
    indices = split(raw, spec).test
    return TestPart(rows.x[indices], rows.y[indices])


def fit_preprocessing(info: DatasetInfo, train_x: np.ndarray) -> Preprocessing:
    """Full scale for images; mean and standard deviation of each column otherwise.

    A column that is constant over ``train_x`` gets scale 1.
    """
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


def _scaled(y: np.ndarray, info: DatasetInfo, target: TargetScale) -> np.ndarray:
    if info.task == "classification":
        return y.astype(np.int32)
    return ((y - target.mean) / target.std).astype(np.float32)
