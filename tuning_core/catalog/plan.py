"""Plan arithmetic: how many trials, trainings, epochs and parameters a study asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuning_core.catalog.hyperparameters import Value


@dataclass(frozen=True)
class Round:
    """One round of a Hyperband bracket: ``size`` trials are trained from ``initial_epoch`` up
    to ``epochs`` epochs in total."""

    bracket: int
    round: int
    size: int
    initial_epoch: int
    epochs: int


@dataclass(frozen=True)
class Plan:
    """What a study will do at most: trials, trainings (trials x repeats) and epochs."""

    trials: int
    trainings: int
    epochs: int


def hyperband_schedule(max_epochs: int, factor: int = 3, iterations: int = 1) -> list[Round]:
    """Every round of Hyperband in the order in which Keras Tuner's oracle runs it.

    Li et al. 2018, "Hyperband", algorithm 1, with Keras Tuner's rounding: nine epochs at a
    factor of three make 23 trials and 75 epochs.
    """
    brackets = 0
    epochs = float(max_epochs)
    while epochs >= 1:
        epochs /= factor
        brackets += 1
    last_size = math.ceil(1 + math.log(max_epochs, factor))
    rounds = []
    for bracket in [*range(brackets - 1, -1, -1)] * iterations:
        before = 0
        for number in range(bracket + 1):
            left = bracket - number
            size = math.ceil(last_size / (bracket + 1) * factor**left)
            total = math.ceil(max_epochs / factor**left)
            rounds.append(Round(bracket, number, size, before, total))
            before = total
    return rounds


def plan(
    *,
    strategy: str,
    settings: Mapping[str, float],
    trials: int,
    epochs: int,
    repeats: int = 1,
    space_size: int | None = None,
    epochs_in_all: int | None = None,
) -> Plan:
    """Trials, trainings and epochs of a study.

    ``trials`` and ``epochs`` are the budget; ``space_size`` is the number of configurations
    that the strategy can reach, None when there is no end to them. ``epochs_in_all`` are those of
    all trials, trained once each, where their epochs differ and are known.
    """
    if strategy == "hyperband":
        rounds = hyperband_schedule(
            epochs, int(settings.get("factor", 3)), int(settings.get("iterations", 1))
        )
        left, count, total = trials, 0, 0
        untried, before = math.inf if space_size is None else space_size, 0
        for item in rounds:
            # Where fewer configurations exist than a bracket begins with, its rounds are smaller.
            before = int(min(item.size, before if item.round else untried))
            untried -= 0 if item.round else before
            size = min(before, left)
            count += size
            left -= size
            total += size * (item.epochs - item.initial_epoch)
        return Plan(count, count * repeats, total * repeats)
    count = trials if space_size is None else min(trials, space_size)
    total = count * epochs if epochs_in_all is None else epochs_in_all
    return Plan(count, count * repeats, repeats * total)


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
