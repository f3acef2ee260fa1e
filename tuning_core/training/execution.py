"""Trials and executions: what is asked of one, one training epoch by epoch, what came of it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from tuning_core.catalog import Objective, TrialStatus, Value
from tuning_core.models import derive_seed
from tuning_core.training.checkpoints import ExecutionState
from tuning_core.training.early_stopping import EarlyStopping
from tuning_core.training.schedule import Schedule

if TYPE_CHECKING:
    from tuning_core.training.following import Follower


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
    """One trained epoch: ``metrics`` by name and ``val_`` name, wall ``seconds``."""

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
    score: float | None = None
    best_execution: int | None = None
    best_epoch: int | None = None
    epochs: int = 0
    parameters: int = 0
    executions: tuple[ExecutionOutcome, ...] = ()
    message: str = ""


_LOG = logging.getLogger(__name__)

PART_SECONDS = 1.0
"""How long a part of an epoch should take at most, so that a request is answered in time."""


class TrainingError(Exception):
    """Training this configuration failed; ``str()`` is short and fit for a page."""


class Execution:
    """One training of a trial on ``rows`` rows.

    ``epoch`` is the number of epochs done, of ``epochs``; ``best_*`` is what was best among them so
    far. ``seed`` is its own. How an epoch is trained is the business of a subclass.
    """

    def __init__(self, task: TrialTask, number: int, rows: int) -> None:
        self.number = number
        self.epoch = 0
        self.metrics: dict[str, float] = {}
        self.best_score: float | None = None
        self.best_epoch: int | None = None
        self.best_weights: list[np.ndarray] = []
        self._task = task
        self.epochs = int(task.config.get("epochs", task.epochs))
        self.batch_size = min(int(task.config["batch_size"]), rows)
        self._batches = -(-rows // self.batch_size)
        self.seed = derive_seed(task.seed, "execution", number)
        self._steps = 0
        self._schedule = Schedule(task.config, self._batches)
        self._early_stopping = EarlyStopping(task.config, task.objective)
        self._unfinished: ExecutionState | None = None

    @property
    def done(self) -> bool:
        """Whether there is no epoch left to train."""
        return self.epoch >= self.epochs or self._early_stopping.stop

    @property
    def message(self) -> str:
        """Why it was done before its last epoch, or nothing."""
        return self._early_stopping.message if self.epoch < self.epochs else ""

    @property
    def diverged(self) -> bool:
        """Whether the last epoch left the numbers that can be computed with."""
        return not all(map(math.isfinite, self.metrics.values()))

    def train_all(self, follower: Follower) -> None:
        """Trains all epochs that are left.

        Raises TrainingError, and what the follower raises.
        """
        while not self.done:
            follower.begin_epoch()
            for share in self.parts():
                follower.part(share)
            follower.end_epoch()

    def parts(self) -> Iterator[float]:
        """Trains the next epoch; yields the share that is done between the parts of a long one.

        Afterwards ``epoch`` and ``metrics`` are those of the epoch. Left before its end,
        ``state`` still gives the state before it. Raises TrainingError.
        """
        raise NotImplementedError

    def read_weights(self) -> list[np.ndarray]:
        """Copies of the weights, in the order of ``Model.get_weights``."""
        raise NotImplementedError

    def read_slots(self) -> list[np.ndarray]:
        """Copies of what the optimizer remembers."""
        raise NotImplementedError

    def predict(self, x: np.ndarray) -> np.ndarray:
        """What the network says now to preprocessed rows (n, inputs); (n, outputs)."""
        raise NotImplementedError

    def activations(self, x: np.ndarray) -> list[np.ndarray]:
        """What each hidden layer puts out for preprocessed rows (n, inputs), then the answers.

        Of a dense layer (n, units), of a convolutional one (n, height, width, filters).
        """
        raise NotImplementedError

    def consider(self, score: float) -> None:
        """Keeps the weights when their score is the best of this execution so far."""
        self._early_stopping.see(score)
        if self._task.objective.better(score, self.best_score):
            self.best_score, self.best_epoch = score, self.epoch
            self.best_weights = self.read_weights()

    def state(self) -> ExecutionState:
        """All that is needed to go on after the last complete epoch."""
        if self._unfinished is not None:
            return self._unfinished
        return ExecutionState(
            weights=self.read_weights(),
            slots=self.read_slots(),
            epoch=self.epoch,
            steps=self._steps,
            seed=self.seed,
            best_weights=self.best_weights,
            best_score=self.best_score,
            best_epoch=self.best_epoch,
            counters=self._early_stopping.counters(),
        )

    def _go_on(self, state: ExecutionState) -> None:
        """Takes from a state all but weights and slots."""
        # Also of the trial that this one continues: both are then one training, uninterrupted.
        self.epoch, self._steps, self.seed = state.epoch, state.steps, state.seed
        inherited = self._task.inherits(state)
        self._early_stopping.restore(state.counters, inherited=inherited)
        if not inherited:
            self.best_score, self.best_epoch = state.best_score, state.best_epoch
            self.best_weights = state.best_weights

    def _rates(self, start: int, stop: int) -> np.ndarray:
        """Learning rates of the epoch's batches [start, stop)."""
        # Not by the updates made: with batches of another size before, these were not so many.
        before = self.epoch * self._batches
        return self._schedule.rates(before + start, before + stop, self._early_stopping.scale)

    def finish_epoch(self, metrics: dict[str, float]) -> None:
        """Notes the end of an epoch that has reported these metrics."""
        self.metrics = metrics
        self.epoch += 1
        self._steps += self._batches
        self._unfinished = None


@contextmanager
def training_errors() -> Iterator[None]:
    """Turns whatever building or training raises into a TrainingError, traceback to the log."""
    try:
        yield
    except TrainingError:
        raise
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        _LOG.exception("out of memory")
        raise TrainingError(
            "Out of memory: this network or batch does not fit. "
            "Use fewer units, fewer layers or a smaller batch size."
        ) from error
    except Exception as error:
        _LOG.exception("training failed")
        first = (str(error).strip().splitlines() or [""])[0]
        raise TrainingError(f"{type(error).__name__}: {first}"[:300]) from error
