"""All that an execution needs to go on as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tuning_core.training.npz import read_arrays, write_arrays


@dataclass
class ExecutionState:
    """An execution after ``epoch`` epochs and ``steps`` updates.

    ``weights`` are in the order of ``Model.get_weights``, ``slots`` are the optimizer's.
    ``best_weights`` (empty while there is no best) belong to ``best_epoch`` and ``best_score``.
    ``seed`` is the execution's own, ``counters`` are those of early stopping and plateaus.
    """

    weights: list[np.ndarray]
    slots: list[np.ndarray]
    epoch: int
    steps: int
    seed: int
    best_weights: list[np.ndarray] = field(default_factory=list)
    best_score: float | None = None
    best_epoch: int | None = None
    counters: dict[str, float | None] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes the state in one step that is seen whole or not at all; raises OSError."""
        groups = {"weights": self.weights, "slots": self.slots, "best": self.best_weights}
        meta = {
            "epoch": self.epoch,
            "steps": self.steps,
            "seed": self.seed,
            "best_score": self.best_score,
            "best_epoch": self.best_epoch,
            "counters": self.counters,
        }
        write_arrays(path, groups, meta)

    @classmethod
    def load(cls, path: Path) -> ExecutionState:
        """The state that ``save`` wrote."""
        groups, meta = read_arrays(path)
        return cls(groups["weights"], groups["slots"], best_weights=groups["best"], **meta)
