"""What a diagnosis looks at, the recorded curves of a training, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuning_core.analysis.observations import Array
from tuning_core.catalog import Objective, TrialStatus, Value
from tuning_core.catalog.hyperparameters import label_of

PENALTIES = ("l2", "l1", "activity_l2")
"""Hyperparameters that add a penalty to the loss and press weights or answers to zero."""


@dataclass(frozen=True)
class Diagnosis:
    """A finding: ``evidence`` is a sentence with its numbers, ``suggestion`` what to do next.

    ``weight`` orders findings, the most important has the largest. What points beyond an end of a
    range names the ``hyperparameter`` and the end.
    """

    kind: str
    title: str
    evidence: str
    suggestion: str
    weight: float = 1.0
    hyperparameter: str = ""
    upper: bool = False


def label(hyperparameter: str) -> str:
    """What the pages call a hyperparameter within a sentence."""
    return label_of(hyperparameter)


SMOOTHED = 3
"""Epochs whose median stands for the middle one."""


@dataclass(frozen=True)
class TrainingCurves:
    """One execution of a trial as it was recorded.

    ``metrics`` has a list per metric with a value per epoch, None where it was not a number.
    ``classes`` is 0 for regression. ``best_known`` is the best score of the study, on rows that
    no training saw; None when this is the only training. ``trial`` is its number. Of what is not
    ``ours``, a model of one's own or another tool's, nothing is known but the curves: not what its
    loss is, nor what a hyperparameter of a familiar name does.
    """

    metrics: Mapping[str, Sequence[float | None]]
    config: Mapping[str, Value]
    objective: Objective
    status: TrialStatus = TrialStatus.COMPLETED
    classes: int = 0
    best_known: float | None = None
    trial: int | None = None
    ours: bool = True

    @property
    def epochs(self) -> int:
        """Epochs that every curve has."""
        return min((len(values) for values in self.metrics.values()), default=0)

    def curve(self, name: str) -> Array | None:
        """A metric's values; None where it is missing or has gaps."""
        values = self.metrics.get(name)
        if not values or any(value is None for value in values):
            return None
        return np.array(values, dtype=np.float64)

    def error(self, part: str) -> Array | None:
        """The objective's metric as an error: 1 - accuracy, or what is small as it is.

        ``part`` is "" for the training rows and "val_" for the others.
        """
        values = self.curve(f"{part}{self.objective.metric}")
        share = self.ours or self.objective.direction == "min" or not _beyond(values)
        return self._turned(values) if values is not None and share else None

    def as_error(self, score: float) -> float:
        """A score of the objective as an error."""
        return 1.0 - score if self.objective.direction == "max" else score

    def _turned(self, values: Array) -> Array:
        return 1.0 - values if self.objective.direction == "max" else values


def _beyond(values: Array | None) -> bool:
    """Whether a metric is no share: how far it is from perfect is not known then."""
    return values is None or bool(values.max() > 1.0 or values.min() < 0.0)


def smoothed(values: Array, width: int = SMOOTHED) -> Array:
    """Running median; the ends keep what they have of the window."""
    half = width // 2
    return np.array(
        [np.median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))]
    )


def wobble(values: Array) -> float:
    """Standard deviation of the noise of a curve around its trend.

    From second differences, which a straight line does not have; by their median size, so that
    a few jumps do not count (a normal number's median size is 0.6745 deviations, and a second
    difference has six times the variance).
    """
    if len(values) < 4:
        return 0.0
    return float(np.median(np.abs(np.diff(values, 2)))) / 0.6745 / 6**0.5


RISES = 0.1
"""Share of the steps of a curve that may go up while it falls steadily."""
FEWEST_STEPS = 4
"""Steps below which going down each time is luck."""


def steady_fall(values: Array) -> float:
    """The share of its first value by which a curve falls when hardly a step goes up.

    0 for a curve that rests, jumps or rises: noise has about as many steps up as down.
    """
    steps = np.diff(values)
    if len(steps) < FEWEST_STEPS or values[0] <= 0 or np.mean(steps > 0) > RISES:
        return 0.0
    return max(0.0, 1.0 - float(values[-1] / values[0]))
