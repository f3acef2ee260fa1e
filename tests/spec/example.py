"""The spec that the documentation shows."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "version": 1,
    "name": "digits random",
    "seed": 0,
    "dataset": {"id": "digits", "validation": 0.2, "test": 0.1, "seed": 0},
    "model": {"family": "mlp"},
    "space": {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
        "units": {"low": 16, "high": 128, "step": 16},
        "activation": {"choices": ["relu", "tanh"]},
        "optimizer": {"choices": ["adam", "sgd"]},
        "momentum": {
            "low": 0.5,
            "high": 0.999,
            "scale": "reverse_log",
            "when": {"optimizer": ["sgd"]},
        },
        "batch_size": 32,
    },
    "strategy": {"id": "random", "settings": {}},
    "objective": "val_accuracy",
    "budget": {"trials": 20, "epochs": 10, "seconds": 600},
}
