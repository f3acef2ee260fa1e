"""From a configuration to a Keras model, and to its initial weights alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np

from tuning_core.catalog.architecture import image_shape, kernel_shapes
from tuning_core.catalog.hyperparameters import Value
from tuning_core.models.kit import STOCK, LayerKit
from tuning_core.models.layers import convolutional_layers, dense_layers, kernel_initializer

Inputs = int | Sequence[int]
"""Numbers in a row, or the shape of the picture that a row is."""

ModelBuilder = Callable[[Mapping[str, Value], tuple[int, ...], int, str, int], keras.Model]
"""(configuration, shape of a row, outputs, task, seed) to a model on flat rows."""


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


def with_activations(model: keras.Model) -> keras.Model:
    """A model on the same layers that also answers what its hidden layers put out.

    Its outputs are the activations of each hidden layer, before pooling and dropout, then those
    of ``model``.
    """
    names = {layer.name for layer in model.layers}
    numbers = (name.partition("_")[2] for name in names if name.startswith("hidden_"))
    # With a normalisation in between, the activation is a layer of its own.
    last = [
        f"activation_{number}" if f"activation_{number}" in names else f"hidden_{number}"
        for number in sorted(numbers, key=int)
    ]
    hidden = [model.get_layer(name).output for name in last]
    return keras.Model(model.input, [*hidden, *model.outputs], name="activations")


def initial_weights(
    config: Mapping[str, Value], inputs: Inputs, outputs: int, task: str, seed: int
) -> list[np.ndarray]:
    """``build_model(...).get_weights()`` without a model or a layer.

    Making layers takes many times as long as their weights. And no variable is made: TensorFlow
    keeps about 0.3 MB for every new shape of one and 36 KB for every random generator of a
    dropout, which a long search would add up.
    """
    *hidden, answers = kernel_shapes(config, inputs, outputs)
    normalized = bool(config.get("batch_normalization", False))
    weights: list[np.ndarray] = []
    for number, shape in enumerate(hidden, start=1):
        ones, zeros = np.ones(shape[-1], np.float32), np.zeros(shape[-1], np.float32)
        weights.append(_kernel(config, shape, seed, number))
        # Of a normalisation: its factor and offset, then mean and variance so far.
        weights += [ones, zeros, zeros, ones] if normalized else [zeros]
    return [*weights, _kernel(config, answers, seed, 0), np.zeros(outputs, np.float32)]


def _kernel(
    config: Mapping[str, Value], shape: Sequence[int], seed: int, number: int
) -> np.ndarray:
    drawn = kernel_initializer(config, seed, number)(shape)
    return np.array(keras.ops.convert_to_numpy(drawn))


def _layers(
    config: Mapping[str, Value], inputs: Inputs, outputs: int, task: str, seed: int, kit: LayerKit
) -> list[keras.layers.Layer]:
    if "blocks" in config:
        return convolutional_layers(config, image_shape(inputs), outputs, task, seed, kit)
    return dense_layers(config, outputs, task, seed, kit)


def _width(inputs: Inputs) -> int:
    return inputs if isinstance(inputs, int) else math.prod(inputs)
