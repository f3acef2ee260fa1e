"""Traced layers: layers and limits that read their settings from the step being traced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
from typing_extensions import override

from tuning_core.catalog.hyperparameters import Value
from tuning_core.models.kit import LEAST_SHARE, LayerKit
from tuning_core.training.compiled.noise import Noise, NoisyLayer
from tuning_core.training.compiled.noisy_layers import (
    MOVES,
    Dropout,
    Flip,
    GaussianNoise,
    Noisy,
)
from tuning_core.training.compiled.step import Step

_BN_MOMENTUM = 0.99
_BN_EPSILON = 1e-3


class TracedKit(LayerKit):
    """A ``LayerKit`` for one trace that serves all widths and all values of its layers' settings.

    Values given to its methods play no part; whether they are there at all does.
    """

    def __init__(self) -> None:
        self.step: Step | None = None
        self.knobs: dict[str, tf.Tensor] = {}
        self.noisy: list[NoisyLayer] = []
        self._sizes: dict[int, tf.Tensor] | None = None

    @override
    def dropout(self, knob: str, rate: float, seed: int, name: str) -> keras.layers.Layer:
        return self._noisy(Dropout(self, knob, len(self.noisy), name))

    @override
    def gaussian_noise(self, knob: str, stddev: float, seed: int, name: str) -> keras.layers.Layer:
        return self._noisy(GaussianNoise(self, knob, len(self.noisy), name))

    @override
    def flip(self, mode: Value, seed: int, name: str) -> keras.layers.Layer:
        return self._noisy(Flip(self, "flip", len(self.noisy), name, mode))

    @override
    def move(self, knob: str, amount: float, seed: int, name: str) -> keras.layers.Layer:
        return self._noisy(MOVES[knob](self, knob, len(self.noisy), name))

    def _noisy(self, layer: Noisy) -> Noisy:
        self.noisy.append(layer)
        return layer

    def noise(
        self, model: keras.Model, x: tf.Tensor, batch_size: tf.Tensor, seed: tf.Tensor
    ) -> Noise:
        """The draws of the layers of ``model``, which was made with this kit, on rows like ``x``.

        How much a layer draws for a row is told by the model itself, on the first row: of no row
        at all a convolution gives the shape that it got.
        """
        self.step, self._sizes = None, {}
        model(x[:1], training=False)
        sizes, self._sizes = self._sizes, None
        return Noise(self.noisy, [sizes[stream] for stream in sorted(sizes)], batch_size, seed)

    def note_size(self, stream: int, inputs: tf.Tensor, per_row: int) -> None:
        """Takes note of how many numbers a row of a noisy layer has, where that is asked for."""
        if self._sizes is not None:
            needed = tf.constant(per_row) if per_row else tf.reduce_prod(tf.shape(inputs)[1:])
            self._sizes[stream] = needed

    @override
    def batch_normalization(self, name: str) -> keras.layers.Layer:
        return _BatchNormalization(name=name)

    @override
    def convolution(self, filters: int, size: int, **options: Any) -> keras.layers.Layer:
        return _Convolution(filters, size, padding="same", **options)

    @override
    def flatten(self, name: str) -> keras.layers.Layer:
        return _Flatten(name=name)

    @override
    def kernel_regularizer(self, l1: float, l2: float) -> Any:
        return _L1L2(self, l1="l1" if l1 else None, l2="l2" if l2 else None) if l1 or l2 else None

    @override
    def activity_regularizer(self, l2: float) -> Any:
        return _L1L2(self, l2="activity_l2") if l2 else None

    @override
    def constraint(self, kind: str, max_norm: float, axis: Sequence[int]) -> Any:
        return None if kind == "none" else _Limit(self, ALLOWED[kind], axis)

    def knob(self, name: str) -> tf.Tensor | float:
        """The value of a knob; 0 while Keras only asks for shapes."""
        return self.knobs.get(name, 0.0)


class _BatchNormalization(keras.layers.Layer):
    """``keras.layers.BatchNormalization`` with its defaults, on units whose number is open."""

    def build(self, shape: Sequence[int | None]) -> None:
        size = (shape[-1],)
        self.gamma = self.add_weight(shape=size, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=size, initializer="zeros", name="beta")
        self.mean = self.add_weight(shape=size, initializer="zeros", trainable=False, name="mean")
        self.variance = self.add_weight(
            shape=size, initializer="ones", trainable=False, name="variance"
        )

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if training:
            mean, variance = tf.nn.moments(inputs, list(range(len(inputs.shape) - 1)))
            for moving, now in ((self.mean, mean), (self.variance, variance)):
                # Keras's own assign would compare shapes, and these are open.
                value = moving.value
                value.assign(value * _BN_MOMENTUM + now * (1.0 - _BN_MOMENTUM))
        else:
            mean, variance = self.mean.value, self.variance.value
        return tf.nn.batch_normalization(
            inputs, mean, variance, self.beta.value, self.gamma.value, _BN_EPSILON
        )


class _Convolution(keras.layers.Conv2D):
    """``Conv2D`` whose number of filters, channels and pixels seen at once are open.

    Keras reshapes the bias to a size that the trace would keep; adding it needs no reshape.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        sums = tf.nn.conv2d(inputs, self._kernel.value, strides=1, padding="SAME")
        if self.use_bias:
            sums = sums + self.bias.value
        return self.activation(sums)


class _Flatten(keras.layers.Layer):
    """``Flatten`` for rows whose length is open."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return tf.reshape(inputs, [tf.shape(inputs)[0], tf.reduce_prod(tf.shape(inputs)[1:])])

    def compute_output_shape(self, shape: Sequence[int]) -> tuple[int | None, ...]:
        return (shape[0], int(shape[1] * shape[2] * shape[3]))


class _L1L2(keras.regularizers.Regularizer):
    """``keras.regularizers.L1L2`` whose factors are knobs."""

    def __init__(self, kit: TracedKit, l1: str | None = None, l2: str | None = None) -> None:
        self._kit = kit
        self._l1, self._l2 = l1, l2

    def __call__(self, x: Any) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        penalty = tf.constant(0.0)
        if self._l1:
            penalty += self._kit.knob(self._l1) * tf.reduce_sum(tf.abs(x))
        if self._l2:
            penalty += self._kit.knob(self._l2) * tf.reduce_sum(tf.square(x))
        return penalty


class _Limit(keras.constraints.Constraint):
    """Keras's norm constraints, the largest norm being a knob."""

    def __init__(
        self,
        kit: TracedKit,
        allowed: Callable[[tf.Tensor, tf.Tensor | float], tf.Tensor | float],
        axis: Sequence[int],
    ) -> None:
        self._kit = kit
        self._allowed = allowed
        self._axis = list(axis)

    def __call__(self, w: Any) -> tf.Tensor:
        w = tf.convert_to_tensor(w)
        norms = tf.sqrt(tf.reduce_sum(tf.square(w), self._axis, keepdims=True))
        return w * (self._allowed(norms, self._kit.knob("max_norm")) / (_EPSILON + norms))


_EPSILON = 1e-7

ALLOWED: dict[str, Callable[[tf.Tensor, tf.Tensor | float], tf.Tensor | float]] = {
    "max_norm": lambda norms, most: tf.clip_by_value(norms, 0.0, most),
    "min_max_norm": lambda norms, most: tf.clip_by_value(norms, LEAST_SHARE * most, most),
    "unit_norm": lambda norms, most: 1.0,
}
"""The norm that a constraint gives to weights of a norm, with the largest one allowed."""
