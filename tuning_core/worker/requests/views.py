"""Pictures of a trained network: where it errs, what it predicts."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from tuning_core.catalog import Value
from tuning_core.datasets import PreparedData, Preprocessing
from tuning_core.training import Execution, importance

WORST = 24
MOST_PREDICTIONS = 400

Reply = dict[str, Any]


class Views:
    """The pictures of networks on one dataset; they are plain JSON, arrays in base64."""

    def __init__(self, data: PreparedData) -> None:
        self._data = data
        self._info = data.info
        self._validation = data.validation
        scaling = data.preprocessing
        self._scaling = scaling if isinstance(scaling, Preprocessing) else None
        self._target = data.target
        self._picture = data.info.row_shape if data.info.kind == "image" else None

    def at_end(self, run: Execution, wanted: Collection[str], config: Mapping[str, Value]) -> Reply:
        """Those of the ``wanted`` views that show the trained network of a configuration."""
        views: Reply = {}
        if "importance" in wanted:
            views["importance"] = importance(run, self._data, config)
        if not {"mistakes", "predictions"}.intersection(wanted) or not len(self._validation.y):
            return views
        predictions = run.predict(self._validation.x).astype(np.float64)
        if "mistakes" in wanted:
            views["mistakes"] = self._mistakes(predictions)
        if "predictions" in wanted:
            views["predictions"] = self._predictions(predictions)
        return views

    def _mistakes(self, predictions: np.ndarray) -> Reply:
        """The validation rows that are most wrong, the worst first."""
        if self._info.task == "regression":
            truth, predicted = self._values(predictions)
            badness = np.abs(predicted - truth)
            wrong = np.arange(len(truth))
        else:
            truth, predicted = self._validation.y, predictions.argmax(axis=1)
            confidence = predictions[np.arange(len(predicted)), predicted]
            badness = confidence - predictions[np.arange(len(predicted)), truth]
            wrong = np.flatnonzero(predicted != truth)
        worst = wrong[np.argsort(-badness[wrong], kind="stable")][:WORST]
        found: Reply = {
            "rows": worst.tolist(),
            "truth": truth[worst].tolist(),
            "said": predicted[worst].tolist(),
            "wrong": len(wrong),
            "of": len(truth),
        }
        if self._info.task == "classification":
            found["sure"] = confidence[worst].tolist()
        if self._picture is not None:
            found["shape"] = list(self._picture)
            found["pictures"] = _packed(self._validation.x[worst] * 255.0, np.uint8)
        elif self._scaling is not None:
            raw = self._validation.x[worst] * self._scaling.scale + self._scaling.offset
            found["inputs"] = raw.astype(np.float64).tolist()
        return found

    def _predictions(self, predictions: np.ndarray) -> Reply:
        """Truth and answer of validation rows, evenly thinned."""
        if self._info.task == "regression":
            truth, predicted = self._values(predictions)
        else:
            truth, predicted = self._validation.y, predictions.argmax(axis=1)
        count = min(len(truth), MOST_PREDICTIONS)
        kept = np.linspace(0, len(truth) - 1, count).astype(int)
        return {
            "rows": kept.tolist(),
            "truth": truth[kept].tolist(),
            "said": predicted[kept].tolist(),
        }

    def _values(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Targets and predictions of a regression in original units."""
        truth = self._validation.y.astype(np.float64)
        return self._target.original(truth), self._target.original(predictions[:, 0])


def _packed(values: np.ndarray, kind: type[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(values.astype(kind)).tobytes()).decode()
