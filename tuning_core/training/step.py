"""What a training step knows while it is traced, and the layers that read it."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import tensorflow as tf

_STREAMS = 16
"""Independent random streams a step can draw from: at least one per noisy layer."""


@dataclass(frozen=True)
class Step:
    """One update: its knobs (float32 scalars), number from 0 and noise seed (int32 scalars)."""

    knobs: dict[str, tf.Tensor]
    number: tf.Tensor
    noise_seed: tf.Tensor

    def uniform(self, shape: tf.Tensor, stream: int) -> tf.Tensor:
        """Numbers in [0, 1) that depend on the seed, the step and the stream alone."""
        seed = tf.stack([self.noise_seed, self.number * _STREAMS + stream])
        return tf.random.stateless_uniform(shape, seed, alg="philox")


class TracedKit:
    """A ``LayerKit`` whose layers take their settings from the step being traced."""

    def __init__(self) -> None:
        self.step: Step | None = None
        self._streams = 0

    def dropout(self, rate: float, seed: int, name: str) -> keras.layers.Layer:
        """Dropout whose rate is the knob of that name; ``rate`` and ``seed`` play no part."""
        self._streams += 1
        return _TracedDropout(self, self._streams, name=name)


class _TracedDropout(keras.layers.Layer):
    """The mathematics of ``keras.layers.Dropout`` without its Python branch on the rate."""

    def __init__(self, kit: TracedKit, stream: int, name: str) -> None:
        super().__init__(name=name)
        self._kit = kit
        self._stream = stream

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        step = self._kit.step
        if not training or step is None:
            return inputs
        rate = step.knobs["dropout"]
        kept = step.uniform(tf.shape(inputs), self._stream) >= rate
        return tf.where(kept, inputs / (1.0 - rate), 0.0)
