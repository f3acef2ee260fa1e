"""What a training step knows while it is traced, and which hyperparameters are its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow as tf

from tuning_core.catalog.hyperparameters import HYPERPARAMETERS, Value

KNOBS: dict[str, float] = {
    hyperparameter.id: float(hyperparameter.in_config({}))
    for hyperparameter in HYPERPARAMETERS.values()
    if hyperparameter.traced == "number"
}
"""Hyperparameters that are numbers in the graph, with what holds where one is inactive."""


def knob_values(config: Mapping[str, Value]) -> list[float]:
    """The value of every knob in a configuration, in the order of ``KNOBS``."""
    return [float(config.get(name, value)) for name, value in KNOBS.items()]


_STREAMS = 16
"""Independent random streams a step can draw from: at least one per noisy layer."""


@dataclass(frozen=True)
class Step:
    """One update.

    Its learning rate and knobs are float32 scalars, its number from 0 and its noise seed int32
    scalars.
    """

    rate: tf.Tensor
    knobs: dict[str, tf.Tensor]
    number: tf.Tensor
    noise_seed: tf.Tensor

    def uniform(self, shape: tf.Tensor, stream: int) -> tf.Tensor:
        """Numbers in [0, 1) that depend on the seed, the step and the stream alone."""
        return tf.random.stateless_uniform(shape, self._seed(stream), alg="philox")

    def normal(self, shape: tf.Tensor, stream: int) -> tf.Tensor:
        """Numbers of mean 0 and deviation 1 that depend on seed, step and stream alone."""
        return tf.random.stateless_normal(shape, self._seed(stream), alg="philox")

    def _seed(self, stream: int) -> tf.Tensor:
        return tf.stack([self.noise_seed, self.number * _STREAMS + stream])
