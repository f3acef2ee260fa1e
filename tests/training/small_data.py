"""Small prepared data and tasks for the tests of the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuning_core.catalog import OBJECTIVES, Value
from tuning_core.datasets import Part, PreparedData, prepare
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.training import (
    Control,
    EpochProgress,
    EpochReport,
    ExecutionState,
    Trainer,
    TrialOutcome,
    TrialTask,
)

BASE: dict[str, Value] = {
    "layers": 2,
    "units": 12,
    "activation": "relu",
    "dropout": 0.0,
    "optimizer": "adam",
    "learning_rate": 0.01,
    "batch_size": 16,
}
CNN: dict[str, Value] = {
    "blocks": 2,
    "filters": 4,
    "kernel_size": 3,
    "pooling": "max",
    "dense_units": 10,
    "activation": "relu",
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "batch_size": 32,
}
"""A small convolutional network."""

DATASET = {"classification": "iris", "regression": "diabetes"}
OBJECTIVE = {"classification": "val_accuracy", "regression": "val_mae"}


def small_data(task: str = "classification") -> PreparedData:
    """Iris or diabetes; both come with the installation."""
    return prepare(DatasetSpec(id=DATASET[task], test=0.1), Path("unused"))


def few_digits() -> PreparedData:
    """A few hundred of the digits."""
    data = prepare(DatasetSpec(id="digits", test=0.1), Path("unused"))
    train, validation = data.train, data.validation
    few = Part(train.x[:230], train.y[:230]), Part(validation.x[:60], validation.y[:60])
    return replace(data, train=few[0], validation=few[1])


def make_task(task: str = "classification", /, **changes: Any) -> TrialTask:
    """A trial of three epochs; keywords change the task, or else the configuration."""
    fields = {"seed": 7, "epochs": 3, "objective": OBJECTIVES[OBJECTIVE[task]]}
    config = dict(BASE)
    for name, value in changes.items():
        if name in TrialTask.__dataclass_fields__:
            fields[name] = value
        else:
            config[name] = value
    return TrialTask(config=config, **fields)  # type: ignore[arg-type]


class Watch:
    """Collects what a trial reports, and answers its questions with ``answer(asked)``."""

    def __init__(self, answer: Callable[[int], Control] = lambda _: Control.CONTINUE) -> None:
        self.reports: list[EpochReport] = []
        self.states: list[tuple[int, ExecutionState]] = []
        self.progress: list[EpochProgress] = []
        self.asked = 0
        self._answer = answer

    def control(self) -> Control:
        self.asked += 1
        return self._answer(self.asked)

    def checkpoint(self, execution: int, state: ExecutionState) -> None:
        self.states.append((execution, state))

    def run(self, trainer: Trainer, task: TrialTask) -> TrialOutcome:
        return trainer.run_trial(
            task, self.reports.append, self.control, self.checkpoint, self.progress.append
        )


def answers(control: Control, at: int) -> Callable[[int], Control]:
    """Answers ``control`` from the ``at``-th question on."""
    return lambda asked: control if asked >= at else Control.CONTINUE
