"""What a trained network loses without a column of its table, or without a filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from tuning_core.catalog import Value
from tuning_core.catalog.architecture import parameter_count
from tuning_core.datasets import PreparedData
from tuning_core.models import build_model
from tuning_core.planning.cost import work_of
from tuning_core.training.execution import Execution
from tuning_core.training.inside.first_layer import columns_of
from tuning_core.training.inside.sight import shown_units

MOST_ROWS, MOST_COLUMNS, MOST_REPEATS = 1_000, 60, 5
PICTURES = 500
BUDGET, FILTERS_BUDGET = 3e9, 3e10
"""Multiplications that shuffling and silencing may take at the end of a training: about a fifth of
a second, and some seconds."""
FEWEST = 20
"""Pictures, however large the network."""


def importance(run: Execution, data: PreparedData, config: Mapping[str, Value]) -> dict[str, Any]:
    """What is lost on validation rows: ``names``, ``lost`` for each, ``rows`` and ``repeats``.

    Accuracy, or for a regression the growth of the mean absolute error in the target's unit
    (``measure``). Of a table a column is shuffled, several times over (Breiman 2001, "Random
    Forests", section 10); of a convolutional network a filter of the first block is silenced.
    Nothing for what has neither columns nor filters.
    """
    if "blocks" in config:
        return _filters(run, data, config)
    return {} if data.info.kind == "image" else _columns(run, data, config)


def _columns(run: Execution, data: PreparedData, config: Mapping[str, Value]) -> dict[str, Any]:
    columns = columns_of(data)
    if not 1 < len(columns) <= MOST_COLUMNS:
        return {}
    x, y = _rows(data, MOST_ROWS)
    size = parameter_count(config, x.shape[1], data.outputs)
    repeats = int(np.clip(BUDGET / (len(x) * len(columns) * size), 1, MOST_REPEATS))
    random = np.random.default_rng(0)
    orders = [random.permutation(len(x)) for _ in range(repeats)]
    error = _error(run.predict(x), y, data)
    lost = []
    for column in columns:
        shuffled = np.tile(x, (repeats, 1, 1))
        for mixed, order in zip(shuffled, orders, strict=True):
            mixed[:, column.slots] = x[order][:, column.slots]
        said = run.predict(shuffled.reshape(-1, x.shape[1]))
        lost.append(_error(said, np.tile(y, repeats), data) - error)
    names = [column.name for column in columns]
    return _found(names, lost, data, len(x), repeats)


def _filters(run: Execution, data: PreparedData, config: Mapping[str, Value]) -> dict[str, Any]:
    weights = run.read_weights()
    filters = shown_units(weights[0].shape[-1])
    work = work_of(config, data.row_shape, data.outputs, data.info.task, 1).operations
    most = int(np.clip(FILTERS_BUDGET / (work * (1 + len(filters))), FEWEST, PICTURES))
    x, y = _rows(data, most)
    model = build_model(config, data.row_shape, data.outputs, data.info.task, 0)
    block = next(n for n, array in enumerate(weights[1:], start=1) if array.ndim > 1)

    def error() -> float:
        return _error(keras.ops.convert_to_numpy(model(x)), y, data)

    model.set_weights(weights)
    whole, lost = error(), []
    for number in filters:
        # Kernel, bias and what a normalisation learned: the filter then says the same everywhere.
        without = [array.copy() for array in weights[:block]]
        for array in without:
            array[..., number] = 0
        model.set_weights([*without, *weights[block:]])
        lost.append(error() - whole)
    return _found([f"filter {number + 1}" for number in filters], lost, data, len(x), 1)


def _rows(data: PreparedData, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Validation rows, evenly thinned; training rows where there are none."""
    part = data.validation if len(data.validation.y) else data.train
    kept = np.linspace(0, len(part.y) - 1, min(len(part.y), most)).astype(int)
    return np.asarray(part.x[kept], np.float32), part.y[kept]


def _error(said: np.ndarray, y: np.ndarray, data: PreparedData) -> float:
    """The share that is wrong, or the mean absolute error in the target's unit."""
    if data.info.task == "regression":
        target = data.target
        return float(np.abs(target.original(said[:, 0]) - target.original(y)).mean())
    return float((said.argmax(axis=1) != y).mean())


def _found(
    names: list[str], lost: list[float], data: PreparedData, rows: int, repeats: int
) -> dict[str, Any]:
    if not np.isfinite(lost).all():
        return {}
    measure = "mae" if data.info.task == "regression" else "accuracy"
    return {"names": names, "lost": lost, "rows": rows, "repeats": repeats, "measure": measure}
