"""The arrays of a study as tensors that stay on the device."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from tuning_core.datasets import PreparedData, TargetScale
from tuning_core.training.tasks import TASKS, Measured, spread


@dataclass(frozen=True)
class ResidentData:
    """Training and validation rows on the device, and what their metrics need to know."""

    x: tf.Tensor
    y: tf.Tensor
    validation_x: tf.Tensor
    validation_y: tf.Tensor
    rows: int
    validation_rows: int
    spreads: tuple[float, float]
    task: str
    target: TargetScale
    row_shape: tuple[int, ...]

    @classmethod
    def of_arrays(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        validation_x: np.ndarray,
        validation_y: np.ndarray,
        task: str,
        target: TargetScale,
        row_shape: tuple[int, ...] | None = None,
    ) -> ResidentData:
        """From x (n, d) and y (n,) of both parts; ``row_shape`` is that of a row's picture."""
        kind = TASKS[task].target_type
        return cls(
            x=tf.constant(x, tf.float32),
            y=tf.constant(y, kind),
            validation_x=tf.constant(validation_x, tf.float32),
            validation_y=tf.constant(validation_y, kind),
            rows=len(x),
            validation_rows=len(validation_x),
            spreads=(spread(y), spread(validation_y)),
            task=task,
            target=target,
            row_shape=row_shape or x.shape[1:],
        )

    @classmethod
    def of(cls, data: PreparedData) -> ResidentData:
        """From prepared data; copies it to the device."""
        train, validation = data.train, data.validation
        # What the rows are made of may be wider than the dataset's own shape says.
        shape = data.info.row_shape
        fits = math.prod(shape) == train.x.shape[1]
        return cls.of_arrays(
            train.x,
            train.y,
            validation.x,
            validation.y,
            data.info.task,
            data.target,
            shape if fits else None,
        )

    def metrics(self, sums: np.ndarray) -> dict[str, float]:
        """Named metrics of an epoch from its training sums and validation sums."""
        half = len(sums) // 2
        training = self._measured(sums[:half], self.rows, self.spreads[0])
        validation = self._measured(sums[half:], self.validation_rows, self.spreads[1])
        return training | {f"val_{name}": value for name, value in validation.items()}

    def _measured(self, sums: np.ndarray, rows: int, spread: float) -> dict[str, float]:
        return TASKS[self.task].metrics(Measured(sums.tolist(), rows, spread, self.target))
