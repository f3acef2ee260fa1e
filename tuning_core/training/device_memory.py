"""How much the device holds; what does not fit is kept in the host's memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import tensorflow as tf
from tensorflow.python.client import device_lib

from tuning_core.catalog.hyperparameters import Value
from tuning_core.resources import free_memory_bytes, memory_bytes

ModelBuilder = Callable[[Mapping[str, Value], tuple[int, ...], int, str, int], keras.Model]
"""(configuration, shape of a row, outputs, task, seed) to a model on flat rows."""

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
