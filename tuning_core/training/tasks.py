"""What a task measures: the sums a graph adds up, and the metrics they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from tuning_core.datasets import TargetScale


@dataclass(frozen=True)
class Measured:
    """What metrics are made of: ``sums`` over ``rows`` rows whose targets have a ``spread``
    (sum of squared distances from their mean, standardised), and the scale of the targets."""

    sums: Sequence[float]
    rows: int
    spread: float
    target: TargetScale


@dataclass(frozen=True)
class Task:
    """``sums`` (y, answers) gives the sums of a batch beside its loss, ``count`` in all with
    it; ``metrics`` makes named numbers of them."""

    target_type: tf.DType
    sums: Callable[[tf.Tensor, tf.Tensor], list[tf.Tensor]]
    count: int
    metrics: Callable[[Measured], dict[str, float]]


def _correct(y: tf.Tensor, answers: tf.Tensor) -> list[tf.Tensor]:
    return [tf.reduce_sum(tf.cast(tf.argmax(answers, -1, y.dtype) == y, tf.float64))]


def _class_metrics(measured: Measured) -> dict[str, float]:
    loss, correct = measured.sums
    return {"loss": loss / measured.rows, "accuracy": correct / measured.rows}


def _errors(y: tf.Tensor, answers: tf.Tensor) -> list[tf.Tensor]:
    error = tf.cast(answers[:, 0] - y, tf.float64)
    return [tf.reduce_sum(tf.abs(error)), tf.reduce_sum(tf.square(error))]


def _regression_metrics(measured: Measured) -> dict[str, float]:
    loss, absolute, squared = measured.sums
    rows, std = measured.rows, measured.target.std
    return {
        "loss": loss / rows,
        "mae": absolute / rows * std,
        "mse": squared / rows * std**2,
        "r2": r_squared(squared, measured.spread),
    }


def r_squared(squared: float, spread: float) -> float:
    """1 - squared errors / spread of the targets; of constant targets 1 if exact, else 0."""
    if spread == 0:
        return 1.0 if squared == 0 else 0.0
    return 1.0 - squared / spread


def spread(y: np.ndarray) -> float:
    """Sum of squared distances from the mean, in double precision."""
    exact = y.astype(np.float64)
    return float(np.sum(np.square(exact - exact.mean()))) if len(exact) else 0.0


TASKS: dict[str, Task] = {
    "classification": Task(tf.int32, _correct, 2, _class_metrics),
    "regression": Task(tf.float32, _errors, 3, _regression_metrics),
}


@dataclass(frozen=True)
class Rows:
    """What the metrics of a study's rows need to know: how many there are for training and for
    validation, the spreads of their targets, and the shape of one."""

    rows: int
    validation_rows: int
    spreads: tuple[float, float]
    task: str
    target: TargetScale
    row_shape: tuple[int, ...]

    def metrics(self, sums: np.ndarray) -> dict[str, float]:
        """Named metrics of an epoch from its training sums and validation sums."""
        half = len(sums) // 2
        training = self._measured(sums[:half], self.rows, self.spreads[0])
        validation = self._measured(sums[half:], self.validation_rows, self.spreads[1])
        return training | {f"val_{name}": value for name, value in validation.items()}

    def _measured(self, sums: np.ndarray, rows: int, spread: float) -> dict[str, float]:
        return TASKS[self.task].metrics(Measured(sums.tolist(), rows, spread, self.target))
