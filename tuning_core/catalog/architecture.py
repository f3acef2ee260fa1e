"""The layers of a network, the numbers in them, and what of a configuration shapes its graph.

Configurations of one architecture share a trace.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuning_core.catalog.hyperparameters import HYPERPARAMETERS, LOSSES, Value

Architecture = tuple[tuple[str, object], ...]


_SHAPING = tuple(
    hyperparameter
    for hyperparameter in HYPERPARAMETERS.values()
    if hyperparameter.traced == "structure" or hyperparameter.optional
)
"""Hyperparameters that cost a new trace for another value, or for being there at all."""


def architecture(config: Mapping[str, Value], task: str) -> Architecture:
    """What two configurations have in common when one trace serves both."""
    structure = _structure(config) | {"loss": loss_name(config, task)}
    return (("task", task), *structure.items())


def _structure(config: Mapping[str, Value]) -> dict[str, Value]:
    """What of each value shapes the graph: the value, or whether it is there."""
    return {
        h.id: float(h.in_config(config)) > 0 if h.optional else type(h.default)(h.in_config(config))
        for h in _SHAPING
    }


def loss_name(config: Mapping[str, Value], task: str) -> str:
    """The loss of a configuration, by its own name where the choice was left to the task."""
    name = str(config.get("loss", "auto"))
    return str(LOSSES[task][1]) if name == "auto" else name


def graph_pieces(config: Mapping[str, Value], layers: int) -> int:
    """How many pieces a graph of so many layers with weights is put together from.

    What makes a graph, and what calls its operations for every batch, takes time in proportion.
    """
    structure = _structure(config)
    present = [h.operations for h in _SHAPING if structure[h.id] not in (False, 0, "none")]
    # What an optimizer remembers of each layer is updated beside the layer.
    of_each = present.count("each layer") + (structure["optimizer"] != "sgd")
    return layers * (1 + of_each) + present.count("once")


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


def kernel_shapes(
    config: Mapping[str, Value], inputs: int | Sequence[int], outputs: int
) -> list[tuple[int, ...]]:
    """Shapes of the kernels of a network, from input to output.

    Of a dense layer (inputs, units), of a convolution (height, width, channels, filters).
    """
    shapes: list[tuple[int, ...]] = []
    size = int(config.get("kernel_size", 3))
    for number, layer in enumerate(layer_sizes(config, inputs, outputs)):
        convolves = number < int(config.get("blocks", 0))
        before = (size, size, layer.inputs // size**2) if convolves else (layer.inputs,)
        shapes.append((*before, layer.units))
    return shapes


def parameter_count(config: Mapping[str, Value], inputs: int | Sequence[int], outputs: int) -> int:
    """Numbers in a network of this configuration: weights, biases, moving statistics.

    ``inputs`` is the shape of a row; a number will do for dense networks.
    """
    *hidden, last = layer_sizes(config, inputs, outputs)
    # A bias each, or the four numbers of a normalisation.
    beside = 4 if config.get("batch_normalization") else 1
    return sum((size.inputs + beside) * size.units for size in hidden) + (last.inputs + 1) * outputs
