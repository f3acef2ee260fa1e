"""Learning rates: one number per update, computed beside the graph.

Exponential, step and cosine are those of ``keras.optimizers.schedules`` (a new rate at every
update), reduce-on-plateau that of ``keras.callbacks.ReduceLROnPlateau`` (at the end of an epoch).
So a schedule, its settings and its state never cost a trace.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from tuning_core.catalog.hyperparameters import Value

DecayFunction = Callable[[np.ndarray, float], np.ndarray]

SCHEDULES: dict[str, DecayFunction] = {
    "constant": lambda decays, rate: np.ones_like(decays),
    "exponential": lambda decays, rate: np.power(rate, decays),
    "step": lambda decays, rate: np.power(rate, np.floor(decays)),
    "cosine": lambda decays, rate: (
        rate + (1.0 - rate) * 0.5 * (1.0 + np.cos(math.pi * np.minimum(decays, 1.0)))
    ),
    "reduce_on_plateau": lambda decays, rate: np.ones_like(decays),
}
"""Share of the learning rate after a number of decays (float64 array), given the decay rate."""


class Schedule:
    """The learning rates of a configuration.

    After ``warmup_epochs``, in which the rate rises evenly from 0, the schedule begins;
    ``decay_epochs`` are one decay of it.
    """

    def __init__(self, config: Mapping[str, Value], batches: int) -> None:
        self._rate = float(config["learning_rate"])
        self._decay = SCHEDULES[str(config.get("schedule", "constant"))]
        self._decay_rate = float(config.get("decay_rate", 1.0))
        self._decay_steps = int(config.get("decay_epochs", 1)) * batches
        self._warmup_steps = int(config.get("warmup_epochs", 0)) * batches

    def rates(self, first: int, last: int, scale: float = 1.0) -> np.ndarray:
        """Rates of the updates [first, last), counted from the first of the training; float32.

        ``scale`` is what plateaus have left of the rate.
        """
        steps = np.arange(first, last, dtype=np.float64)
        decays = np.maximum(steps - self._warmup_steps, 0.0) / self._decay_steps
        shares = self._decay(decays, self._decay_rate)
        if self._warmup_steps:
            rising = steps / self._warmup_steps
            shares = np.where(steps < self._warmup_steps, rising, shares)
        return (self._rate * scale * shares).astype(np.float32)
