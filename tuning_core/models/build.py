"""From a configuration to a Keras model, and to its initial weights alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np

from tuning_core.catalog.architecture import image_shape
from tuning_core.catalog.hyperparameters import Value
from tuning_core.models.kit import STOCK, LayerKit, StockKit
from tuning_core.models.layers import convolutional_layers, dense_layers

Inputs = int | Sequence[int]
"""Numbers in a row, or the shape of the picture that a row is."""

ModelBuilder = Callable[[Mapping[str, Value], tuple[int, ...], int, str, int], keras.Model]
"""(configuration, shape of a row, outputs, task, seed) to a model on flat rows."""

Shape = tuple[int | None, ...]
Initialised = tuple[Shape, keras.initializers.Initializer]


def build_model(
    config: Mapping[str, Value],
    inputs: Inputs,
    outputs: int,
    task: str,
    seed: int,
    kit: LayerKit = STOCK,
) -> keras.Model:
    """A network of this configuration: float32 (n, inputs) to (n, outputs).

    Rows are flat, also those of a convolutional network, which has to know the shape of the
    picture: ``inputs`` is then (height, width) or (height, width, channels). The answer is class
    probabilities for "classification" and standardised targets for "regression". Its initial
    weights depend on ``seed`` and the shapes alone.
    """
    tensor = entry = keras.Input((_width(inputs),), name="features")
    for layer in _layers(config, inputs, outputs, task, seed, kit):
        tensor = layer(tensor)
    return keras.Model(entry, tensor, name="core")


def initial_weights(
    config: Mapping[str, Value], inputs: Inputs, outputs: int, task: str, seed: int
) -> list[np.ndarray]:
    """``build_model(...).get_weights()`` without a model.

    No variable is made: TensorFlow keeps about 0.3 MB for every new shape of one and 36 KB for
    every random generator of a dropout, which a long search would add up.
    """
    weights: list[np.ndarray] = []
    shape: Shape = (None, _width(inputs))
    for layer in _layers(config, inputs, outputs, task, seed, _BareKit()):
        for size, initializer in _WEIGHTS.get(type(layer), _no_weights)(layer, shape):
            weights.append(np.array(keras.ops.convert_to_numpy(initializer(size))))
        shape = layer.compute_output_shape(shape)
    return weights


def _layers(
    config: Mapping[str, Value], inputs: Inputs, outputs: int, task: str, seed: int, kit: LayerKit
) -> list[keras.layers.Layer]:
    if "blocks" in config:
        return convolutional_layers(config, image_shape(inputs), outputs, task, seed, kit)
    return dense_layers(config, outputs, task, seed, kit)


def _width(inputs: Inputs) -> int:
    return inputs if isinstance(inputs, int) else math.prod(inputs)


class _BareKit(StockKit):
    """Identities in place of the layers that have a random generator and no weights."""

    def dropout(self, knob: str, rate: float, seed: int, name: str) -> keras.layers.Layer:
        return keras.layers.Identity(name=name)

    def gaussian_noise(self, knob: str, stddev: float, seed: int, name: str) -> keras.layers.Layer:
        return keras.layers.Identity(name=name)


def _dense(layer: keras.layers.Dense, shape: Shape) -> list[Initialised]:
    kernel = ((shape[-1], layer.units), layer.kernel_initializer)
    return [kernel, *_bias(layer, layer.units)]


def _convolution(layer: keras.layers.Conv2D, shape: Shape) -> list[Initialised]:
    kernel = ((*layer.kernel_size, shape[-1], layer.filters), layer.kernel_initializer)
    return [kernel, *_bias(layer, layer.filters)]


def _bias(layer: keras.layers.Layer, units: int) -> list[Initialised]:
    return [((units,), layer.bias_initializer)] if layer.use_bias else []


def _normalization(layer: keras.layers.BatchNormalization, shape: Shape) -> list[Initialised]:
    return [
        ((shape[-1],), initializer)
        for initializer in (
            layer.gamma_initializer,
            layer.beta_initializer,
            layer.moving_mean_initializer,
            layer.moving_variance_initializer,
        )
    ]


def _no_weights(layer: keras.layers.Layer, shape: Shape) -> list[Initialised]:
    return []


_WEIGHTS: dict[type, Callable[[keras.layers.Layer, Shape], list[Initialised]]] = {
    keras.layers.Dense: _dense,
    keras.layers.Conv2D: _convolution,
    keras.layers.BatchNormalization: _normalization,
}
"""Shapes and initialisers of a layer's weights, in the order of ``Layer.weights``."""
