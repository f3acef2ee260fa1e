"""An execution on the compiled epoch."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from typing_extensions import override

from tuning_core.models import derive_seed, initial_weights
from tuning_core.training.compiled.cache import epoch_for
from tuning_core.training.compiled.open_shapes import read, write
from tuning_core.training.compiled.step import knob_values
from tuning_core.training.execution import PART_SECONDS, Execution, TrialTask, training_errors
from tuning_core.training.rows import ResidentData

_FIRST_PART = 64
"""Batches in the first call of an execution, before its speed is known."""


class CompiledExecution(Execution):
    """One training of a trial, on the weights and slots of a shared compiled epoch."""

    def __init__(self, data: ResidentData, task: TrialTask, number: int, *, shuffle: bool) -> None:
        with training_errors():
            super().__init__(task, number, data.rows)
            self._data = data
            self._part = _FIRST_PART
            self._compiled = epoch_for(data, task.config, shuffle=shuffle)
            self._start()
            self._random = {
                f"{use}_seed": derive_seed(self.seed, use) for use in ("shuffle", "noise")
            }
            self._knobs = tf.constant(knob_values(task.config), tf.float32)

    @override
    def read_weights(self) -> list[np.ndarray]:
        return read(self._compiled.weights)

    @override
    def read_slots(self) -> list[np.ndarray]:
        return read(self._compiled.slots)

    @override
    def predict(self, x: np.ndarray) -> np.ndarray:
        with training_errors():
            return self._compiled.answers.predict(x)

    @override
    def activations(self, x: np.ndarray) -> list[np.ndarray]:
        with training_errors():
            return self._compiled.answers.activations(x)

    @override
    def parts(self) -> Iterator[float]:
        if self._batches > self._part:
            self._unfinished = self.state()
        sums = np.zeros(self._compiled.count)
        result, scores = np.array([]), np.empty(0)
        start = 0
        while start < self._batches and np.isfinite(sums).all():
            if start:
                yield start / self._batches
            stop = min(start + self._part, self._batches)
            result, scores = self._timed(start, stop, sums)
            sums = result[: len(sums)]
            start = stop
        self.finish_epoch(self._data.metrics(result, scores))

    def _start(self) -> None:
        state = self._task.state(self.number)
        if state is None:
            seed = derive_seed(self.seed, "weights")
            config, data = self._task.config, self._data
            self._compiled.fresh(
                initial_weights(config, data.row_shape, data.outputs, data.task, seed)
            )
            return
        write(self._compiled.weights, state.weights)
        write(self._compiled.slots, state.slots)
        self._go_on(state)

    def _timed(self, start: int, stop: int, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        started = time.perf_counter()
        with training_errors():
            result = self._run(start, stop, sums, validate=stop == self._batches)
        seconds = time.perf_counter() - started
        self._part = max(1, int((stop - start) * PART_SECONDS / max(seconds, 1e-6)))
        return result

    def _run(
        self, start: int, stop: int, sums: np.ndarray, *, validate: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Trains batches [start, stop) of the epoch, and validates where it is asked for."""
        position = {
            "rows": self._data.rows,
            "held_from": self._data.held_from,
            "held_rows": self._data.held_rows,
            "batch_size": self.batch_size,
            "start": start,
            "stop": stop,
            "validation_rows": self._data.validation_rows if validate else 0,
            "epoch": self.epoch,
            "steps": self._steps + start,
            **self._random,
        }
        rates = self._rates(start, stop)
        return self._compiled.run(self._data, position, self._knobs, rates, sums)
