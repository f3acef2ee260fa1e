"""What of a configuration shapes the graph, and what is only a number in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tuning_core.catalog.hyperparameters import Value

Architecture = tuple[tuple[str, Value], ...]

STRUCTURAL: dict[str, Callable[[Value], Value]] = {
    "layers": int,
    "activation": str,
    "dropout": lambda rate: float(rate) > 0,
    "optimizer": str,
}
"""Hyperparameters that cost a new trace, and the part of their value that does."""

KNOBS: dict[str, float] = {"learning_rate": 0.001, "momentum": 0.0, "dropout": 0.0}
"""Hyperparameters that are numbers in the graph, with what holds where one is inactive."""


def architecture(config: Mapping[str, Value], task: str) -> Architecture:
    """What two configurations have in common when one trace serves both.

    Widths, batch size and all knobs are left out: they are tensors, or shapes that the trace
    leaves open.
    """
    named = {name: part(config[name]) for name, part in STRUCTURAL.items() if name in config}
    return (("task", task), *named.items())


def knob_values(config: Mapping[str, Value]) -> dict[str, float]:
    """The value of every knob in a configuration."""
    return {name: float(config.get(name, value)) for name, value in KNOBS.items()}
