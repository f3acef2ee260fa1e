"""How much the device holds; what does not fit is kept in the host's memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import psutil
import tensorflow as tf
from tensorflow.python.client import device_lib

from tuning_core.catalog.hyperparameters import Value

ModelBuilder = Callable[[Mapping[str, Value], tuple[int, ...], int, str, int], keras.Model]
"""(configuration, shape of a row, outputs, task, seed) to a model on flat rows."""

_CGROUP = Path("/sys/fs/cgroup")
_DEVICE_SHARE = 0.4
"""Share of the device's memory that rows may take; networks and their answers need the rest."""


def free_bytes() -> int:
    """Bytes that a network may still take: of the first GPU, or of the machine or container."""
    if tf.config.list_logical_devices("GPU"):
        gpus = [d for d in device_lib.list_local_devices() if d.device_type == "GPU"]
        return int(
            gpus[0].memory_limit - tf.config.experimental.get_memory_info("GPU:0")["current"]
        )
    free = int(psutil.virtual_memory().available)
    try:
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return free
    return min(free, max(0, limit - used))


def device_limit() -> int:
    """Bytes of rows that the device may hold: the first GPU, or the memory of the machine."""
    if tf.config.list_logical_devices("GPU"):
        gpus = [d for d in device_lib.list_local_devices() if d.device_type == "GPU"]
        return int(gpus[0].memory_limit * _DEVICE_SHARE)
    return int(psutil.virtual_memory().total * _DEVICE_SHARE)
