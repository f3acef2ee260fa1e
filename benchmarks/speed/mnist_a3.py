"""MNIST, random search of 5 trials x 3 executions x 5 epochs over four hidden layers.

Peer: stock Keras Tuner's random search. Downloads MNIST (11.5 MB) into the usual home when it is
not there yet; takes about five minutes on two cores.
"""

from __future__ import annotations

from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.speed.comparison import compare

BAR = 2.0


def document(trials: int, epochs: int, repeats: int) -> dict[str, Any]:
    """The spec of the study."""
    narrow = {"low": 8, "high": 64, "step": 8}
    return {
        "dataset": {"id": "mnist", "validation": 1 / 6},
        "space": {
            "layers": 4,
            "units_1": {"low": 32, "high": 512, "step": 32},
            "units_2": narrow,
            "units_3": narrow,
            "units_4": narrow,
            "activation": {"choices": ["relu", "tanh", "sigmoid"]},
            "dropout": {"low": 0.0, "high": 0.1, "step": 0.01},
            "optimizer": "adam",
            "learning_rate": {"low": 1e-4, "high": 1e-2, "scale": "log"},
            "batch_size": 32,
        },
        "strategy": {"id": "random"},
        "objective": "val_accuracy",
        "budget": {"trials": trials, "epochs": epochs},
        "repeats": repeats,
    }


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    study = document(1, 1, 1) if quick else document(5, 5, 3)
    return compare("keras_tuner_random", study).rows("MNIST", BAR)


if __name__ == "__main__":
    run("MNIST, random search, against stock Keras Tuner", __doc__, measure)
