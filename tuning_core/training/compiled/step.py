"""What a training step knows while it is traced, and what its tensors of numbers mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow as tf

from tuning_core.catalog.hyperparameters import HYPERPARAMETERS, Value
from tuning_core.training.compiled.noise import BatchNoise

KNOBS: dict[str, float] = {
    hyperparameter.id: float(hyperparameter.in_config({}))
    for hyperparameter in HYPERPARAMETERS.values()
    if hyperparameter.traced == "number"
}
"""Hyperparameters that are numbers in the graph, with what holds where one is inactive."""


def knob_values(config: Mapping[str, Value]) -> list[float]:
    """The value of every knob in a configuration, in the order of ``KNOBS``."""
    return [float(config.get(name, value)) for name, value in KNOBS.items()]


POSITION: tuple[str, ...] = (
    "rows",
    "held_from",
    "held_rows",
    "batch_size",
    "start",
    "stop",
    "validation_rows",
    "epoch",
    "steps",
    "shuffle_seed",
    "noise_seed",
)
"""What the whole numbers of one call mean. Batches [start, stop) of an epoch are trained;
``steps`` updates were made before. With ``validation_rows`` 0 nothing is validated. The first
three are those of ``Rows``."""


@dataclass(frozen=True)
class Step:
    """One update.

    Its learning rate and knobs are float32 scalars, its number from 0 an int32 scalar.
    """

    rate: tf.Tensor
    knobs: dict[str, tf.Tensor]
    number: tf.Tensor
    noise: BatchNoise | None
