"""The best model on the untouched test part."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from tuning_core.datasets import prepare, test_part
from tuning_core.export.errors import ExportError
from tuning_core.export.model import best_model
from tuning_core.spec import StudySpec

_CHUNK = 2048
_SMALLEST = 1e-7
"""A probability below it counts as it, as in Keras's cross-entropy."""


def evaluate_test(study_dir: Path, spec: StudySpec, home: Path) -> dict[str, float]:
    """Metrics on raw test rows, through the very model that is exported.

    ``accuracy`` and ``loss`` for classes; ``mae``, ``mse`` and ``r2`` in original units and
    ``loss``, the standardised mean squared error, for regression. Raises ExportError.
    """
    model, _ = best_model(study_dir, spec, home)
    part = test_part(spec.dataset, home)
    if not len(part.y):
        raise ExportError("This study has no test rows: set dataset.test to a share above 0.")
    answers = answer(model, part.x_raw)
    if spec.dataset_info.task == "classification":
        return _class_metrics(answers, part.y)
    return _regression_metrics(answers[:, 0], part.y, prepare(spec.dataset, home).target.std)


def answer(model: keras.Model, x_raw: np.ndarray) -> np.ndarray:
    """What a model says to raw rows, a bounded number at a time, as float64 (n, outputs).

    ``Model.predict`` would trace a graph, which is never given back.
    """
    chunks = [x_raw[first : first + _CHUNK] for first in range(0, len(x_raw), _CHUNK)]
    answers = [
        keras.ops.convert_to_numpy(model(chunk.astype(np.float32), training=False))
        for chunk in chunks
    ]
    return np.concatenate(answers).astype(np.float64)


def _class_metrics(probabilities: np.ndarray, y: np.ndarray) -> dict[str, float]:
    of_truth = np.clip(probabilities[np.arange(len(y)), y], _SMALLEST, 1.0)
    return {
        "accuracy": float(np.mean(probabilities.argmax(axis=1) == y)),
        "loss": float(-np.mean(np.log(of_truth))),
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
