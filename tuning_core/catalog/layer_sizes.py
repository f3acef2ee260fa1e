"""The layers of a network and the numbers in them, counted from its configuration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuning_core.catalog.hyperparameters import Value


def layer_widths(config: Mapping[str, Value]) -> list[int]:
    """Units of each hidden layer of a configuration, from input to output."""
    common = int(config.get("units", 0))
    layers = int(config.get("layers", 0))
    return [int(config.get(f"units_{layer}", common)) for layer in range(1, layers + 1)]


def block_filters(config: Mapping[str, Value]) -> list[int]:
    """Filters of each block of a convolutional configuration; empty for a dense one."""
    return [int(config["filters"]) * 2**block for block in range(int(config.get("blocks", 0)))]


def image_shape(inputs: int | Sequence[int]) -> tuple[int, int, int]:
    """Height, width and channels of pictures whose rows have this shape; one channel if unsaid.

    Raises ValueError for what is no picture.
    """
    shape = () if isinstance(inputs, int) else tuple(inputs)
    if len(shape) not in (2, 3):
        raise ValueError(f"Expected the shape of a picture (height, width), received {inputs}.")
    return (shape[0], shape[1], shape[2] if len(shape) == 3 else 1)


@dataclass(frozen=True)
class LayerSize:
    """One layer with weights: ``units`` sums of ``inputs`` numbers each at ``places`` of a row."""

    inputs: int
    units: int
    places: int = 1


def layer_sizes(
    config: Mapping[str, Value], inputs: int | Sequence[int], outputs: int
) -> list[LayerSize]:
    """The layers with weights of a network, from input to output.

    ``inputs`` is the shape of a row; a number will do for dense networks.
    """
    sizes: list[LayerSize] = []
    blocks = block_filters(config)
    if not blocks:
        widths = layer_widths(config)
        first = inputs if isinstance(inputs, int) else math.prod(inputs)
    else:
        height, width, channels = image_shape(inputs)
        for filters in blocks:
            area = int(config.get("kernel_size", 3)) ** 2
            sizes.append(LayerSize(channels * area, filters, height * width))
            channels = filters
            if config.get("pooling", "max") != "none":
                height, width = -(-height // 2), -(-width // 2)
        first = height * width * channels
        dense = int(config.get("dense_units", 0))
        widths = [dense] if dense else []
    for units in [*widths, outputs]:
        sizes.append(LayerSize(first, units))
        first = units
    return sizes


def parameter_count(config: Mapping[str, Value], inputs: int | Sequence[int], outputs: int) -> int:
    """Numbers in a network of this configuration: weights, biases, moving statistics.

    ``inputs`` is the shape of a row; a number will do for dense networks.
    """
    *hidden, last = layer_sizes(config, inputs, outputs)
    # A bias each, or the four numbers of a normalisation.
    beside = 4 if config.get("batch_normalization") else 1
    return sum((size.inputs + beside) * size.units for size in hidden) + (last.inputs + 1) * outputs
