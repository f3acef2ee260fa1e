"""What is inside a network on a plane: its weights, and what each unit says over the plane."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tuning_core.catalog import Value
from tuning_core.catalog.architecture import layer_widths, parameter_count
from tuning_core.datasets import PreparedData, Preprocessing
from tuning_core.training.execution import Execution

MOST_UNITS = 16
"""Units of a layer that are drawn; of more, so many are taken evenly."""

UNIT_SIDE = 30
OUTPUT_SIDE = 100
"""Points along each side of a unit's map, and of the map of the answers."""

MARGIN = 0.08
"""How far the plane goes beyond the rows, as a share of their extent."""

MOST_POINTS = 400
MOST_LOOKS, FEWEST_LOOKS = 60, 8
LOOKING_BUDGET = 6e9
"""Multiplications that looking may take in one training: about a third of a second."""

_EPSILON = 1e-3
"""What Keras adds to the variance of a batch normalisation."""


class Inside:
    """Looks into dense networks on data of two features."""

    def __init__(self, data: PreparedData) -> None:
        self._data = data
        self._ends = _ends(data)
        self._grids = {side: self._grid(side) for side in (UNIT_SIDE, OUTPUT_SIDE) if self._ends}

    def network(self, config: Mapping[str, Value]) -> dict[str, Any]:
        """What is the same after every epoch, as plain JSON; empty where there is no plane.

        ``units`` of each hidden layer, those that are ``shown`` (numbers from 0), ends of the
        plane ``x`` and ``y``, sides of the maps, what the ``answers`` are, and ``points``: float32
        (n, 4) of x, y, class or target in its unit, and whether the row validates.
        """
        if not self._ends or "blocks" in config:
            return {}
        widths = layer_widths(config)
        return {
            "units": widths,
            "shown": [shown_units(width) for width in widths],
            "x": self._ends[0],
            "y": self._ends[1],
            "unit_side": UNIT_SIDE,
            "output_side": OUTPUT_SIDE,
            "answers": self._kind,
            "classes": self._data.outputs if self._kind != "value" else 0,
            "points": _packed(self._points()),
        }

    def is_due(self, run: Execution, config: Mapping[str, Value], epochs: int) -> bool:
        """Whether to look after the epoch that has ended: after all of few, else evenly.

        Strides are powers of two, so that a training that goes on keeps an even rhythm.
        """
        rows = UNIT_SIDE**2 + OUTPUT_SIDE**2
        cost = rows * parameter_count(config, 2, self._data.outputs)
        looks = min(MOST_LOOKS, max(FEWEST_LOOKS, int(LOOKING_BUDGET / cost)))
        stride = 2 ** math.ceil(math.log2(max(1.0, epochs / looks)))
        return run.epoch % stride == 0 or run.epoch == epochs or run.done

    def look(self, run: Execution) -> str:
        """Weights and maps now, in base64; nothing where a number is not finite.

        Little-endian float32: of each layer, the one that answers included, the weights
        (shown before, shown) and biases (shown); then the lowest and highest value of each
        map. Then the maps in bytes, from lowest to highest, row by row from the lowest y: of
        each shown unit, and of the answers (of many classes two, the class and its probability).
        """
        layers = self.layers(run)
        maps = [*(m for layer in self.unit_maps(run) for m in layer), *self._answers(run)]
        if not all(np.isfinite(array).all() for pair in layers for array in pair):
            return ""
        if not all(np.isfinite(values).all() for values in maps):
            return ""
        ends = [(float(values.min()), float(values.max())) for values in maps]
        if self._kind == "probability":
            ends[-1] = (0.0, 1.0)
        elif self._kind == "classes":
            ends[-2:] = [(0.0, 255.0), (0.0, 1.0)]
        numbers = [array.ravel() for pair in layers for array in pair]
        levels = [_levels(values, *pair).ravel() for values, pair in zip(maps, ends, strict=True)]
        return _packed(np.concatenate([*numbers, np.ravel(ends)]), np.concatenate(levels))

    def unit_maps(self, run: Execution) -> list[np.ndarray]:
        """The activations of the shown units over the plane, layer by layer: (shown, side, side).

        Exactly what Keras's layers put out, before dropout.
        """
        *hidden, _ = run.activations(self._grids[UNIT_SIDE])
        return [
            layer[:, shown_units(layer.shape[1])].T.reshape(-1, UNIT_SIDE, UNIT_SIDE)
            for layer in hidden
        ]

    def layers(self, run: Execution) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights (before, units) and biases (units) of each layer, of the shown units alone.

        A batch normalisation is multiplied into them. Two classes answer by one number: what
        speaks for the second less what speaks for the first.
        """
        arrays = run.read_weights()
        shown: Sequence[int] = range(2)
        found: list[tuple[np.ndarray, np.ndarray]] = []
        while len(arrays) > 2:
            kernel, bias, arrays = _hidden(arrays)
            units = shown_units(kernel.shape[1])
            found.append((kernel[np.ix_(shown, units)], bias[units]))
            shown = units
        kernel, bias = arrays
        if self._kind == "probability":
            kernel, bias = kernel[:, 1:] - kernel[:, :1], bias[1:] - bias[:1]
        return [*found, (kernel[list(shown)], bias)]

    @property
    def _kind(self) -> str:
        if self._data.info.task == "regression":
            return "value"
        return "probability" if self._data.outputs == 2 else "classes"

    def _answers(self, run: Execution) -> list[np.ndarray]:
        predictions = run.predict(self._grids[OUTPUT_SIDE])
        if self._kind == "value":
            found = [predictions[:, 0] * self._data.target.std + self._data.target.mean]
        elif self._kind == "probability":
            found = [predictions[:, 1]]
        else:
            found = [predictions.argmax(axis=1), predictions.max(axis=1)]
        return [values.reshape(OUTPUT_SIDE, OUTPUT_SIDE) for values in found]

    def _grid(self, side: int) -> np.ndarray:
        """The points of a map as the network sees them: the lowest y first, in it the lowest x."""
        x, y = np.meshgrid(*(np.linspace(low, high, side) for low, high in self._ends))
        return _scaling(self._data).apply(np.stack([x.ravel(), y.ravel()], axis=1))

    def _points(self) -> np.ndarray:
        """Rows of training and validation, evenly thinned."""
        data = self._data
        found = []
        for part, validates in ((data.train, 0.0), (data.validation, 1.0)):
            raw = part.x * _scaling(data).scale + _scaling(data).offset
            truth = part.y * data.target.std + data.target.mean
            found.append(np.column_stack([raw, truth, np.full(len(raw), validates)]))
        rows = np.concatenate(found)
        kept = np.linspace(0, len(rows) - 1, min(len(rows), MOST_POINTS)).astype(int)
        return rows[kept]


def shown_units(units: int) -> list[int]:
    """The numbers, from 0, of the units of a layer that are shown."""
    if units <= MOST_UNITS:
        return list(range(units))
    return np.linspace(0, units - 1, MOST_UNITS).round().astype(int).tolist()


def _hidden(arrays: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Weights and biases of the first layer, and the arrays of those after it."""
    if arrays[2].ndim == 2:
        return arrays[0], arrays[1], arrays[2:]
    kernel, factor, offset, mean, variance, *rest = arrays
    factor = factor / np.sqrt(variance + _EPSILON)
    return kernel * factor, offset - mean * factor, rest


def _scaling(data: PreparedData) -> Preprocessing:
    assert isinstance(data.preprocessing, Preprocessing)
    return data.preprocessing


def _ends(data: PreparedData) -> list[list[float]]:
    """Lowest and highest raw value of each of two features; empty where there are others."""
    if data.train.x.shape[1] != 2 or not isinstance(data.preprocessing, Preprocessing):
        return []
    rows = np.concatenate([data.train.x, data.validation.x])
    raw = rows * data.preprocessing.scale + data.preprocessing.offset
    low, high = raw.min(axis=0), raw.max(axis=0)
    room = (high - low) * MARGIN + 1e-6
    return [[float(a), float(b)] for a, b in zip(low - room, high + room, strict=True)]


def _levels(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values from ``low`` to ``high`` as bytes from 0 to 255."""
    return np.rint((values - low) * (255.0 / ((high - low) or 1.0))).astype(np.uint8)


def _packed(numbers: np.ndarray, levels: np.ndarray | None = None) -> str:
    after = b"" if levels is None else levels.tobytes()
    return base64.b64encode(numbers.astype("<f4").tobytes() + after).decode()
