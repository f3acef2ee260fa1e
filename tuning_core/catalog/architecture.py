"""What of a configuration shapes the graph of its training: configurations alike share a trace."""

from __future__ import annotations

from collections.abc import Mapping

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
