"""Traced layers that draw while training: dropout, noise, and changes of pictures.

The changes are the mathematics of Keras's ``RandomFlip``, ``RandomRotation``, ``RandomZoom`` and
``RandomTranslation``: a draw or two for each picture, of pixels between pixels the weighted mean,
and what comes in from outside mirrored.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import keras
import tensorflow as tf
from typing_extensions import override

from tuning_core.catalog.hyperparameters import Value
from tuning_core.training.compiled.noise import Place
from tuning_core.training.compiled.step import Step


class DrawnFor(Protocol):
    """What a noisy layer asks of the kit that made it."""

    step: Step | None

    def note_size(self, stream: int, inputs: tf.Tensor, per_row: int) -> None:
        """Takes note of how many numbers a row needs: ``per_row``, or with 0 one for each input."""


class Noisy(keras.layers.Layer):
    """A layer that draws from the random stream of its own, while training.

    ``per_row`` numbers for each row; with 0 one for each of its inputs.
    """

    per_row = 0

    def __init__(self, kit: DrawnFor, knob: str, stream: int, name: str) -> None:
        super().__init__(name=name)
        self._kit = kit
        self._knob = knob
        self._stream = stream

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """The inputs, disturbed while training."""
        self._kit.note_size(self._stream, inputs, self.per_row)
        step = self._kit.step
        if not training or step is None or step.noise is None:
            return inputs
        return self.disturb(inputs, step.noise.like(self._stream, inputs, self.per_row))

    def draw(self, place: Place, knobs: dict[str, tf.Tensor]) -> tf.Tensor:
        """What it needs of the numbers at a place of its stream, in the same shape."""
        raise NotImplementedError

    def disturb(self, inputs: tf.Tensor, drew: tf.Tensor) -> tf.Tensor:
        """The inputs with what was drawn for them."""
        raise NotImplementedError


class Dropout(Noisy):
    """The mathematics of ``keras.layers.Dropout`` without its Python branch on the rate."""

    @override
    def draw(self, place: Place, knobs: dict[str, tf.Tensor]) -> tf.Tensor:
        rate = knobs[self._knob]
        return tf.where(place.uniform() >= rate, 1.0 / (1.0 - rate), 0.0)

    @override
    def disturb(self, inputs: tf.Tensor, drew: tf.Tensor) -> tf.Tensor:
        return _scaled(inputs, drew)


@tf.custom_gradient
def _scaled(inputs: tf.Tensor, factors: tf.Tensor) -> Any:
    """Inputs times factors of the same shape.

    The gradient of ``*`` allows for shapes that differ, which costs more than the product.
    """
    return inputs * factors, lambda gradient: (gradient * factors, None)


class GaussianNoise(Noisy):
    """The mathematics of ``keras.layers.GaussianNoise``."""

    @override
    def draw(self, place: Place, knobs: dict[str, tf.Tensor]) -> tf.Tensor:
        return place.normal() * knobs[self._knob]

    @override
    def disturb(self, inputs: tf.Tensor, drew: tf.Tensor) -> tf.Tensor:
        return inputs + drew


AXES = {"horizontal": 2, "vertical": 1}
"""The axis of pictures (n, height, width, channels) that each kind of flip turns round."""


class Flip(Noisy):
    """Mirrors half of the pictures (n, height, width, channels)."""

    per_row = 1

    def __init__(self, kit: DrawnFor, knob: str, stream: int, name: str, mode: Value) -> None:
        super().__init__(kit, knob, stream, name)
        self._axis = AXES[str(mode)]

    @override
    def draw(self, place: Place, knobs: dict[str, tf.Tensor]) -> tf.Tensor:
        return place.uniform()

    @override
    def disturb(self, inputs: tf.Tensor, drew: tf.Tensor) -> tf.Tensor:
        mirrored = tf.reverse(inputs, [self._axis])
        return tf.where(drew[:, :, tf.newaxis, tf.newaxis] <= 0.5, mirrored, inputs)


class _Moved(Noisy):
    """A change that says for each pixel where it comes from."""

    per_row = 1

    @override
    def draw(self, place: Place, knobs: dict[str, tf.Tensor]) -> tf.Tensor:
        return (2.0 * place.uniform() - 1.0) * knobs[self._knob]

    @override
    def disturb(self, inputs: tf.Tensor, drew: tf.Tensor) -> tf.Tensor:
        height, width = inputs.shape[1], inputs.shape[2]
        zeros = tf.zeros_like(drew[:, 0])
        rows = [zeros + entry for entry in self.sources(drew, height, width)]
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=inputs,
            transforms=tf.stack([*rows, zeros, zeros], axis=1),
            output_shape=tf.constant([height, width]),
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="REFLECT",
        )

    def sources(self, drew: tf.Tensor, height: int, width: int) -> list[tf.Tensor]:
        """a0 ... b2: pixel (x, y) is that at (a0 x + a1 y + a2, b0 x + b1 y + b2); (n,) each."""
        raise NotImplementedError


class Rotation(_Moved):
    """Turns pictures around their middle, by shares of a full turn."""

    @override
    def sources(self, drew: tf.Tensor, height: int, width: int) -> list[tf.Tensor]:
        angle = drew[:, 0] * (2.0 * math.pi)
        cos, sin = tf.cos(angle), tf.sin(angle)
        x, y = 0.5 * (width - 1), 0.5 * (height - 1)
        return [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos]


class Zoom(_Moved):
    """Makes pictures smaller (above 0) or larger around their middle."""

    @override
    def sources(self, drew: tf.Tensor, height: int, width: int) -> list[tf.Tensor]:
        factor = 1.0 + drew[:, 0]
        x, y = ((length - 1) / 2.0 * (1.0 - factor) for length in (width, height))
        return [factor, tf.zeros([]), x, tf.zeros([]), factor, y]


class Shift(_Moved):
    """Moves pictures by shares of their height and width."""

    per_row = 2

    @override
    def sources(self, drew: tf.Tensor, height: int, width: int) -> list[tf.Tensor]:
        one, zero = tf.ones([]), tf.zeros([])
        return [one, zero, -drew[:, 1] * width, zero, one, -drew[:, 0] * height]


MOVES: dict[str, type[_Moved]] = {"rotation": Rotation, "zoom": Zoom, "shift": Shift}
"""By the hyperparameter that says how far."""
