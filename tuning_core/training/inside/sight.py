"""What all sights of a network's inside have in common."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from tuning_core.catalog import Value
from tuning_core.training.execution import Execution

MOST_UNITS = 16
"""Units of a layer that are drawn; of more, so many are taken evenly."""

_EPSILON = 1e-3
"""What Keras adds to the variance of a batch normalisation."""


class Sight(Protocol):
    """One way to look into networks on one dataset."""

    def network(self, config: Mapping[str, Value]) -> dict[str, Any]:
        """What is the same after every epoch, as plain JSON; its ``kind`` names the sight."""

    def most_looks(self, config: Mapping[str, Value]) -> int:
        """How often one training can be looked into at a reasonable cost."""

    def look(self, run: Execution) -> str:
        """What is seen now: little-endian numbers in base64, nothing where one is not finite."""


def shown_units(units: int) -> list[int]:
    """The numbers, from 0, of the units of a layer that are shown."""
    if units <= MOST_UNITS:
        return list(range(units))
    numbers: list[int] = np.linspace(0, units - 1, MOST_UNITS).round().astype(int).tolist()
    return numbers


def weights_of(run: Execution) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights (before, units) and biases (units) of every layer, of a convolution (h, w, c, f).

    A batch normalisation is multiplied into them.
    """
    arrays = run.read_weights()
    layers: list[tuple[np.ndarray, np.ndarray]] = []
    while arrays:
        kernel, bias, *rest = arrays
        if rest and rest[0].ndim == 1:
            factor, (offset, mean, variance) = bias, rest[:3]
            factor = factor / np.sqrt(variance + _EPSILON)
            kernel, bias, rest = kernel * factor, offset - mean * factor, rest[3:]
        layers.append((kernel, bias))
        arrays = rest
    return layers


def levels(maps: Sequence[np.ndarray], ends: Sequence[tuple[float, float]]) -> np.ndarray:
    """The values of maps as bytes, each map from 0 at its low end to 255 at its high one."""
    steps = [
        # In double precision, in which neither the largest nor the smallest span overflows.
        np.rint((values.astype(np.float64) - low) / ((high - low) or 1.0) * 255.0).astype(np.uint8)
        for values, (low, high) in zip(maps, ends, strict=True)
    ]
    return np.concatenate([step.ravel() for step in steps])


def ends_of(maps: Sequence[np.ndarray]) -> list[tuple[float, float]]:
    """The lowest and highest value of each map."""
    return [(float(values.min()), float(values.max())) for values in maps]


def base64_of(numbers: np.ndarray, after: np.ndarray | None = None) -> str:
    """Numbers as float32, and the bytes ``after`` them."""
    content = numbers.astype("<f4").tobytes() + (b"" if after is None else after.tobytes())
    return base64.b64encode(content).decode()
