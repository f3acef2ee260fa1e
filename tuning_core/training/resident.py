"""The arrays of a study as tensors that stay on the device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from tuning_core.datasets import PreparedData, TargetScale
from tuning_core.training.tasks import TASKS, Rows, spread


@dataclass(frozen=True)
class ResidentData(Rows):
    """Training and validation rows on the device."""

    x: tf.Tensor
    y: tf.Tensor
    validation_x: tf.Tensor
    validation_y: tf.Tensor

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
            rows=len(x),
            validation_rows=len(validation_x),
            spreads=(spread(y), spread(validation_y)),
            task=task,
            target=target,
            row_shape=row_shape or x.shape[1:],
            x=tf.constant(x, tf.float32),
            y=tf.constant(y, kind),
            validation_x=tf.constant(validation_x, tf.float32),
            validation_y=tf.constant(validation_y, kind),
        )

    @classmethod
    def of(cls, data: PreparedData) -> ResidentData:
        """From prepared data; copies it to the device."""
        train, validation = data.train, data.validation
        return cls.of_arrays(
            train.x,
            train.y,
            validation.x,
            validation.y,
            data.info.task,
            data.target,
            data.row_shape,
        )
