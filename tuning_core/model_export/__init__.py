"""What a study gives away: the model, the bundle, and the score on the untouched test part."""

from __future__ import annotations

from tuning_core.model_export.bundle import export_bundle
from tuning_core.model_export.evaluation import evaluate, evaluate_test, predict
from tuning_core.model_export.model import (
    ExportError,
    best_model_and_data,
    export_model,
    exported_network,
)
from tuning_core.model_export.scoring import score_table
from tuning_core.model_export.script import SearchSummary

__all__ = [
    "ExportError",
    "SearchSummary",
    "best_model_and_data",
    "evaluate",
    "evaluate_test",
    "export_bundle",
    "export_model",
    "exported_network",
    "predict",
    "score_table",
]
