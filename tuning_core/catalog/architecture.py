"""What of a configuration shapes the graph of its training: configurations alike share a trace."""

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


def architecture(config: Mapping[str, Value], task: str) -> Architecture:
    """What two configurations have in common when one trace serves both."""
    parts = {name: part(config.get(name, none)) for name, (part, none) in STRUCTURAL.items()}
    return (("task", task), ("loss", loss_name(config, task)), *parts.items())


def loss_name(config: Mapping[str, Value], task: str) -> str:
    """The loss of a configuration, by its own name where the choice was left to the task."""
    name = str(config.get("loss", "auto"))
    return str(LOSSES[task][1]) if name == "auto" else name


_OF_EACH_LAYER = (
    "batch_normalization",
    "kernel_constraint",
    "dropout",
    "l1",
    "l2",
    "activity_l2",
    "clipnorm",
)
_ONCE = ("input_dropout", "gaussian_noise", "label_smoothing")


def graph_pieces(config: Mapping[str, Value], layers: int) -> int:
    """How many pieces a graph of so many layers with weights is put together from.

    What makes a graph, and what calls its operations for every batch, takes time in proportion.
    """
    structure = {name: part(config.get(name, none)) for name, (part, none) in STRUCTURAL.items()}
    present = {n for n, value in structure.items() if value not in (False, 0, "none")}
    of_each = sum(name in present for name in _OF_EACH_LAYER)
    # What an optimizer remembers of each layer is updated beside the layer.
    of_each += structure["optimizer"] != "sgd"
    return layers * (1 + of_each) + sum(name in present for name in _ONCE)
