"""Asks one oracle for trials, scores them with a function, prints what it found as JSON.

Arguments: ``keras_tuner`` or ``tunescape``, landscape, trials (negative: that many random trials
are known, and the time of the next few suggestions is measured), seeds, our strategy.
"""

from __future__ import annotations

import json
import os
import sys
import time
from statistics import median
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    # As our worker does, and for both: the matrices are small.
    os.environ[name] = "1"

import keras_tuner  # noqa: E402
import numpy as np  # noqa: E402

from benchmarks.rivals.keras_tuner_random import declare  # noqa: E402
from benchmarks.truth.landscape import SPACE, height, spec  # noqa: E402
from tuning_core.strategies import make_oracle  # noqa: E402

TIMED = 5


def oracle_of(side: str, strategy: str, trials: int, seed: int) -> Any:
    """A fresh oracle; ``seed`` from 0."""
    if side == "tunescape":
        return make_oracle(spec(strategy, trials, seed))
    hyperparameters = keras_tuner.HyperParameters()
    for name, entry in SPACE.items():
        if isinstance(entry, dict):
            declare(hyperparameters, name, entry)
    oracle = keras_tuner.oracles.BayesianOptimizationOracle(
        objective=keras_tuner.Objective("val_loss", "min"),
        max_trials=trials,
        seed=seed + 1,
        hyperparameters=hyperparameters,
    )
    oracle.verbose = 0
    # No project folder: saving each trial is not what is compared.
    oracle.save = oracle._save_trial = lambda *_: None
    return oracle


def walk(side: str, strategy: str, landscape: str, trials: int, seed: int) -> float:
    """The best of one search."""
    oracle = oracle_of(side, strategy, trials, seed)
    return min(step(oracle, landscape, seed)[0] for _ in range(trials))


def step(oracle: Any, landscape: str, seed: int) -> tuple[float, float]:
    """One trial: its score, and the seconds of its suggestion."""
    started = time.perf_counter()
    trial = oracle.create_trial("here")
    seconds = time.perf_counter() - started
    score = height(landscape, spec("random", 1, seed), trial.hyperparameters.values)
    oracle.update_trial(trial.trial_id, {"val_loss": score})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    return score, seconds


def milliseconds(side: str, strategy: str, landscape: str, known: int) -> float:
    """Median time of a suggestion after ``known`` random trials."""
    oracle = oracle_of(side, strategy, known + TIMED + 1, 0)
    initial, oracle.num_initial_points = oracle.num_initial_points, known
    for _ in range(known):
        step(oracle, landscape, 0)
    oracle.num_initial_points = initial
    step(oracle, landscape, 0)
    return 1000 * median(step(oracle, landscape, 0)[1] for _ in range(TIMED))


def main() -> None:
    """Measure what the arguments ask for."""
    side, landscape, trials, seeds, strategy = sys.argv[1:6]
    answer: dict[str, Any] = {}
    if int(trials) < 0:
        answer["milliseconds"] = milliseconds(side, strategy, landscape, -int(trials))
    else:
        best = [walk(side, strategy, landscape, int(trials), s) for s in range(int(seeds))]
        answer["best"] = np.array(best).tolist()
    print("\n" + json.dumps(answer))


if __name__ == "__main__":
    main()
