"""Studies as other tools open them: spreadsheets, TensorBoard, Optuna, MLflow. Knows no Keras."""

from __future__ import annotations

from tuning_core.study_export import mlflow, optuna, tensorboard, trials_csv
from tuning_core.study_export.record import Exporter, StudyRecord, read_record

EXPORTERS: list[Exporter] = [
    trials_csv.EXPORTER,
    trials_csv.COLUMNS,
    tensorboard.EXPORTER,
    optuna.EXPORTER,
    mlflow.EXPORTER,
]
"""All of them, in the order of their buttons."""


def find_exporter(id: str) -> Exporter:
    """The exporter of an id. Raises KeyError."""
    return {known.id: known for known in EXPORTERS}[id]


__all__ = ["EXPORTERS", "Exporter", "StudyRecord", "find_exporter", "read_record"]
