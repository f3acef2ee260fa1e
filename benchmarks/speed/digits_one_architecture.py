"""Digits, 20 random trials over learning rate, dropout and batch size: one architecture.

Peer: stock Keras Tuner's random search.
"""

from __future__ import annotations

from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.speed.comparison import compare

BAR = 15.0


def document(trials: int) -> dict[str, Any]:
    """The spec of the study."""
    return {
        "dataset": {"id": "digits"},
        "space": {
            "layers": 2,
            "units": 64,
            "activation": "relu",
            "optimizer": "adam",
            "learning_rate": {"low": 1e-4, "high": 1e-2, "scale": "log"},
            "dropout": {"low": 0.01, "high": 0.5},
            "batch_size": {"choices": [16, 32, 64]},
        },
        "strategy": {"id": "random"},
        "objective": "val_accuracy",
        "budget": {"trials": trials, "epochs": 10},
    }


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    return compare("keras_tuner_random", document(4 if quick else 20)).rows("one architecture", BAR)


if __name__ == "__main__":
    run("Digits, one architecture, against stock Keras Tuner", __doc__, measure)
