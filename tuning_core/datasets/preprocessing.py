"""From raw rows to the numbers that a network sees and answers, fitted on training rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from tuning_core.catalog.dataset import LogScale
from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.columns.numbers import needs_double
from tuning_core.datasets.columns.table import TablePreprocessing, fit_table
from tuning_core.datasets.planes import with_features
from tuning_core.datasets.raw import RawRows

if TYPE_CHECKING:
    import pandas as pd


FARTHEST = 20.0
"""Standard deviations of logarithms beyond which answers would be no numbers."""


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
    """y = back(standardised * std + mean), in original units; 0 and 1 for classes.

    ``log`` is the scale on which values are standardised: ``back`` is exp for "log", exp - 1 for
    "log1p", and else nothing. ``mean`` and ``std`` are then those of the logarithms, and
    standardised answers further than ``FARTHEST`` from 0 count as that.
    """

    mean: float = 0.0
    std: float = 1.0
    log: LogScale | None = None

    def original(self, standardised: np.ndarray) -> np.ndarray:
        """Standardised values in original units."""
        if self.log is None:
            return np.asarray(standardised * self.std + self.mean)
        cut = np.clip(standardised.astype(np.float64), -FARTHEST, FARTHEST)
        back = np.exp if self.log == "log" else np.expm1
        return np.asarray(back(cut * self.std + self.mean))

    def standardised(self, values: np.ndarray) -> np.ndarray:
        """Values in original units, standardised."""
        if self.log is None:
            return np.asarray((values - self.mean) / self.std)
        # Single precision may have rounded an answer down to where its logarithm ends.
        with np.errstate(divide="ignore"):
            logarithms = (np.log if self.log == "log" else np.log1p)(values)
        return np.asarray(np.clip((logarithms - self.mean) / self.std, -FARTHEST, FARTHEST))

    @property
    def double(self) -> bool:
        """Whether values in original units need double precision."""
        return self.log is None and needs_double(self.mean, self.std)


@overload
def fit_preprocessing(
    info: DatasetInfo, train_x: np.ndarray, train_y: np.ndarray | None = None
) -> Preprocessing: ...
@overload
def fit_preprocessing(
    info: DatasetInfo, train_x: pd.DataFrame, train_y: np.ndarray | None = None
) -> TablePreprocessing: ...
def fit_preprocessing(
    info: DatasetInfo, train_x: RawRows, train_y: np.ndarray | None = None
) -> Preprocessing | TablePreprocessing:
    """Full scale for images; mean and standard deviation of each column otherwise.

    A column that is constant over ``train_x`` gets scale 1. A DataFrame is encoded by column, of
    categories of which there are many by the answers ``train_y`` (n,) too.
    """
    if not isinstance(train_x, np.ndarray):
        return fit_table(train_x, info.columns, train_y, info.classes)
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
    """Mean and standard deviation of a regression's training targets; 0 and 1 for classes.

    Those of their logarithms where they are learnt on such a scale.
    """
    if info.task == "classification":
        return TargetScale()
    train_y = TargetScale(log=info.target_scale).standardised(train_y)
    # Rounding can give equal values a tiny deviation, and a tiny deviation none.
    std = 0.0 if train_y.min() == train_y.max() else float(train_y.std())
    return TargetScale(float(train_y.mean()), std or 1.0, info.target_scale)


def scaled_target(y: np.ndarray, info: DatasetInfo, target: TargetScale) -> np.ndarray:
    """What a network is to answer: int32 classes, or float32 standardised values."""
    if info.task == "classification":
        return y.astype(np.int32)
    return target.standardised(y).astype(np.float32)


def row_shape(info: DatasetInfo, width: int) -> tuple[int, ...]:
    """Shape of a row of ``width`` numbers as a network may see it: of a picture, or (width,)."""
    shape = info.row_shape
    return shape if math.prod(shape) == width else (width,)
