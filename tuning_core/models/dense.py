"""The dense families: linear (no hidden layer) and mlp."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from tuning_core.catalog.hyperparameters import Value
from tuning_core.catalog.plan import layer_widths
from tuning_core.models.kit import LayerKit
from tuning_core.models.seeds import derive_seed

OUTPUT_ACTIVATIONS: dict[str, str] = {"classification": "softmax", "regression": "linear"}


def dense_layers(
    config: Mapping[str, Value], outputs: int, task: str, seed: int, kit: LayerKit
) -> list[keras.layers.Layer]:
    """Hidden layers, each followed by its dropout, and the output layer; none is built yet."""
    layers = []
    dropout = float(config.get("dropout", 0.0))
    for number, width in enumerate(layer_widths(config), start=1):
        activation = str(config.get("activation", "relu"))
        layers.append(_dense(width, activation, derive_seed(seed, number), f"hidden_{number}"))
        if dropout > 0:
            noise_seed = derive_seed(seed, "dropout", number)
            layers.append(kit.dropout(dropout, noise_seed, f"dropout_{number}"))
    layers.append(_dense(outputs, OUTPUT_ACTIVATIONS[task], derive_seed(seed, 0), "output"))
    return layers


def _dense(units: int, activation: str, seed: int, name: str) -> keras.layers.Dense:
    initializer = keras.initializers.GlorotUniform(seed=seed)
    return keras.layers.Dense(units, activation, kernel_initializer=initializer, name=name)
