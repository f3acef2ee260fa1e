"""The best model on the untouched test part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from tuning_core.datasets import PreparedData, test_part
from tuning_core.datasets.tables.encoding import TablePreprocessing
from tuning_core.export.errors import ExportError
from tuning_core.export.model import best_model_and_data
from tuning_core.models import table_inputs
from tuning_core.spec import StudySpec
from tuning_core.training import area_under_curve

_CHUNK = 2048
SMALLEST = 1e-7
"""A probability below it counts as it, as in Keras's cross-entropy."""


def evaluate_test(study_dir: Path, spec: StudySpec, home: Path) -> dict[str, float]:
    """Metrics on raw test rows, through the very model that is exported.

    ``accuracy`` and ``loss`` for classes, ``auc`` and ``f1`` too for two of them; ``mae``,
    ``mse`` and ``r2`` in original units and ``loss``, the standardised mean squared error, for
    regression. Raises ExportError.
    """
    model, _, data = best_model_and_data(study_dir, spec, home)
    part = test_part(spec.dataset, home)
    if not len(part.y):
        raise ExportError("This study has no test rows: set dataset.test to a share above 0.")
    return metrics_of(answer(model, part.x_raw, data), part.y, data)


def answer(model: keras.Model, x_raw: np.ndarray | pd.DataFrame, data: PreparedData) -> np.ndarray:
    """What a model says to raw rows, a bounded number at a time, as float64 (n, outputs).

    ``Model.predict`` would trace a graph, which is never given back.
    """
    chunks = [x_raw[first : first + _CHUNK] for first in range(0, len(x_raw), _CHUNK)]
    answers = [
        keras.ops.convert_to_numpy(model(raw_inputs(chunk, data), training=False))
        for chunk in chunks
    ]
    return np.concatenate(answers).astype(np.float64)


def raw_inputs(rows: np.ndarray | pd.DataFrame, data: PreparedData) -> Any:
    """Raw rows as the exported model takes them."""
    if isinstance(rows, np.ndarray):
        return rows.astype(np.float32)
    assert isinstance(data.preprocessing, TablePreprocessing)
    return table_inputs(data.preprocessing, rows)


def metrics_of(answers: np.ndarray, y: np.ndarray, data: PreparedData) -> dict[str, float]:
    """The metrics of ``evaluate_test``: of answers (n, outputs) to rows of the truth ``y`` (n,)."""
    if data.info.task == "classification":
        return _class_metrics(answers, y)
    return _regression_metrics(answers[:, 0], y, data.target.std)


def _class_metrics(probabilities: np.ndarray, y: np.ndarray) -> dict[str, float]:
    said = probabilities.argmax(axis=1)
    metrics = {}
    if probabilities.shape[1] == 2:
        positives = float(np.sum(said) + np.sum(y))
        metrics = {
            "auc": area_under_curve(y, probabilities[:, 1]),
            "f1": 2.0 * float(np.sum(said * y)) / positives if positives else 0.0,
        }
    of_truth = np.clip(probabilities[np.arange(len(y)), y], SMALLEST, 1.0)
    return {
        "accuracy": float(np.mean(said == y)),
        "loss": float(-np.mean(np.log(of_truth))),
        **metrics,
    }


def _regression_metrics(answers: np.ndarray, y: np.ndarray, std: float) -> dict[str, float]:
    error = answers - y
    mse = float(np.mean(np.square(error)))
    spread = float(np.mean(np.square(y - y.mean())))
    return {
        "mae": float(np.mean(np.abs(error))),
        "mse": mse,
        "r2": 1.0 - mse / spread if spread else 0.0,
        "loss": mse / std**2,
    }
