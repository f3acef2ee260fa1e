"""What is noted of a trial while a tuner runs it, and what a tuner says of its search."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Execution:
    """One training: its epochs so far, and what it returned where that is no ``History``."""

    epochs: dict[int, dict[str, float]] = field(default_factory=dict)
    result: dict[str, float] = field(default_factory=dict)


@dataclass
class Attempt:
    """A trial that runs, from its beginning to its end or its next retry.

    ``before`` are the executions of attempts before this one.
    """

    trial: Any
    before: int
    message: str | None
    began: float = field(default_factory=time.monotonic)
    executions: list[Execution] = field(default_factory=list)
    values: dict[str, Any] | None = None
    fitting: bool = False
    epoch_began: float | None = None
    parameters: int | None = None


def numbers(logs: Any) -> dict[str, float]:
    """What of the logs of an epoch is one number each."""
    found = {}
    for name, value in dict(logs or {}).items():
        try:
            found[str(name)] = float(value)
        except (TypeError, ValueError):
            continue
    return found


def planned(tuner: Any, options: Mapping[str, Any]) -> dict[str, int]:
    """How much a search is to do at most, as far as the tuner says."""
    oracle = tuner.oracle
    trials, epochs = oracle.max_trials or 1, options.get("epochs") or 1
    if hasattr(oracle, "hyperband_iterations"):
        epochs = oracle.max_epochs
        brackets = range(oracle._get_num_brackets())
        sizes = (
            oracle._get_size(bracket, r)
            for bracket in brackets
            for r in range(oracle._get_num_rounds(bracket))
        )
        rounds = oracle.hyperband_iterations
        trials = sum(sizes) * int(rounds) if math.isfinite(rounds) else 1
    repeats = getattr(tuner, "executions_per_trial", 1)
    return {"trials": int(trials), "epochs": int(epochs), "repeats": int(repeats)}


def direction_of(metric: str, objective: Any) -> str:
    """Whether a metric is to be small or large, as Keras Tuner takes it; "" where it cannot say."""
    from keras_tuner.engine.metrics_tracking import infer_metric_direction

    if metric == objective.name:
        return str(objective.direction)
    return infer_metric_direction(metric) or ""
