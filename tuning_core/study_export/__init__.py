"""Studies as other tools open them: spreadsheets, TensorBoard, Optuna. Knows no Keras."""

from __future__ import annotations

from tuning_core.study_export.record import StudyRecord, read_record
from tuning_core.study_export.trials_csv import trials_csv

__all__ = ["StudyRecord", "read_record", "trials_csv"]
