"""What this process trains on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

import keras
import keras_tuner
import psutil
import tensorflow as tf

from tuning_core.resources import cores

INTRA_OP_THREADS = 1
"""Threads of one operation: on the small matrices of a dense network a second one gains little,
and the page answers clicks on the other core."""


@dataclass(frozen=True)
class Device:
    """The machine's part that a worker uses, and the versions that its results depend on."""

    pid: int
    name: str
    versions: dict[str, str]
    gpu: bool = False

    @property
    def memory_mb(self) -> float:
        """Resident memory of this process."""
        return round(psutil.Process().memory_info().rss / 1e6, 1)


def set_up_device() -> Device:
    """Configure TensorFlow before its first operation."""
    tf.config.threading.set_intra_op_parallelism_threads(INTRA_OP_THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(INTRA_OP_THREADS)
    # It warns of every graph beyond the fourth, which here are as many architectures.
    tf.get_logger().setLevel("ERROR")
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        # Otherwise the first worker takes the whole memory and a spare none.
        tf.config.experimental.set_memory_growth(gpu, True)
    versions = {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "keras_tuner": keras_tuner.__version__,
    }
    name = _gpu_name(gpus) if gpus else _cpu_name()
    return Device(os.getpid(), name, versions, gpu=bool(gpus))


def _gpu_name(gpus: list[tf.config.PhysicalDevice]) -> str:
    details = tf.config.experimental.get_device_details(gpus[0])
    return f"GPU, {details.get('device_name', 'unnamed')}"


def _cpu_name() -> str:
    usable = cores()
    return f"CPU, {usable} core{'' if usable == 1 else 's'}"
