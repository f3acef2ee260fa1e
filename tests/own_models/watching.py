"""A search in small: one trial, and what was said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tuning_core.catalog import Objective, Value
from tuning_core.own_models.training import OwnTrainer
from tuning_core.training import (
    Control,
    EpochReport,
    ExecutionState,
    TrialOutcome,
    TrialTask,
)


def task_of(config: Mapping[str, Value], objective: str = "val_loss", **changes: Any) -> TrialTask:
    """A trial of three epochs."""
    direction: Any = "min" if "loss" in objective else "max"
    aim = Objective(objective, objective, objective, direction, ())
    return TrialTask(config=config, objective=aim, **{"seed": 5, "epochs": 3, **changes})


class Watched:
    """A trial that has run; after ``at`` epochs it was told ``answer``."""

    def __init__(
        self,
        trainer: OwnTrainer,
        task: TrialTask,
        answer: Control = Control.CONTINUE,
        at: int = 0,
        judge: Callable[[EpochReport], str] = lambda _: "",
    ) -> None:
        self.reports: list[EpochReport] = []
        self.states: dict[int, ExecutionState] = {}
        self._at, self._answer = at, answer
        self.outcome: TrialOutcome = trainer.run_trial(
            task, self.reports.append, self._control, self.states.__setitem__, judge=judge
        )

    def _control(self) -> Control:
        return self._answer if len(self.reports) == self._at else Control.CONTINUE

    @property
    def losses(self) -> list[float]:
        return [report.metrics["loss"] for report in self.reports]

    @property
    def ended(self) -> tuple[Any, str]:
        return self.outcome.status, self.outcome.message
