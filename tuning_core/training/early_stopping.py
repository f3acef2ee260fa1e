"""What watches the objective from epoch to epoch: early stopping and plateaus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuning_core.catalog import Objective, Value

PLATEAU_DELTA = 1e-4
"""The gain that ends a plateau, Keras's default."""


@dataclass
class Waiting:
    """How many epochs the objective has not improved on ``best`` by more than a ``delta``."""

    best: float | None = None
    epochs: int = 0

    def see(self, score: float, objective: Objective, delta: float) -> None:
        """Counts an epoch with this score."""
        needed = -delta if objective.direction == "min" else delta
        if self.best is None or objective.better(score - needed, self.best):
            self.best, self.epochs = score, 0
        else:
            self.epochs += 1


class EarlyStopping:
    """Early stopping, and reduction of the learning rate on a plateau.

    Both go by the trial's objective, as ``keras.callbacks.EarlyStopping`` and
    ``keras.callbacks.ReduceLROnPlateau`` do it.
    """

    def __init__(self, config: Mapping[str, Value], objective: Objective) -> None:
        self._objective = objective
        self._patience = int(config.get("patience", 0))
        self._delta = float(config.get("min_delta", 0.0))
        self._reduces = config.get("schedule") == "reduce_on_plateau"
        self._factor = float(config.get("decay_rate", 1.0))
        self._plateau_epochs = int(config.get("decay_epochs", 1))
        self._stopping = Waiting()
        self._plateau = Waiting()
        self.scale = 1.0

    @property
    def stop(self) -> bool:
        """Whether the patience is over."""
        return 0 < self._patience <= self._stopping.epochs

    @property
    def message(self) -> str:
        """Why the training ended before its last epoch; empty while it has not."""
        if not self.stop:
            return ""
        count = f"{self._patience} epoch{'s' if self._patience > 1 else ''}"
        return f"stopped early: no gain in {count}"

    def see(self, score: float) -> None:
        """Counts an epoch with this score."""
        self._stopping.see(score, self._objective, self._delta)
        if not self._reduces:
            return
        self._plateau.see(score, self._objective, PLATEAU_DELTA)
        if self._plateau.epochs >= self._plateau_epochs:
            self.scale *= self._factor
            self._plateau.epochs = 0

    def counters(self) -> dict[str, float | None]:
        """All that it has to remember, as plain numbers."""
        return {
            "stopping_best": self._stopping.best,
            "stopping_epochs": self._stopping.epochs,
            "plateau_best": self._plateau.best,
            "plateau_epochs": self._plateau.epochs,
            "scale": self.scale,
        }

    def restore(self, counters: Mapping[str, float | None], *, inherited: bool) -> None:
        """Goes on from ``counters``; a trial that continues another has its patience anew."""
        if not counters:
            return
        self._plateau = Waiting(counters["plateau_best"], int(counters["plateau_epochs"] or 0))
        self.scale = float(counters["scale"] or 0.0)
        if not inherited:
            self._stopping = Waiting(
                counters["stopping_best"], int(counters["stopping_epochs"] or 0)
            )


def renewed(counters: Mapping[str, float | None], *, rated: bool) -> dict[str, float | None]:
    """Counters with which the patience begins anew; where ``rated`` the learning rate, too."""
    anew: dict[str, float | None] = {"stopping_best": None, "stopping_epochs": 0}
    return {**counters, **anew, **({"scale": 1.0, "plateau_epochs": 0} if rated else {})}
