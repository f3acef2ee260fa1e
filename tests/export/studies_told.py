"""Ten small studies whose train.py is run: families, tasks, folds, schedules, tables."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

Case = dict[str, Any]

NUMBERS = {"target": "price", "columns": {"town": "ignore", "day": "ignore"}}

CASES: dict[str, Case] = {
    "linear, folds, class weights, plateaus": {
        "dataset": {"id": "iris", "class_weights": "balanced"},
        "model": {"family": "linear"},
        "space": {"learning_rate": 0.1, "schedule": "reduce_on_plateau", "decay_epochs": 3},
        "budget": {"epochs": 10},
        "cross_validation": {"folds": 2},
    },
    "dropout, l1, cosine after a warm-up": {
        "dataset": {"id": "wine"},
        "space": {
            "dropout": 0.2,
            "schedule": "cosine",
            "warmup_epochs": 1,
            "l1": 1e-5,
            "learning_rate": 0.01,
        },
        "budget": {"epochs": 10},
    },
    "convolution, folds, adamw, clipped, smoothed labels": {
        "dataset": {"id": "digits"},
        "model": {"family": "cnn"},
        "space": {
            "filters": 8,
            "blocks": 1,
            "learning_rate": 0.02,
            "optimizer": "adamw",
            "clipnorm": 1.0,
            "label_smoothing": 0.1,
            "pooling": "average",
            "batch_size": 64,
        },
        "budget": {"epochs": 3},
        "cross_validation": {"folds": 2},
    },
    "regression, l2, patience": {
        "dataset": {"id": "diabetes"},
        "space": {"learning_rate": 0.01, "l2": 0.01, "patience": 3, "min_delta": 0.1},
        "budget": {"epochs": 12},
    },
    "linear regression, staircase, squared error": {
        "dataset": {"id": "diabetes"},
        "model": {"family": "linear"},
        "space": {"learning_rate": 0.05, "schedule": "step", "decay_epochs": 4},
        "objective": "val_r2",
        "budget": {"epochs": 12},
    },
    "two classes, hinge, max-norm, repeats": {
        "dataset": {"id": "breast_cancer"},
        "space": {"loss": "hinge", "kernel_constraint": "max_norm", "learning_rate": 0.01,
                  "kernel_initializer": "orthogonal", "activation": "tanh"},
        "objective": "val_f1",
        "budget": {"epochs": 5},
        "repeats": 2,
    },
    "a plane, normalised, noisy, nesterov": {
        "dataset": {"id": "moons"},
        "space": {"batch_normalization": True, "gaussian_noise": 0.1, "optimizer": "sgd",
                  "momentum": 0.9, "nesterov": True, "learning_rate": 0.05,
                  "schedule": "exponential"},
        "objective": "val_loss",
        "budget": {"epochs": 12},
    },
    "a table of texts and dates, focal, class weights": {
        "dataset": {"id": "csv", "target": "kind", "class_weights": "balanced"},
        "space": {"learning_rate": 0.01, "loss": "focal", "optimizer": "sgd", "momentum": 0.9},
        "objective": "val_auc",
        "budget": {"epochs": 8},
    },
    "a table in groups, huber": {
        "dataset": {"id": "csv", **NUMBERS, "group": "shop"},
        "space": {"learning_rate": 0.02, "loss": "huber", "units": 16},
        "budget": {"epochs": 12},
    },
    "a table in time, folds": {
        "dataset": {"id": "csv", "target": "price", "time": "day"},
        "space": {"learning_rate": 0.05, "units": 16},
        "objective": "val_mse",
        "budget": {"epochs": 15},
        "cross_validation": {"folds": 3},
    },
}  # fmt: skip

SPREAD = {
    "regression, l2, patience": 6.0,
    "linear regression, staircase, squared error": 0.12,
    "a plane, normalised, noisy, nesterov": 0.12,
    "a table in groups, huber": 1.5,
    "a table in time, folds": 12.0,
}
"""How far a training may be from another one of its kind; 0.05 of an accuracy, area or F1."""


def table(path: Path) -> Path:
    """Decimal commas, texts, dates and gaps; the price follows from size and town."""
    rng = random.Random(1)
    lines = ["size;town;day;shop;kind;price"]
    for number in range(300):
        size, town = rng.gauss(10, 3), rng.choice(("Rome", "Oslo", "Bergen"))
        price = 2 * size + 8 * (town == "Rome") + rng.gauss(0, 1)
        kind = "high" if price > 26 else "low"
        cells = (
            f"{size:.2f}".replace(".", ",") if rng.random() > 0.05 else "",
            town,
            f"{1 + number % 28:02}.{1 + number // 28:02}.2024",
            f"shop {rng.randint(1, 15)}",
            kind,
            f"{price:.2f}".replace(".", ","),
        )
        lines.append(";".join(cells))
    path.write_text("\n".join(lines) + "\n")
    return path
