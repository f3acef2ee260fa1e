"""The rows of one training: where they are, what their metrics need, what the device holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import tensorflow as tf
from tensorflow.python.client import device_lib

from tuning_core.datasets import Fold, FoldedData, PreparedData, TargetScale
from tuning_core.resources import free_memory_bytes, memory_bytes
from tuning_core.training.losses_and_metrics import (
    MetricSums,
    TaskMetrics,
    area_under_curve,
    metrics_of_task,
    squares_of,
)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """``rows`` are trained on and ``validation_rows`` validate; none do when all are trained on.

    Rows [held_from, held_from + held_rows) of the training arrays are left out: in
    cross-validation all folds share their arrays, and what a fold leaves out validates it.
    Validation begins at ``held_from`` of the validation arrays. ``squares`` are those of the
    targets of both parts, ``labels`` the validation classes.
    """

    rows: int
    validation_rows: int
    squares: tuple[float, float]
    labels: np.ndarray
    task: str
    outputs: int
    target: TargetScale
    row_shape: tuple[int, ...]
    held_from: int = 0
    held_rows: int = 0

    @property
    def task_metrics(self) -> TaskMetrics:
        """What is measured on these rows."""
        return metrics_of_task(self.task, self.outputs, self.target.log)

    def metrics(self, sums: np.ndarray, scores: np.ndarray) -> dict[str, float]:
        """Named metrics of an epoch from its training sums and validation sums.

        ``scores`` (validation rows,) are probabilities of the second of two classes, else empty.
        """
        half = len(sums) // 2
        metrics = self._measured(sums[:half], self.rows, self.squares[0])
        if self.validation_rows:
            validation = self._measured(sums[half:], self.validation_rows, self.squares[1])
            metrics |= {f"val_{name}": value for name, value in validation.items()}
        if len(scores):
            metrics["val_auc"] = area_under_curve(self.labels, scores)
        return metrics

    def _measured(self, sums: np.ndarray, rows: int, total_squares: float) -> dict[str, float]:
        return self.task_metrics.metrics(
            MetricSums(sums.tolist(), rows, total_squares, self.target)
        )


@dataclass(frozen=True, kw_only=True)
class HostData(Rows):
    """Training and validation rows as arrays; ``weights`` are those of ``x`` in the loss."""

    x: np.ndarray
    y: np.ndarray
    validation_x: np.ndarray
    validation_y: np.ndarray
    weights: np.ndarray | None = None

    @classmethod
    def of_folds(cls, data: PreparedData | FoldedData) -> list[Self]:
        """One for each fold, or one in all; they share the arrays of ``data``."""
        if isinstance(data, FoldedData):
            return [cls._of_fold(data, fold) for fold in data.folds]
        train, validation = data.train, data.validation
        return [
            cls(
                rows=len(train.x),
                validation_rows=len(validation.x),
                squares=(
                    squares_of(train.y, data.target),
                    squares_of(validation.y, data.target),
                ),
                labels=validation.y,
                task=data.info.task,
                outputs=data.outputs,
                target=data.target,
                row_shape=data.row_shape,
                x=train.x,
                y=train.y,
                validation_x=validation.x,
                validation_y=validation.y,
                weights=data.weights,
            )
        ]

    @classmethod
    def _of_fold(cls, data: FoldedData, fold: Fold) -> Self:
        train, validation = fold.train_rows, slice(fold.first, fold.last)
        return cls(
            rows=len(train),
            validation_rows=fold.last - fold.first,
            squares=(
                squares_of(fold.y[train], fold.target),
                squares_of(fold.y[validation], fold.target),
            ),
            labels=fold.y[validation],
            task=data.info.task,
            outputs=data.outputs,
            target=fold.target,
            row_shape=data.row_shape,
            held_from=fold.first,
            held_rows=fold.last - fold.first,
            x=fold.x,
            y=fold.y,
            validation_x=fold.x,
            validation_y=fold.y,
            weights=fold.weights,
        )

    def train_rows(self, order: np.ndarray) -> np.ndarray:
        """Row numbers in ``x`` of the training rows, which ``order`` counts from 0."""
        return np.where(order < self.held_from, order, order + self.held_rows)


@dataclass(frozen=True, kw_only=True)
class ResidentData(Rows):
    """Training and validation rows as tensors that stay on the device."""

    x: tf.Tensor
    y: tf.Tensor
    validation_x: tf.Tensor
    validation_y: tf.Tensor
    weights: tf.Tensor | None = None

    @classmethod
    def placed(cls, folds: Sequence[HostData]) -> list[Self]:
        """Copies the arrays of all folds to the device, one that is shared only once."""
        tensors: dict[tuple[int, tf.DType], tf.Tensor] = {}

        def place(array: np.ndarray, kind: tf.DType) -> tf.Tensor:
            key = (id(array), kind)
            if key not in tensors:
                tensors[key] = _tensor(array, kind)
            return tensors[key]

        return [
            cls(
                **{field.name: getattr(fold, field.name) for field in fields(Rows)},
                x=place(fold.x, tf.float32),
                y=place(fold.y, fold.task_metrics.target_type),
                validation_x=place(fold.validation_x, tf.float32),
                validation_y=place(fold.validation_y, fold.task_metrics.target_type),
                weights=None if fold.weights is None else place(fold.weights, tf.float32),
            )
            for fold in folds
        ]


def _tensor(array: np.ndarray, kind: tf.DType) -> tf.Tensor:
    """A tensor on the device; in the processor's memory, of a mapped file without a copy."""
    mapped = isinstance(array, np.memmap) and array.dtype == kind.as_numpy_dtype
    if mapped and not tf.config.list_logical_devices("GPU"):
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.constant(array, kind)


def size_of(folds: Sequence[HostData]) -> int:
    """Bytes of all training and validation rows, shared ones counted once."""
    arrays = (a for f in folds for a in (f.x, f.y, f.validation_x, f.validation_y))
    return sum({id(array): array.nbytes for array in arrays}.values())


_DEVICE_SHARE = 0.4
"""Share of the device's memory that rows may take; networks and their answers need the rest."""


def free_bytes() -> int:
    """Bytes that a network may still take: of the first GPU, or of the machine or container."""
    if tf.config.list_logical_devices("GPU"):
        gpus = [d for d in device_lib.list_local_devices() if d.device_type == "GPU"]
        return int(
            gpus[0].memory_limit - tf.config.experimental.get_memory_info("GPU:0")["current"]
        )
    return free_memory_bytes()


def device_limit() -> int:
    """Bytes of rows that the device may hold: the first GPU, or the memory of the machine."""
    if tf.config.list_logical_devices("GPU"):
        gpus = [d for d in device_lib.list_local_devices() if d.device_type == "GPU"]
        return int(gpus[0].memory_limit * _DEVICE_SHARE)
    return int(memory_bytes() * _DEVICE_SHARE)
