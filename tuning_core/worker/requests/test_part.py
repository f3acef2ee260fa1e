"""Trained networks on the untouched test part, all at once: the reveal of a challenge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tuning_core.analysis.luck import own_errors
from tuning_core.datasets import (
    DataError,
    PreparedData,
    TestPart,
    load_rows,
    split,
    split_rows,
    untouched_rows,
)
from tuning_core.model_export import evaluate, exported_network
from tuning_core.model_export.evaluation import Evaluation
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.training_request import TrainingRequest, parse_training
from tuning_core.training import TrainingError
from tuning_core.worker.pipes import Command
from tuning_core.worker.requests.on_demand import OnDemand

ROW_SCORES: dict[str, Callable[[Evaluation, np.ndarray], np.ndarray]] = {
    "accuracy": lambda found, y: found.predictions.argmax(axis=1) == y,
    "loss": lambda found, _: found.losses,
    "mae": lambda found, y: np.abs(found.predictions[:, 0] - y),
    "mse": lambda found, y: np.square(found.predictions[:, 0] - y),
}
"""The metrics that are means over rows, and what one row adds to them."""


@dataclass
class _Scored:
    """A metric of one network on a part, and that of its single rows where it is their mean."""

    score: float
    rows: np.ndarray | None


def evaluate_entries(command: Command, on_demand: OnDemand) -> dict[str, Any]:
    """Answers ``test_entries``: networks of the same data on its validation and its test part.

    Each of the command's ``entries`` has a ``training`` and the number of ``epochs`` after which it
    is judged; it is trained again where it is not kept, to the same. The reply has for each, in
    their order, ``validation`` and ``test`` scores with their errors (``own_errors``; None where
    the metric is no mean over rows), or the ``problem`` that one had, and the ``rows`` of both
    parts. Raises DataError, SpecError.
    """
    home, asked = Path(str(command["home"])), str(command["request"])
    entries = [(parse_training(e["training"]), int(e["epochs"])) for e in command["entries"]]
    if not entries:
        return {"entries": [], "validation_rows": 0, "test_rows": 0}
    dataset = entries[0][0].dataset
    if any(request.dataset != dataset for request, _ in entries):
        raise DataError("The networks of one challenge are trained on the same data and split.")
    parts = _parts(dataset, home)
    found: list[tuple[_Scored, _Scored] | str] = []
    for request, epochs in entries:
        try:
            state, data = on_demand.trained(request, epochs, home, asked)
            model = exported_network(state.best_weights, request.config, state.seed, data)
            validation, test = (_scored(request, model, data, part) for part in parts)
            found.append((validation, test))
        except TrainingError as error:
            found.append(str(error))
    return {
        "entries": _replies(found),
        "validation_rows": len(parts[0].y),
        "test_rows": len(parts[1].y),
    }


def _parts(dataset: DatasetSpec, home: Path) -> tuple[TestPart, TestPart]:
    """Raw rows of the validation part and of the untouched test part."""
    loaded = load_rows(dataset, home)
    rows, numbers = split_rows(loaded, dataset), split(loaded, dataset).validation
    test = untouched_rows(loaded, dataset)
    if not len(test.y):
        raise DataError("This split has no test rows: set dataset.test to a share above 0.")
    return TestPart(rows.rows(numbers), rows.y[numbers]), test


def _scored(
    request: TrainingRequest, model: keras.Model, data: PreparedData, part: TestPart
) -> _Scored:
    metric = request.objective_info.metric
    found = evaluate(model, request.config, part.x_raw, part.y, data)
    of_rows = ROW_SCORES.get(metric)
    rows = None if of_rows is None else of_rows(found, part.y).astype(np.float64)
    score = found.metrics[metric]
    if not np.isfinite(score):
        raise TrainingError(f"Its {metric} on these rows is no number.")
    return _Scored(score, rows)


def _replies(found: list[tuple[_Scored, _Scored] | str]) -> list[dict[str, Any]]:
    whole = [pair for pair in found if not isinstance(pair, str)]
    errors = [iter(_errors([pair[part].rows for pair in whole])) for part in (0, 1)]
    return [
        {"problem": pair}
        if isinstance(pair, str)
        else {
            "validation": pair[0].score,
            "test": pair[1].score,
            "validation_error": next(errors[0]),
            "test_error": next(errors[1]),
        }
        for pair in found
    ]


def _errors(rows: list[np.ndarray | None]) -> list[float | None]:
    known = [row for row in rows if row is not None]
    if len(known) < max(2, len(rows)):
        return [None] * len(rows)
    return [error if np.isfinite(error) else None for error in own_errors(np.stack(known))]
