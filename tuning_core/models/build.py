"""From a configuration to a Keras model, and to its initial weights alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np

from tuning_core.catalog.hyperparameters import Value
from tuning_core.models.dense import dense_layers
from tuning_core.models.kit import STOCK, LayerKit

Shape = tuple[int | None, ...]
Initialised = tuple[Shape, keras.initializers.Initializer]


def build_model(
    config: Mapping[str, Value],
    inputs: int,
    outputs: int,
    task: str,
    seed: int,
    kit: LayerKit = STOCK,
) -> keras.Model:
    """A network of this configuration: float32 (n, inputs) to (n, outputs).

    The answer is class probabilities for "classification" and standardised targets for
    "regression". Its initial weights depend on ``seed`` and the shapes alone.
    """
    tensor = entry = keras.Input((inputs,), name="features")
    for layer in dense_layers(config, outputs, task, seed, kit):
        tensor = layer(tensor)
    return keras.Model(entry, tensor, name="core")


def initial_weights(
    config: Mapping[str, Value], inputs: int, outputs: int, task: str, seed: int
) -> list[np.ndarray]:
    """``build_model(...).get_weights()`` without a model.

    No variable is made: TensorFlow keeps about 0.3 MB for every new shape of one and 36 KB for
    every random generator of a dropout, which a long search would add up.
    """
    weights: list[np.ndarray] = []
    shape: Shape = (None, inputs)
    for layer in dense_layers(config, outputs, task, seed, _BareKit()):
        for size, initializer in _WEIGHTS[type(layer)](layer, shape):
            weights.append(np.array(keras.ops.convert_to_numpy(initializer(size))))
        shape = layer.compute_output_shape(shape)
    return weights


class _BareKit:
    """Identities in place of the layers that have no weights anyway."""

    def dropout(self, rate: float, seed: int, name: str) -> keras.layers.Layer:
        return keras.layers.Identity(name=name)


def _dense(layer: keras.layers.Dense, shape: Shape) -> list[Initialised]:
    kernel = ((shape[-1], layer.units), layer.kernel_initializer)
    return [kernel, ((layer.units,), layer.bias_initializer)]


_WEIGHTS: dict[type, Callable[[keras.layers.Layer, Shape], list[Initialised]]] = {
    keras.layers.Dense: _dense,
    keras.layers.Identity: lambda layer, shape: [],
}
"""Shapes and initialisers of a layer's weights, in the order of ``Layer.weights``."""
