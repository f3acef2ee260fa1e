"""Where the rows of a study are kept: on the device when they fit, in the host's memory else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras
import numpy as np
import psutil
import tensorflow as tf
from tensorflow.python.client import device_lib

from tuning_core.catalog.hyperparameters import Value
from tuning_core.datasets import PreparedData
from tuning_core.training.tasks import Rows, spread

ModelBuilder = Callable[[Mapping[str, Value], tuple[int, ...], int, str, int], keras.Model]
"""(configuration, shape of a row, outputs, task, seed) to a model on flat rows."""

_DEVICE_SHARE = 0.4
"""Share of the device's memory that rows may take; networks and their answers need the rest."""


@dataclass(frozen=True)
class HostData(Rows):
    """Training and validation rows as arrays."""

    x: np.ndarray
    y: np.ndarray
    validation_x: np.ndarray
    validation_y: np.ndarray

    @classmethod
    def of(cls, data: PreparedData) -> HostData:
        """From prepared data, which it shares."""
        train, validation = data.train, data.validation
        return cls(
            rows=len(train.x),
            validation_rows=len(validation.x),
            spreads=(spread(train.y), spread(validation.y)),
            task=data.info.task,
            target=data.target,
            row_shape=data.row_shape,
            x=train.x,
            y=train.y,
            validation_x=validation.x,
            validation_y=validation.y,
        )


def device_limit() -> int:
    """Bytes of rows that the device may hold: the first GPU, or the memory of the machine."""
    if tf.config.list_logical_devices("GPU"):
        gpus = [d for d in device_lib.list_local_devices() if d.device_type == "GPU"]
        return int(gpus[0].memory_limit * _DEVICE_SHARE)
    return int(psutil.virtual_memory().total * _DEVICE_SHARE)


def size_of(data: PreparedData) -> int:
    """Bytes of all training and validation rows."""
    parts = (data.train, data.validation)
    return sum(array.nbytes for part in parts for array in (part.x, part.y))
