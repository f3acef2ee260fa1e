"""Digits: Optuna's TPE around ``model.fit``, and scikeras under GridSearchCV."""

from __future__ import annotations

from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.speed import digits_one_architecture
from benchmarks.speed.comparison import compare


def tpe(trials: int) -> dict[str, Any]:
    """A study that Optuna and we search with the same strategy."""
    return {**digits_one_architecture.document(trials), "strategy": {"id": "tpe"}}


def grid(points: int) -> dict[str, Any]:
    """A grid of ``points`` x ``points`` trials."""
    base = digits_one_architecture.document(points**2)
    searched = {
        "learning_rate": {"choices": [1e-3, 3e-3, 1e-2][:points]},
        "dropout": {"choices": [0.1, 0.2, 0.3][:points]},
        "batch_size": 32,
    }
    return {**base, "space": {**base["space"], **searched}, "strategy": {"id": "grid"}}


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    optuna = compare("optuna_tpe", tpe(4 if quick else 20))
    scikeras = compare("scikeras_grid", grid(2 if quick else 3), last_epoch=True)
    return [*optuna.rows("Optuna, TPE"), *scikeras.rows("scikeras, grid")]


if __name__ == "__main__":
    run("Digits, against Optuna and scikeras", __doc__, measure)
