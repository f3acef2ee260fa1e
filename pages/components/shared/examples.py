"""Ready-made studies: the demo of Home and what an empty form starts with."""

from __future__ import annotations

from typing import Any

from tuning_core.catalog import PRESETS
from tuning_core.spec.study import StudySpec, parse_spec

DEMO: dict[str, Any] = {
    "version": 1,
    "name": "Digits, a search to watch",
    "seed": 1,
    "dataset": {"id": "digits"},
    "model": {"family": "mlp"},
    "space": {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
        "batch_size": {"choices": [16, 32, 64, 128]},
        "units": {"low": 16, "high": 128, "step": 16},
        "layers": {"low": 1, "high": 3},
        "dropout": {"low": 0.0, "high": 0.5},
    },
    "strategy": {"id": "random"},
    "objective": "val_accuracy",
    "budget": {"trials": 40, "epochs": 30},
}


def demo() -> StudySpec:
    """The study that *Watch a search* starts."""
    return parse_spec(DEMO)


def empty_form() -> dict[str, Any]:
    """What the form of New study shows at first.

    Its trials are enough to say which of its hyperparameters mattered, a few lost ones allowed for.
    """
    return {
        "version": 1,
        "seed": 0,
        "dataset": {"id": "digits"},
        "model": {"family": "mlp"},
        "space": PRESETS["recommended"].space("mlp"),
        "strategy": {"id": "random", "settings": {}},
        "budget": {"trials": 40, "epochs": 10},
    }
