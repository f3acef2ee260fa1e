"""The best model on the untouched test part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from tuning_core.catalog.hyperparameters import Value
from tuning_core.catalog.objectives import r_squared, total_squares
from tuning_core.datasets import PreparedData, load_rows, untouched_rows
from tuning_core.datasets.columns import TablePreprocessing
from tuning_core.datasets.preprocessing import scaled_target
from tuning_core.model_export.model import ExportError, best_model_and_data
from tuning_core.models import table_inputs
from tuning_core.spec.study import StudySpec
from tuning_core.training import area_under_curve
from tuning_core.training.keras_fit import stock_loss

_CHUNK = 2048


@dataclass(frozen=True)
class Evaluation:
    """What a model says to rows, and how well.

    ``predictions`` float64 (n, outputs) are probabilities or values in original units, ``losses``
    (n,) those of the configuration with its penalties, as the search counts them. ``metrics``
    are ``loss``; ``accuracy`` for classes, ``auc`` and ``f1`` too for two of them; ``mae``,
    ``mse`` and ``r2`` in original units for regression.
    """

    predictions: np.ndarray
    losses: np.ndarray
    metrics: dict[str, float]


def evaluate_test(best: Path, spec: StudySpec, home: Path) -> dict[str, float]:
    """Metrics on raw test rows, through the very model that is exported. Raises ExportError."""
    raw = load_rows(spec.dataset, home)
    model, meta, data = best_model_and_data(best, spec, home, raw)
    part = untouched_rows(raw, spec.dataset)
    if not len(part.y):
        raise ExportError("This study has no test rows: set dataset.test to a share above 0.")
    return evaluate(model, meta["config"], part.x_raw, part.y, data).metrics


def evaluate(
    model: keras.Model,
    config: Mapping[str, Value],
    x_raw: np.ndarray | pd.DataFrame,
    y: np.ndarray,
    data: PreparedData,
) -> Evaluation:
    """The answers of a model of ``config`` to raw rows of the truth ``y`` (n,)."""
    predictions, penalty = _predicted(model, x_raw, data)
    task, target = data.info.task, data.target
    standardised = target.standardised(predictions)
    losses = stock_loss(config, task)(
        keras.ops.convert_to_tensor(scaled_target(y, data.info, target)),
        keras.ops.convert_to_tensor(standardised, "float32"),
    )
    rows = keras.ops.convert_to_numpy(losses).astype(np.float64) + penalty
    found = _class_metrics if task == "classification" else _regression_metrics
    return Evaluation(predictions, rows, {"loss": float(rows.mean()), **found(predictions, y)})


def predict(model: keras.Model, x_raw: np.ndarray | pd.DataFrame, data: PreparedData) -> np.ndarray:
    """What a model says to raw rows, as float64 (n, outputs)."""
    return _predicted(model, x_raw, data)[0]


def _predicted(
    model: keras.Model, x_raw: np.ndarray | pd.DataFrame, data: PreparedData
) -> tuple[np.ndarray, float]:
    """(predictions, mean penalty of a row), a bounded number of rows at a time.

    ``Model.predict`` would trace a graph, which is never given back.
    """
    predictions, penalties = [], 0.0
    for first in range(0, len(x_raw), _CHUNK):
        chunk = x_raw[first : first + _CHUNK]
        predicted = model(raw_inputs(chunk, data), training=False)
        predictions.append(keras.ops.convert_to_numpy(predicted))
        # Of the weights, and of what the layers put out for these rows.
        penalties += len(chunk) * sum(float(loss) for loss in model.losses)
    return np.concatenate(predictions).astype(np.float64), penalties / max(1, len(x_raw))


def raw_inputs(rows: np.ndarray | pd.DataFrame, data: PreparedData) -> Any:
    """Raw rows as the exported model takes them."""
    if isinstance(rows, np.ndarray):
        return rows.astype(np.float32)
    assert isinstance(data.preprocessing, TablePreprocessing)
    return table_inputs(data.preprocessing, rows)


def _class_metrics(probabilities: np.ndarray, y: np.ndarray) -> dict[str, float]:
    predicted = probabilities.argmax(axis=1)
    metrics = {"accuracy": float(np.mean(predicted == y))}
    if probabilities.shape[1] == 2:
        positives = float(np.sum(predicted) + np.sum(y))
        metrics["auc"] = area_under_curve(y, probabilities[:, 1])
        metrics["f1"] = 2.0 * float(np.sum(predicted * y)) / positives if positives else 0.0
    return metrics


def _regression_metrics(predictions: np.ndarray, y: np.ndarray) -> dict[str, float]:
    error = predictions[:, 0] - y
    squared = np.square(error)
    return {
        "mae": float(np.mean(np.abs(error))),
        "mse": float(np.mean(squared)),
        "r2": r_squared(float(np.sum(squared)), total_squares(y)),
    }
