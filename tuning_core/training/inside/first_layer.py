"""What the first layer of a network weighs: columns of a table, pixels of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from typing_extensions import override

from tuning_core.catalog import Value
from tuning_core.catalog.architecture import block_filters, layer_widths
from tuning_core.catalog.planes import FEATURES
from tuning_core.datasets import PreparedData
from tuning_core.datasets.columns import CategoryColumn, TablePreprocessing
from tuning_core.training.execution import Execution
from tuning_core.training.inside.sight import (
    Sight,
    base64_of,
    ends_of,
    levels,
    shown_units,
    weights_of,
)

MOST_PICTURES = 4
"""Pictures whose feature maps are seen, each of another class."""


class ColumnsSight(Sight):
    """The mean absolute weight of each column of a table into the first layer."""

    def __init__(self, data: PreparedData) -> None:
        self._columns = columns_of(data)

    @override
    def network(self, config: Mapping[str, Value]) -> dict[str, Any]:
        """The ``columns`` in the order of the weights."""
        return {"kind": "columns", "columns": [column.name for column in self._columns]}

    @override
    def most_looks(self, config: Mapping[str, Value]) -> int:
        return 2_000 // max(1, len(self._columns) // 20)

    @override
    def look(self, run: Execution) -> str:
        """Float32, one for each column; of categories the mean over those that were seen."""
        size = np.abs(weights_of(run)[0][0])
        found = np.array([size[column.seen].mean() for column in self._columns])
        return base64_of(found) if np.isfinite(found).all() else ""


class PicturesSight(Sight):
    """The first layer's weights as pictures, and the feature maps of a few pictures."""

    def __init__(self, data: PreparedData) -> None:
        self._shape = (*data.row_shape, 1)[:3]
        self._names = data.info.class_names
        self._rows, self._labels = _examples(data)

    @override
    def network(self, config: Mapping[str, Value]) -> dict[str, Any]:
        """``groups`` of maps in the order in which they are sent.

        A group has a ``title``, ``height`` and ``width`` of its maps, the ``names`` of those that
        are shown, how many there are (``of``), and the ``picture`` that it belongs to (-1: none).
        The pictures are ``points``, bytes of ``shape`` one after the other, with their ``labels``.
        """
        convolves = "blocks" in config
        return {
            "kind": "pictures",
            "groups": self._maps(config) if convolves else [self._weights(config)],
            "shape": list(self._shape),
            "labels": self._labels if convolves else [],
            "points": base64_of(
                np.empty(0), np.rint(self._rows * 255).astype(np.uint8) if convolves else None
            ),
        }

    @override
    def most_looks(self, config: Mapping[str, Value]) -> int:
        # The maps of a picture are large: a run's should take no more than about a megabyte.
        return 16 if "blocks" in config else 60

    @override
    def look(self, run: Execution) -> str:
        """Float32: the lowest and highest value of each map; then the maps in bytes."""
        kernel = weights_of(run)[0][0]
        pictures = kernel.reshape(*self._shape, -1) if kernel.ndim == 2 else kernel
        units = shown_units(pictures.shape[-1])
        maps = list(np.moveaxis(pictures.mean(axis=2)[:, :, units], 2, 0))
        if kernel.ndim == 4:
            blocks = [layer for layer in run.activations(self._rows) if layer.ndim == 4]
            for number in range(len(self._rows)):
                for block in blocks:
                    units = shown_units(block.shape[-1])
                    maps += list(np.moveaxis(block[number][:, :, units], 2, 0))
        if not all(np.isfinite(values).all() for values in maps):
            return ""
        ends = ends_of(maps)
        return base64_of(np.ravel(ends), levels(maps, ends))

    def _weights(self, config: Mapping[str, Value]) -> dict[str, Any]:
        widths = layer_widths(config)
        if not widths:
            named = [f"for {name}" for name in self._names]
            shown = shown_units(len(named))
            names = [named[unit] for unit in shown]
            return self._group("weights for each class", names, len(named), self._shape[:2])
        return self._group("weights of layer 1", _units(widths[0], "unit"), widths[0], self._shape)

    def _maps(self, config: Mapping[str, Value]) -> list[dict[str, Any]]:
        blocks = block_filters(config)
        size = int(config.get("kernel_size", 3))
        filters = _units(blocks[0], "filter")
        groups = [self._group("filters of block 1", filters, blocks[0], (size, size))]
        for picture in range(len(self._rows)):
            height, width, _ = self._shape
            for number, count in enumerate(blocks, start=1):
                maps = self._group(
                    f"feature maps of block {number}",
                    _units(count, "filter"),
                    count,
                    (height, width),
                )
                groups.append(maps | {"picture": picture})
                if config.get("pooling", "max") != "none":
                    height, width = -(-height // 2), -(-width // 2)
        return groups

    @staticmethod
    def _group(title: str, names: list[str], of: int, shape: Sequence[int]) -> dict[str, Any]:
        return {
            "title": title,
            "names": names,
            "of": of,
            "height": shape[0],
            "width": shape[1],
            "picture": -1,
        }


def _units(count: int, word: str) -> list[str]:
    return [f"{word} {unit + 1}" for unit in shown_units(count)]


class Column(NamedTuple):
    """A column of a table: its inputs (``slots``), and those of them that a training row had."""

    name: str
    slots: slice
    seen: slice


def columns_of(data: PreparedData) -> list[Column]:
    """The columns in the order of the inputs."""
    scaling = data.preprocessing
    if not isinstance(scaling, TablePreprocessing):
        width = data.train.x.shape[1]
        names = data.info.feature_names or [f"column {n + 1}" for n in range(width)]
        if data.info.features:
            names = [FEATURES[name].label for name in data.info.features]
        return [Column(name, slice(n, n + 1), slice(n, n + 1)) for n, name in enumerate(names)]
    found, start = [], 0
    for column in scaling.columns:
        slots = seen = slice(start, start + column.width)
        if isinstance(column, CategoryColumn) and column.vocabulary:
            # Before these is what stands for anything else, behind them what no row has.
            seen = slice(start + 1, start + 1 + len(column.vocabulary))
        found.append(Column(column.name, slots, seen))
        start += column.width
    return found


def _examples(data: PreparedData) -> tuple[np.ndarray, list[str]]:
    """Preprocessed rows of different classes that were not trained on, and their classes."""
    part = data.validation if len(data.validation.y) else data.train
    classes, firsts = np.unique(part.y, return_index=True)
    kept = np.linspace(0, len(classes) - 1, min(len(classes), MOST_PICTURES)).round().astype(int)
    names = data.info.class_names
    labels = [names[n] if n < len(names) else str(n) for n in classes[kept].tolist()]
    return np.asarray(part.x[firsts[kept]]), labels
