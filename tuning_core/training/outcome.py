"""What a trial is asked to do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tuning_core.catalog import Objective, TrialStatus, Value
from tuning_core.training.state import ExecutionState


class Control(StrEnum):
    """What the one who watches a training wants next."""

    CONTINUE = "continue"
    SKIP = "skip"
    STOP = "stop"
    TIME = "time"


@dataclass(frozen=True)
class TrialTask:
    """One trial to train.

    ``epochs`` is the number of the last epoch. ``resume`` has a state, or None, for each
    execution. A trial that is ``continued`` goes on from another one's last states: a state
    at or before ``initial_epoch`` is that other trial's (all are when it is None), and its best
    score does not count. ``keep_states`` asks for the last state of every execution.
    """

    config: Mapping[str, Value]
    seed: int
    epochs: int
    objective: Objective
    executions: int = 1
    resume: tuple[ExecutionState | None, ...] = ()
    continued: bool = False
    initial_epoch: int | None = None
    keep_states: bool = False

    def state(self, execution: int) -> ExecutionState | None:
        """The state from which an execution (from 1) goes on."""
        return self.resume[execution - 1] if execution <= len(self.resume) else None

    def inherits(self, state: ExecutionState) -> bool:
        """Whether a state is the end of the trial that this one continues."""
        first = self.initial_epoch
        return self.continued and (first is None or state.epoch <= first)


@dataclass(frozen=True)
class EpochReport:
    """One trained epoch: ``metrics`` by name with a ``val_`` twin each, wall ``seconds``."""

    execution: int
    epoch: int
    metrics: dict[str, float]
    seconds: float


@dataclass(frozen=True)
class EpochProgress:
    """How far a long epoch is: ``share`` of its batches, between 0 and 1."""

    execution: int
    epoch: int
    share: float


@dataclass(frozen=True)
class ExecutionOutcome:
    """One training of a trial; ``epochs`` is the number of its last epoch.

    ``state`` is its last state, where the task asked for it or the execution is to be resumed.
    """

    execution: int
    status: TrialStatus | None
    score: float | None
    best_epoch: int | None
    epochs: int
    best_weights: list[np.ndarray]
    state: ExecutionState | None


@dataclass(frozen=True)
class TrialOutcome:
    """What came of a trial; ``status`` None means stopped, to be resumed.

    ``score`` is the mean of the executions' best scores, ``best_epoch`` that of the best one,
    ``epochs`` the number of the last epoch that any reached; ``parameters`` counts weights.
    """

    status: TrialStatus | None
    score: float | None
    best_execution: int | None
    best_epoch: int | None
    epochs: int
    parameters: int
    executions: tuple[ExecutionOutcome, ...]
    message: str = ""
