"""Metrics that a training reports and the objectives a search can aim at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Direction = Literal["min", "max"]


@dataclass(frozen=True)
class Metric:
    """A number that a training reports of its training rows and, as ``val_`` + id, of the others.

    ``short`` is its name where there is little room; one ``of_two_classes`` is defined for these
    alone, the second one counting as positive. It lies from ``low`` to ``high``.
    """

    id: str
    label: str
    direction: Direction
    tasks: tuple[str, ...]
    short: str = ""
    of_two_classes: bool = False
    low: float = 0.0
    high: float = math.inf


_METRICS = (
    Metric("loss", "loss", "min", ("classification", "regression")),
    Metric("accuracy", "accuracy", "max", ("classification",), high=1.0),
    Metric("auc", "area under the ROC curve", "max", ("classification",), "AUC", True, high=1.0),
    Metric("f1", "F1 score", "max", ("classification",), "F1", True, high=1.0),
    Metric("mae", "mean absolute error", "min", ("regression",), "MAE"),
    Metric("mse", "mean squared error", "min", ("regression",), "MSE"),
    Metric("r2", "R²", "max", ("regression",), "R²", low=-math.inf, high=1.0),
)

METRICS: tuple[str, ...] = tuple(metric.id for metric in _METRICS)
METRIC_LABELS: dict[str, str] = {metric.id: metric.label for metric in _METRICS}
SHORT_METRIC_LABELS: dict[str, str] = {m.id: m.short or m.id for m in _METRICS}
TWO_CLASSES: tuple[str, ...] = tuple(metric.id for metric in _METRICS if metric.of_two_classes)

EPOCH_METRICS: tuple[str, ...] = tuple(
    name for metric in METRICS for name in (metric, f"val_{metric}")
)
"""What an epoch reports: each metric, its training value beside its validation value."""


def metric_label(metric: str) -> str:
    """What the pages call a metric; one that the catalog has not, by its own name."""
    return METRIC_LABELS.get(metric, metric)


@dataclass(frozen=True)
class Objective:
    """What a search tries to make as large or as small as it can, from ``low`` to ``high``."""

    id: str
    metric: str
    label: str
    direction: Direction
    tasks: tuple[str, ...]
    low: float = -math.inf
    high: float = math.inf

    @property
    def named(self) -> bool:
        """Whether its label is a name that somebody declared, which stays as it is."""
        return self.label == self.id and self.id not in METRIC_LABELS

    @property
    def title(self) -> str:
        """Its label at the start of a sentence."""
        return self.label if self.named else self.label[:1].upper() + self.label[1:]

    def better(self, score: float, than: float | None) -> bool:
        """Whether ``score`` beats ``than``; anything beats None, a tie does not."""
        if than is None:
            return True
        return score > than if self.direction == "max" else score < than

    def reaches(self, score: float, target: float) -> bool:
        """Whether ``score`` is as good as the target, or better."""
        return not self.better(target, score)


_loss, *_others = _METRICS

OBJECTIVES: dict[str, Objective] = {
    f"val_{m.id}": Objective(
        f"val_{m.id}", m.id, f"validation {m.label}", m.direction, m.tasks, m.low, m.high
    )
    for m in (*_others, _loss)
}


def metrics_for(task: str, classes: int) -> tuple[str, ...]:
    """What a training reports, in the order in which a page shows it."""
    return tuple(
        metric.id
        for metric in _METRICS
        if task in metric.tasks and (classes == 2 or not metric.of_two_classes)
    )


def objectives_for(task: str, classes: int) -> list[str]:
    """Ids of the objectives that a task has; ``classes`` 0 when their number is not known yet."""
    return [
        objective.id
        for objective in OBJECTIVES.values()
        if task in objective.tasks and (classes in (0, 2) or objective.metric not in TWO_CLASSES)
    ]


def objective_named(name: str, direction: Direction | None) -> Objective:
    """The objective that the catalog has, or one of another tool or model, under its own name.

    Raises KeyError for a name that the catalog has not, without a direction.
    """
    known = OBJECTIVES.get(name)
    if direction is None:
        return OBJECTIVES[name]
    if known is not None and known.direction == direction:
        return known
    metric = name.removeprefix("val_")
    label = f"validation {metric}" if metric != name else name
    return Objective(name, metric, label, direction, ())


def objective_of(spec: Mapping[str, Any]) -> Objective:
    """The objective of a recorded spec, as its plain JSON object has it.

    A spec that says nothing of it, as no version wrote it, has the last of the catalog.
    """
    name = str(spec.get("objective"))
    direction = (spec.get("metrics") or {}).get(name)
    return objective_named(name if direction or name in OBJECTIVES else "val_loss", direction)


def usual_objective(metrics: Iterable[str]) -> str:
    """What a study aims at among metrics that it declares, unless it says."""
    names = [*metrics]
    return next((name for name in ("val_accuracy", "val_loss") if name in names), names[0])


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
