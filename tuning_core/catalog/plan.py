"""Plan arithmetic: how many trials, trainings, epochs and parameters a study asks for."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
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
) -> Plan:
    """Trials, trainings and epochs of a study.

    ``trials`` and ``epochs`` are the budget; ``space_size`` is the number of configurations
    that the strategy can reach, None when there is no end to them.
    """
    if strategy == "hyperband":
        rounds = hyperband_schedule(
            epochs, int(settings.get("factor", 3)), int(settings.get("iterations", 1))
        )
        left, count, total = trials, 0, 0
        for item in rounds:
            size = min(item.size, left)
            count += size
            left -= size
            total += size * (item.epochs - item.initial_epoch)
        return Plan(count, count * repeats, total * repeats)
    count = trials if space_size is None else min(trials, space_size)
    return Plan(count, count * repeats, count * repeats * epochs)


def layer_widths(config: Mapping[str, Value]) -> list[int]:
    """Units of each hidden layer of a configuration, from input to output."""
    common = int(config.get("units", 0))
    layers = int(config.get("layers", 0))
    return [int(config.get(f"units_{layer}", common)) for layer in range(1, layers + 1)]


def parameter_count(config: Mapping[str, Value], inputs: int, outputs: int) -> int:
    """Trainable parameters (weights and biases) of a dense network of this configuration."""
    widths = [inputs, *layer_widths(config), outputs]
    return sum((a + 1) * b for a, b in itertools.pairwise(widths))
