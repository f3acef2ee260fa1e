"""What of a configuration is only a number in the graph of its training."""

from __future__ import annotations

from collections.abc import Mapping

from tuning_core.catalog.hyperparameters import Value

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


def knob_values(config: Mapping[str, Value]) -> list[float]:
    """The value of every knob in a configuration, in the order of ``KNOBS``."""
    return [float(config.get(name, value)) for name, value in KNOBS.items()]


def narrow(config: Mapping[str, Value]) -> dict[str, Value]:
    """The configuration with layers of two units: the widths of a trace are open."""
    kept = {name: value for name, value in config.items() if not name.startswith("units")}
    dense = 2 if float(config.get("dense_units", 0)) > 0 else 0
    return {**kept, "units": 2, "filters": 2, "kernel_size": 1, "dense_units": dense}
