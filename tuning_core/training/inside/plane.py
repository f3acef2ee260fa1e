"""What each unit of a dense network says over the plane of two features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from typing_extensions import override

from tuning_core.catalog import Value
from tuning_core.catalog.architecture import layer_widths, parameter_count
from tuning_core.catalog.planes import FEATURES
from tuning_core.datasets import PreparedData, Preprocessing
from tuning_core.training.execution import Execution
from tuning_core.training.inside.sight import (
    Sight,
    base64_of,
    ends_of,
    levels,
    shown_units,
    weights_of,
)

UNIT_SIDE = 30
OUTPUT_SIDE = 100
"""Points along each side of a unit's map, and of the map of the answers."""

MARGIN = 0.08
"""How far the plane goes beyond the rows, as a share of their extent."""

MOST_POINTS = 400
LOOKING_BUDGET = 6e9
"""Multiplications that looking may take in one training: about a third of a second."""


class PlaneSight(Sight):
    """Looks into dense networks on data of two features."""

    def __init__(self, data: PreparedData) -> None:
        self._data = data
        self._ends = plane_ends(data)
        self._grids = {side: self._grid(side) for side in (UNIT_SIDE, OUTPUT_SIDE)}

    @override
    def network(self, config: Mapping[str, Value]) -> dict[str, Any]:
        """What is the same after every epoch.

        ``inputs`` are the features where they are not x and y alone: label, lowest and highest
        value; ``input_maps`` are all of them over the plane in bytes, like the maps of units.
        ``units`` of each hidden layer, those that are ``shown`` (numbers from 0), ends of the
        plane ``x`` and ``y``, sides of the maps, what the ``answers`` are, and ``points``: float32
        (n, 4) of x, y, class or target in its unit, and whether the row validates.
        """
        widths = layer_widths(config)
        return {
            "kind": "plane",
            **self._input_maps(),
            "units": widths,
            "shown": [shown_units(width) for width in widths],
            "x": self._ends[0],
            "y": self._ends[1],
            "unit_side": UNIT_SIDE,
            "output_side": OUTPUT_SIDE,
            "answers": self._kind,
            "classes": self._data.outputs if self._kind != "value" else 0,
            "points": base64_of(self._points()),
        }

    @override
    def most_looks(self, config: Mapping[str, Value]) -> int:
        rows = UNIT_SIDE**2 + OUTPUT_SIDE**2
        return int(
            LOOKING_BUDGET / (rows * parameter_count(config, self._inputs, self._data.outputs))
        )

    @override
    def look(self, run: Execution) -> str:
        """Weights and maps now.

        Float32: of each layer, the one that answers included, the weights
        (shown before, shown) and biases (shown); then the lowest and highest value of each
        map. Then the maps in bytes, from lowest to highest, row by row from the lowest y: of
        each shown unit, and of the answers (of many classes two, the class and its probability).
        """
        layers = self.layers(run)
        maps = [*(m for layer in self.unit_maps(run) for m in layer), *self._answers(run)]
        numbers = [array.ravel() for pair in layers for array in pair]
        if not all(np.isfinite(values).all() for values in (*numbers, *maps)):
            return ""
        ends = [(float(values.min()), float(values.max())) for values in maps]
        if self._kind == "probability":
            ends[-1] = (0.0, 1.0)
        elif self._kind == "classes":
            ends[-2:] = [(0.0, 255.0), (0.0, 1.0)]
        return base64_of(np.concatenate([*numbers, np.ravel(ends)]), levels(maps, ends))

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
        shown: Sequence[int] = range(self._inputs)
        *hidden, (kernel, bias) = weights_of(run)
        found: list[tuple[np.ndarray, np.ndarray]] = []
        for weights, biases in hidden:
            units = shown_units(weights.shape[1])
            found.append((weights[np.ix_(shown, units)], biases[units]))
            shown = units
        if self._kind == "probability":
            kernel, bias = kernel[:, 1:] - kernel[:, :1], bias[1:] - bias[:1]
        return [*found, (kernel[list(shown)], bias)]

    @property
    def _inputs(self) -> int:
        return int(self._data.train.x.shape[1])

    @property
    def _kind(self) -> str:
        if self._data.info.task == "regression":
            return "value"
        return "probability" if self._data.outputs == 2 else "classes"

    def _answers(self, run: Execution) -> list[np.ndarray]:
        predictions = run.predict(self._grids[OUTPUT_SIDE])
        if self._kind == "value":
            found = [self._data.target.original(predictions[:, 0])]
        elif self._kind == "probability":
            found = [predictions[:, 1]]
        else:
            found = [predictions.argmax(axis=1), predictions.max(axis=1)]
        return [values.reshape(OUTPUT_SIDE, OUTPUT_SIDE) for values in found]

    def _grid(self, side: int) -> np.ndarray:
        """The points of a map as the network sees them: the lowest y first, in it the lowest x."""
        x, y = np.meshgrid(*(np.linspace(low, high, side) for low, high in self._ends))
        return _scaling(self._data).apply(np.stack([x.ravel(), y.ravel()], axis=1))

    def _input_maps(self) -> dict[str, Any]:
        maps = list(self._grids[UNIT_SIDE].T)
        ends = ends_of(maps)
        scaling = _scaling(self._data)
        raw = np.asarray(ends) * scaling.scale[:, None] + scaling.offset[:, None]
        return {
            "inputs": [
                [FEATURES[name].label, *map(float, between)]
                for name, between in zip(scaling.features, raw, strict=False)
            ],
            "input_maps": base64_of(np.empty(0), levels(maps, ends)),
        }

    def _points(self) -> np.ndarray:
        """Rows of training and validation, evenly thinned."""
        data = self._data
        found = []
        parts = (data.train, data.validation)
        for part, raw, validates in zip(parts, _raw_points(data), (0.0, 1.0), strict=True):
            truth = data.target.original(part.y)
            found.append(np.column_stack([raw, truth, np.full(len(raw), validates)]))
        rows = np.concatenate(found)
        kept = np.linspace(0, len(rows) - 1, min(len(rows), MOST_POINTS)).astype(int)
        return rows[kept]


def _scaling(data: PreparedData) -> Preprocessing:
    assert isinstance(data.preprocessing, Preprocessing)
    return data.preprocessing


def _raw_points(data: PreparedData) -> Sequence[np.ndarray]:
    """Both features of the training and the validation rows, as they came: (n, 2)."""
    if data.points is not None:
        return data.points
    scaling = _scaling(data)
    return [part.x * scaling.scale + scaling.offset for part in (data.train, data.validation)]


def plane_ends(data: PreparedData) -> list[list[float]]:
    """Lowest and highest raw value of each of two features; empty where there are others."""
    two = data.points is not None or data.train.x.shape[1] == 2
    if not two or not isinstance(data.preprocessing, Preprocessing):
        return []
    raw = np.concatenate(_raw_points(data))
    low, high = raw.min(axis=0), raw.max(axis=0)
    room = (high - low) * MARGIN + 1e-6
    return [[float(a), float(b)] for a, b in zip(low - room, high + room, strict=True)]
