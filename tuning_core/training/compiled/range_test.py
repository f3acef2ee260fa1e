"""The learning-rate range test: the rate grows from step to step, and the loss is watched."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tuning_core.training.compiled.execution import CompiledExecution
from tuning_core.training.execution import TrialTask, training_errors
from tuning_core.training.rows import ResidentData

MOST_POINTS = 120
"""Points of a test: more than a curve needs, few enough for a call of the graph each."""

BLOWN_UP = 4.0
"""The test ends when the loss is this many times the smallest seen."""


@dataclass(frozen=True)
class RatePoint:
    """The mean training ``loss`` of the batches up to update ``step``, whose rate was ``rate``."""

    step: int
    rate: float
    loss: float


class RangeTest(CompiledExecution):
    """Trains ``task.epochs`` epochs while the rate grows geometrically from ``low`` to ``high``.

    The schedule and the learning rate of the configuration play no part.
    """

    def __init__(self, data: ResidentData, task: TrialTask, low: float, high: float) -> None:
        super().__init__(data, task, 1, shuffle=True)
        self._low = low
        self._updates = self._batches * task.epochs
        self._growth = math.log(high / low) / max(1, self._updates - 1)

    def points(self) -> Iterator[RatePoint]:
        """Trains on; ends early where the loss has blown up. Raises TrainingError."""
        stride = -(-self._updates // MOST_POINTS)
        smallest = math.inf
        while self.epoch < self._task.epochs:
            for start in range(0, self._batches, stride):
                stop = min(start + stride, self._batches)
                loss = self._loss_of(start, stop)
                if not math.isfinite(loss):
                    return
                step = self._steps + stop
                yield RatePoint(step, float(self._rates(stop - 1, stop)[0]), loss)
                smallest = min(smallest, loss)
                if loss > BLOWN_UP * smallest:
                    return
            self.epoch += 1
            self._steps += self._batches

    def _loss_of(self, start: int, stop: int) -> float:
        """The mean loss of batches [start, stop) of the epoch."""
        rows = min(stop * self.batch_size, self._data.rows) - start * self.batch_size
        nothing = np.zeros(self._compiled.count)
        with training_errors():
            sums, _ = self._run(start, stop, nothing, validate=False)
        return float(sums[0]) / rows

    def _rates(self, start: int, stop: int) -> np.ndarray:
        steps = np.arange(self._steps + start, self._steps + stop, dtype=np.float64)
        return (self._low * np.exp(self._growth * steps)).astype(np.float32)
