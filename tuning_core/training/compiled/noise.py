"""What dropout and Gaussian noise draw, for many batches in one call.

Philox (Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3") makes the numbers at any
place of a stream without those before them. So each layer has a stream, each update of a training
a place in it, and what is drawn depends on seed, layer and update alone: not on how many batches
are drawn for at once, nor on where a part of an epoch begins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import tensorflow as tf

_NUMBERS_AT_ONCE = 2**17
"""Numbers drawn at once, if a batch does not need more: a call costs as much as some thousand, and
half a megabyte is still in the cache when it is used."""

_GROUP = 4
"""Numbers that Philox makes together."""

_WHOLE = 32
"""A batch's numbers are a multiple of this, so that it begins with a group, and so that a processor
computes half of them in whole vectors: what is left over gets other last bits."""

_PHILOX = 1


@dataclass(frozen=True)
class Place:
    """A place in the stream of a layer, and the ``shape`` of what is drawn from there on."""

    key: tf.Tensor
    counter: tf.Tensor
    shape: tf.Tensor

    def uniform(self) -> tf.Tensor:
        """Numbers in [0, 1)."""
        return tf.raw_ops.StatelessRandomUniformV2(
            shape=self.shape, key=self.key, counter=self.counter, alg=_PHILOX
        )

    def normal(self) -> tf.Tensor:
        """Numbers of mean 0 and deviation 1.

        Box & Muller 1958, a third of the time of TensorFlow's own, which makes one after the other.
        """
        first, second = tf.split(self.uniform(), 2, axis=1)
        distance = tf.sqrt(-2.0 * tf.math.log(1.0 - first))
        angle = 2.0 * math.pi * second
        return tf.concat([distance * tf.cos(angle), distance * tf.sin(angle)], 1)


Drawn = Sequence[tf.Tensor]
"""What each noisy layer drew for some batches; (batches, numbers) each."""


class NoisyLayer(Protocol):
    """A layer that draws while training."""

    def draw(self, place: Place, knobs: dict[str, tf.Tensor]) -> tf.Tensor:
        """What the layer needs of the numbers at a place of its stream, in the same shape."""


@dataclass(frozen=True)
class BatchNoise:
    """What layers ``drew`` for one batch, the ``place``-th (from 0) of those drawn for at once."""

    drew: Drawn
    place: tf.Tensor

    def like(self, stream: int, inputs: tf.Tensor, per_row: int = 0) -> tf.Tensor:
        """What a layer drew for these inputs, in their shape; the first rows of a partial batch.

        With ``per_row`` so many numbers for each row; (rows, per_row).
        """
        shape = tf.stack([tf.shape(inputs)[0], per_row]) if per_row else tf.shape(inputs)
        size = tf.reduce_prod(shape)
        return tf.reshape(tf.slice(self.drew[stream], [self.place, 0], [1, size]), shape)


class Noise:
    """The draws of a network's layers; ``sizes`` are the numbers that each draws for one row."""

    def __init__(
        self,
        layers: Sequence[NoisyLayer],
        sizes: Sequence[tf.Tensor],
        batch_size: tf.Tensor,
        seed: tf.Tensor,
    ) -> None:
        self._layers = layers
        self._numbers = [-(-batch_size * size // _WHOLE) * _WHOLE for size in sizes]
        self._seed = seed

    @property
    def batches(self) -> tf.Tensor:
        """How many batches are drawn for at once."""
        return tf.maximum(1, _NUMBERS_AT_ONCE // tf.add_n(self._numbers))

    def draw(self, update: tf.Tensor, batches: tf.Tensor, knobs: dict[str, tf.Tensor]) -> Drawn:
        """What each layer draws for so many batches from this update on."""
        drew = []
        for stream, (layer, numbers) in enumerate(zip(self._layers, self._numbers, strict=True)):
            start = tf.raw_ops.StatelessRandomGetKeyCounter(seed=tf.stack([self._seed, stream]))
            skipped = tf.cast(update, tf.int64) * tf.cast(numbers // _GROUP, tf.int64)
            counter = start[1] + tf.cast(tf.stack([skipped, tf.zeros_like(skipped)]), tf.uint64)
            place = Place(start[0], counter, tf.stack([batches, numbers]))
            drew.append(layer.draw(place, knobs))
        return drew
