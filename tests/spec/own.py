"""Specs of models that the catalog does not know, and of searches that other tools made."""

from __future__ import annotations

from typing import Any

DECLARED: dict[str, Any] = {
    "units": {"kind": "integer", "low": 32, "high": 512, "step": 32, "default": 64},
    "activation": {"kind": "choice", "choices": ["relu", "tanh"], "default": "relu"},
    "lr": {"kind": "float", "low": 1e-4, "high": 1e-2, "scale": "log", "default": 1e-3},
    "deep": {"kind": "boolean", "default": False},
    "units 2": {"kind": "integer", "low": 8, "high": 64, "default": 8, "when": {"deep": [True]}},
    "mixed": {"kind": "choice", "choices": [1, "one", True, 1.5], "default": 1},
}
METRICS = {"loss": "min", "val_loss": "min", "accuracy": "max", "val_accuracy": "max"}


def own_spec(**fields: Any) -> dict[str, Any]:
    """A spec of a model of one's own on data of its file."""
    return {
        "dataset": {"id": "own", "task": "classification", "rows": 100, "shape": [8, 8]},
        "model": {"family": "own", "name": "build_model", "declared": DECLARED},
        "metrics": METRICS,
        **fields,
    }


def recorded_spec(**fields: Any) -> dict[str, Any]:
    """A spec of a search that another tool has made."""
    return {
        **own_spec(),
        "name": "theirs",
        "dataset": {"id": "recorded", "title": "Their data"},
        "source": {"tool": "optuna", "search": "TPESampler"},
        "metrics": {"value": "min", "fitness": "max"},
        "objective": "fitness",
        **fields,
    }
