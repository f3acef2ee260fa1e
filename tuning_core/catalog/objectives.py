"""Metrics that a training reports and the objectives a search can aim at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

METRICS: tuple[str, ...] = ("loss", "accuracy", "auc", "f1", "mae", "mse", "r2")
"""Every metric's name on the training part; that of validation is ``val_`` + name."""

EPOCH_METRICS: tuple[str, ...] = tuple(
    name for metric in METRICS for name in (metric, f"val_{metric}")
)
"""What an epoch reports: each metric, its training value beside its validation value."""

METRIC_LABELS: dict[str, str] = {
    "loss": "loss",
    "accuracy": "accuracy",
    "auc": "area under the ROC curve",
    "f1": "F1 score",
    "mae": "mean absolute error",
    "mse": "mean squared error",
    "r2": "R²",
}


@dataclass(frozen=True)
class Objective:
    """What a search tries to make as large or as small as it can."""

    id: str
    metric: str
    label: str
    direction: Literal["min", "max"]
    tasks: tuple[str, ...]

    def better(self, score: float, than: float | None) -> bool:
        """Whether ``score`` beats ``than``; anything beats None, a tie does not."""
        if than is None:
            return True
        return score > than if self.direction == "max" else score < than


def _objective(metric: str, direction: Literal["min", "max"], *tasks: str) -> Objective:
    label = f"validation {METRIC_LABELS[metric]}"
    return Objective(f"val_{metric}", metric, label, direction, tasks)


OBJECTIVES: dict[str, Objective] = {
    objective.id: objective
    for objective in (
        _objective("accuracy", "max", "classification"),
        _objective("auc", "max", "classification"),
        _objective("f1", "max", "classification"),
        _objective("mae", "min", "regression"),
        _objective("mse", "min", "regression"),
        _objective("r2", "max", "regression"),
        _objective("loss", "min", "classification", "regression"),
    )
}

TWO_CLASSES = ("auc", "f1")
"""Metrics that are defined for two classes; the second one counts as positive."""


_TASK_METRICS: dict[str, tuple[str, ...]] = {
    "classification": ("loss", "accuracy"),
    "regression": ("loss", "mae", "mse", "r2"),
}


def metrics_for(task: str, classes: int) -> tuple[str, ...]:
    """What a training reports, in the order in which a page shows it."""
    return _TASK_METRICS[task] + (TWO_CLASSES if classes == 2 else ())


def objectives_for(task: str, classes: int) -> list[str]:
    """Ids of the objectives that a task has; ``classes`` 0 when their number is not known yet."""
    return [
        objective.id
        for objective in OBJECTIVES.values()
        if task in objective.tasks and (classes in (0, 2) or objective.metric not in TWO_CLASSES)
    ]


DEFAULT_OBJECTIVE: dict[str, str] = {"classification": "val_accuracy", "regression": "val_mae"}


def total_squares(y: np.ndarray) -> float:
    """Sum of squared distances from the mean, in double precision; 0 of equal values."""
    exact = y.astype(np.float64)
    if not len(exact) or exact.min() == exact.max():
        return 0.0
    return float(np.sum(np.square(exact - exact.mean())))


def r_squared(squared: float, total_squares: float) -> float:
    """1 - squared errors / squares of the targets; of constant targets 1 if exact, else 0."""
    if total_squares == 0:
        return 1.0 if squared == 0 else 0.0
    return 1.0 - squared / total_squares
