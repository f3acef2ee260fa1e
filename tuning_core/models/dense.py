"""The dense families: linear (no hidden layer) and mlp."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from tuning_core.catalog.hyperparameters import Value
from tuning_core.catalog.layer_sizes import layer_widths
from tuning_core.models.hidden import Blocks
from tuning_core.models.kit import LayerKit


def dense_layers(
    config: Mapping[str, Value], outputs: int, task: str, seed: int, kit: LayerKit
) -> list[keras.layers.Layer]:
    """Hidden layers, each with what the configuration puts beside it, and the output layer."""
    blocks = Blocks(config, seed, kit)
    layers = blocks.inputs()
    for number, width in enumerate(layer_widths(config), start=1):
        layers += blocks.dense(number, width)
    return [*layers, blocks.output(outputs, task)]
