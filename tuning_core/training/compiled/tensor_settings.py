"""What of a configuration is only a number in the graph of its training."""

from __future__ import annotations

from collections.abc import Mapping

from tuning_core.catalog.hyperparameters import HYPERPARAMETERS, Value

KNOBS: dict[str, float] = {
    hyperparameter.id: float(hyperparameter.in_config({}))
    for hyperparameter in HYPERPARAMETERS.values()
    if hyperparameter.traced == "number"
}
"""Hyperparameters that are numbers in the graph, with what holds where one is inactive."""


def knob_values(config: Mapping[str, Value]) -> list[float]:
    """The value of every knob in a configuration, in the order of ``KNOBS``."""
    return [float(config.get(name, value)) for name, value in KNOBS.items()]


def narrow(config: Mapping[str, Value]) -> dict[str, Value]:
    """The configuration with layers of two units: the widths of a trace are open."""
    fixed = {n: value for n, value in config.items() if HYPERPARAMETERS[n].traced != "shape"}
    dense = 2 if float(config.get("dense_units", 0)) > 0 else 0
    return {**fixed, "units": 2, "filters": 2, "kernel_size": 1, "dense_units": dense}
