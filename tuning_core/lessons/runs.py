"""The trainings that a lesson asks for, and what it sees of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuning_core.catalog import Value


@dataclass(frozen=True)
class Run:
    """One training: what it is called in the picture, its data, hyperparameters and epochs.

    ``dataset`` is the part of a spec; hyperparameters left out take the family's default.
    """

    label: str
    dataset: Mapping[str, Any]
    values: Mapping[str, Value]
    epochs: int
    seed: int = 1
    family: str = "mlp"
    views: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curve:
    """A training as far as it is: ``epochs`` has the metrics of each, ``state`` how it stands."""

    label: str
    epochs: Sequence[Mapping[str, float]] = ()
    state: str = "waiting"
    views: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self.state in ("done", "failed", "abandoned")

    def values(self, metric: str) -> list[float]:
        """A metric of every epoch, infinity where the training had diverged."""
        found = [epoch.get(metric, math.inf) for epoch in self.epochs]
        return [value if math.isfinite(value) else math.inf for value in found]

    def last(self, metric: str) -> float:
        """A metric of the last epoch; infinity for a training that diverged before its first."""
        values = self.values(metric)
        return values[-1] if values else math.inf

    def least(self, metric: str) -> float:
        """The smallest value of a metric; infinity when there is none."""
        return min(self.values(metric), default=math.inf)

    def most(self, metric: str) -> float:
        """The largest value of a metric; 0 when there is none."""
        return max(self.values(metric), default=0.0)
