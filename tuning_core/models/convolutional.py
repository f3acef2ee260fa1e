"""The convolutional family: blocks of convolution and pooling, then a dense layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras

from tuning_core.catalog.hyperparameters import Value
from tuning_core.catalog.layer_sizes import block_filters
from tuning_core.models.hidden import Blocks
from tuning_core.models.kit import LayerKit

_POOLINGS: dict[str, Callable[[str], list[keras.layers.Layer]]] = {
    "max": lambda name: [keras.layers.MaxPooling2D(2, padding="same", name=name)],
    "average": lambda name: [keras.layers.AveragePooling2D(2, padding="same", name=name)],
    "none": lambda name: [],
}
"""Pools that round up, so that a picture of one pixel is left as it is."""


def convolutional_layers(
    config: Mapping[str, Value],
    image: tuple[int, int, int],
    outputs: int,
    task: str,
    seed: int,
    kit: LayerKit,
) -> list[keras.layers.Layer]:
    """Layers from flat rows of pictures (height, width, channels) to the answers."""
    blocks = Blocks(config, seed, kit)
    layers = [*blocks.inputs(), keras.layers.Reshape(image, name="picture")]
    pool = _POOLINGS[str(config.get("pooling", "max"))]
    filters = block_filters(config)
    for number, count in enumerate(filters, start=1):
        size = int(config.get("kernel_size", 3))
        layers += blocks.convolution(number, count, size, pool(f"pool_{number}"))
    layers.append(kit.flatten("flat"))
    dense = int(config.get("dense_units", 0))
    if dense:
        layers += blocks.dense(len(filters) + 1, dense)
    return [*layers, blocks.output(outputs, task)]
