"""One training of a trial, epoch by epoch."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from tuning_core.models import derive_seed, initial_weights
from tuning_core.training.architecture import knob_values
from tuning_core.training.compiled import CompiledEpoch, compiled_epoch
from tuning_core.training.outcome import TrialTask
from tuning_core.training.resident import ResidentData
from tuning_core.training.schedule import Schedule
from tuning_core.training.state import ExecutionState
from tuning_core.training.variables import read, write
from tuning_core.training.watching import Watcher

_LOG = logging.getLogger(__name__)

_FIRST_PART = 64
"""Batches in the first call of an execution, before its speed is known."""

_PART_SECONDS = 1.0
"""How long a call should take at most, so that a request is answered in time."""


class TrainingError(Exception):
    """Training this configuration failed; ``str()`` is short and fit for a page."""


class Execution:
    """One training of a trial, on the weights and slots of a shared compiled epoch.

    ``epoch`` is the number of epochs done, ``best_*`` what was best among them so far.
    """

    def __init__(
        self, data: ResidentData, outputs: int, task: TrialTask, number: int, *, shuffle: bool
    ) -> None:
        self.number = number
        self.epoch = 0
        self.metrics: dict[str, float] = {}
        self.best_score: float | None = None
        self.best_epoch: int | None = None
        self.best_weights: list[np.ndarray] = []
        self._data = data
        self._task = task
        self._epochs = int(task.config.get("epochs", task.epochs))
        self._batch_size = int(task.config["batch_size"])
        self._batches = -(-data.rows // self._batch_size)
        self._watcher = Watcher(task.config, task.objective)
        self._seed = derive_seed(task.seed, "execution", number)
        self._steps = 0
        self._part = _FIRST_PART
        self._unfinished: ExecutionState | None = None
        with _training_errors():
            self._schedule = Schedule(task.config, self._batches)
            self._compiled: CompiledEpoch = compiled_epoch(
                task.config, data.task, shuffle=shuffle, image=data.row_shape
            )
            self._start(outputs)
            self._random = {
                f"{use}_seed": derive_seed(self._seed, use) for use in ("shuffle", "noise")
            }
            self._knobs = tf.constant(knob_values(task.config), tf.float32)

    @property
    def done(self) -> bool:
        """Whether there is no epoch left to train."""
        return self.epoch >= self._epochs or self._watcher.stop

    @property
    def message(self) -> str:
        """Why it was done before its last epoch, or nothing."""
        return self._watcher.message if self.epoch < self._epochs else ""

    @property
    def diverged(self) -> bool:
        """Whether the last epoch left the numbers that can be computed with."""
        return not all(map(math.isfinite, self.metrics.values()))

    def parts(self) -> Iterator[float]:
        """Trains the next epoch; yields the share that is done between the parts of a long one.

        Afterwards ``epoch`` and ``metrics`` are those of the epoch. Left before its end,
        ``state`` still gives the state before it. Raises TrainingError.
        """
        batches = self._batches
        if batches > self._part:
            self._unfinished = self.state()
        sums = np.zeros(self._compiled.count)
        result = np.array([])
        start = 0
        while start < batches and np.isfinite(sums).all():
            if start:
                yield start / batches
            stop = min(start + self._part, batches)
            result = self._timed(start, stop, stop == batches, sums)
            sums = result[: len(sums)]
            start = stop
        self.metrics = self._data.metrics(result)
        self.epoch += 1
        self._steps += batches
        self._unfinished = None

    def consider(self, score: float) -> None:
        """Keeps the weights when their score is the best of this execution so far."""
        self._watcher.see(score)
        if self._task.objective.better(score, self.best_score):
            self.best_score, self.best_epoch = score, self.epoch
            self.best_weights = read(self._compiled.weights)

    def state(self) -> ExecutionState:
        """All that is needed to go on after the last complete epoch."""
        if self._unfinished is not None:
            return self._unfinished
        return ExecutionState(
            weights=read(self._compiled.weights),
            slots=read(self._compiled.slots),
            epoch=self.epoch,
            steps=self._steps,
            seed=self._seed,
            best_weights=self.best_weights,
            best_score=self.best_score,
            best_epoch=self.best_epoch,
            counters=self._watcher.counters(),
        )

    def _start(self, outputs: int) -> None:
        state = self._task.state(self.number)
        if state is None:
            seed = derive_seed(self._seed, "weights")
            config, shape = self._task.config, self._data.row_shape
            self._compiled.fresh(initial_weights(config, shape, outputs, self._data.task, seed))
            return
        write(self._compiled.weights, state.weights)
        write(self._compiled.slots, state.slots)
        self.epoch, self._steps = state.epoch, state.steps
        inherited = self._task.inherits(state)
        self._watcher.restore(state.counters, inherited=inherited)
        if not inherited:
            self._seed = state.seed
            self.best_score, self.best_epoch = state.best_score, state.best_epoch
            self.best_weights = state.best_weights

    def _timed(self, start: int, stop: int, last: bool, sums: np.ndarray) -> np.ndarray:
        position = {
            "batch_size": min(self._batch_size, self._data.rows),
            "start": start,
            "stop": stop,
            "validation_rows": self._data.validation_rows if last else 0,
            "epoch": self.epoch,
            "steps": self._steps + start,
            **self._random,
        }
        first = self._steps + start
        rates = self._schedule.rates(first, first + stop - start, self._watcher.scale)
        started = time.perf_counter()
        with _training_errors():
            result = self._compiled.run(self._data, position, self._knobs, rates, sums)
        seconds = time.perf_counter() - started
        self._part = max(1, int((stop - start) * _PART_SECONDS / max(seconds, 1e-6)))
        return result


@contextmanager
def _training_errors() -> Iterator[None]:
    """Turns whatever building or training raises into a TrainingError, traceback to the log."""
    try:
        yield
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
