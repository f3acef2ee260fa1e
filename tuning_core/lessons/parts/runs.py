"""The trainings that a lesson asks for, and what it sees of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuning_core.catalog import Value
from tuning_core.spec.training_request import TrainingRequest, parse_training

DIGITS: Mapping[str, Any] = {"id": "digits", "validation": 0.3, "test": 0.5}
"""A fifth of the digits to train on, 359 rows: an epoch takes a few milliseconds."""

FEW_DIGITS: Mapping[str, Any] = {"id": "digits", "validation": 0.4, "test": 0.5}
"""A tenth of the digits to train on, 180 rows: little enough to learn by heart."""


@dataclass(frozen=True)
class Run:
    """One training and what it is called in the picture."""

    label: str
    request: TrainingRequest


def run(
    label: str,
    values: Mapping[str, Value],
    epochs: int,
    dataset: Mapping[str, Any] = DIGITS,
    seed: int = 1,
    views: Sequence[str] = (),
) -> Run:
    """A training of a network with hidden layers; what ``values`` leave out has its default."""
    document = {
        "dataset": dict(dataset),
        "values": dict(values),
        "epochs": epochs,
        "seed": seed,
        "views": list(views),
    }
    return Run(label, parse_training(document))


@dataclass(frozen=True)
class Curve:
    """A training as far as it is.

    ``epochs`` has the metrics of each, ``state`` how it stands, ``views`` the pictures of the
    network that were asked for. ``message`` says why one has failed.
    """

    label: str
    epochs: Sequence[Mapping[str, float]] = ()
    state: str = "waiting"
    diverged: bool = False
    message: str = ""
    views: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self.state not in ("waiting", "running")

    def values(self, metric: str) -> list[float]:
        """A metric of every epoch."""
        return [epoch.get(metric, math.nan) for epoch in self.epochs]

    def at(self, metric: str, epoch: int) -> float:
        """A metric after an epoch (from 1); infinity where the training did not get there."""
        values = self.values(metric)
        return values[epoch - 1] if epoch <= len(values) else math.inf

    def last(self, metric: str) -> float:
        """A metric of the last epoch; infinity where the training diverged."""
        values = self.values(metric)
        return values[-1] if values and not self.diverged else math.inf

    def least(self, metric: str) -> float:
        """The smallest value of a metric; infinity when there is none."""
        return min(self.values(metric), default=math.inf)

    def most(self, metric: str) -> float:
        """The largest value of a metric; 0 when there is none."""
        return max(self.values(metric), default=0.0)

    def rises(self, metric: str, first: int = 0) -> int:
        """In how many epochs a metric was higher than in the one before, from ``first`` on."""
        values = self.values(metric)[first:]
        return sum(after > before for before, after in itertools.pairwise(values))

    def wobble(self, metric: str, first: int = 0) -> float:
        """Mean size of the change of a metric from one epoch to the next, from ``first`` on."""
        values = self.values(metric)[first:]
        steps = [abs(b - a) for a, b in itertools.pairwise(values)]
        return sum(steps) / len(steps) if steps else math.inf
