"""What of a configuration shapes the graph, and what is only a number in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tuning_core.catalog.hyperparameters import LOSSES, Value

Architecture = tuple[tuple[str, object], ...]


def _present(value: Value) -> bool:
    return float(value) > 0


STRUCTURAL: dict[str, tuple[Callable[[Value], Value], Value]] = {
    "layers": (int, 0),
    "blocks": (int, 0),
    "pooling": (str, "max"),
    "dense_units": (_present, 0),
    "activation": (str, "relu"),
    "batch_normalization": (bool, False),
    "kernel_constraint": (str, "none"),
    "dropout": (_present, 0.0),
    "input_dropout": (_present, 0.0),
    "gaussian_noise": (_present, 0.0),
    "l1": (_present, 0.0),
    "l2": (_present, 0.0),
    "activity_l2": (_present, 0.0),
    "label_smoothing": (_present, 0.0),
    "clipnorm": (_present, 0.0),
    "optimizer": (str, "adam"),
    "nesterov": (bool, False),
}
"""Hyperparameters that cost a new trace: the part of their value that does, and the value that
holds where one is inactive. The loss is another, see ``loss_name``."""

KNOBS: dict[str, float] = {
    "momentum": 0.0,
    "rho": 0.9,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "weight_decay": 0.0,
    "clipnorm": 0.0,
    "dropout": 0.0,
    "input_dropout": 0.0,
    "gaussian_noise": 0.0,
    "l1": 0.0,
    "l2": 0.0,
    "activity_l2": 0.0,
    "max_norm": 3.0,
    "label_smoothing": 0.0,
}
"""Hyperparameters that are numbers in the graph, with what holds where one is inactive.

The learning rate is a number of each update, see ``schedule``; widths, filters, kernel and batch
sizes are open shapes, and the initialiser only fills the weights."""


def architecture(config: Mapping[str, Value], task: str) -> Architecture:
    """What two configurations have in common when one trace serves both."""
    parts = {name: part(config.get(name, none)) for name, (part, none) in STRUCTURAL.items()}
    return (("task", task), ("loss", loss_name(config, task)), *parts.items())


def loss_name(config: Mapping[str, Value], task: str) -> str:
    """The loss of a configuration, by its own name where the choice was left to the task."""
    name = str(config.get("loss", "auto"))
    return str(LOSSES[task][1]) if name == "auto" else name


def knob_values(config: Mapping[str, Value]) -> list[float]:
    """The value of every knob in a configuration, in the order of ``KNOBS``."""
    return [float(config.get(name, value)) for name, value in KNOBS.items()]
