"""Trials and epochs as the pages hand them to the charts."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tuning_core.charts.parts.axes import Axis

AXES = (
    Axis("learning_rate", "Learning rate", "float", "log", 1e-4, 1e-1),
    Axis("units", "Units per hidden layer", "integer", "linear", 16, 256),
    Axis("optimizer", "Optimizer", "choice", choices=("adam", "sgd")),
    Axis("momentum", "Momentum", "float", "reverse_log", 0.5, 0.99),
)


@pytest.fixture
def axes() -> tuple[Axis, ...]:
    return AXES


@pytest.fixture
def trials() -> pd.DataFrame:
    """Seven trials: five with a score, one diverged, one still running."""
    return pd.DataFrame(
        {
            "number": [1, 2, 3, 4, 5, 6, 7],
            "status": [
                "completed",
                "completed",
                "diverged",
                "pruned",
                "completed",
                "skipped",
                "running",
            ],
            "score": [0.90, 0.95, math.nan, 0.92, 0.97, 0.91, math.nan],
            "seconds": [0.8, 0.9, 0.1, 0.4, 1.2, math.nan, math.nan],
            "learning_rate": [1e-4, 1e-3, 1e-1, 1e-2, 3e-3, 2e-3, 5e-3],
            "units": [16, 64, 128, 256, 136, 32, 48],
            "optimizer": ["adam", "sgd", "sgd", "adam", "sgd", "adam", "sgd"],
            "momentum": [math.nan, 0.9, 0.99, math.nan, 0.5, math.nan, 0.8],
        }
    )


@pytest.fixture
def epochs() -> pd.DataFrame:
    """Trials 1 to 3 with 4 epochs; trial 3 has two executions."""
    rows = [
        (trial, execution, epoch, 0.5 + 0.1 * epoch, 0.4 + 0.1 * epoch + 0.02 * execution)
        for trial in (1, 2, 3)
        for execution in range(1, 3 if trial == 3 else 2)
        for epoch in (1, 2, 3, 4)
    ]
    return pd.DataFrame(rows, columns=["trial", "execution", "epoch", "accuracy", "val_accuracy"])
