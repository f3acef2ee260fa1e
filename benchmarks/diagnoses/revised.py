"""Trainings that judged the diagnoses once, and then revised the rules.

Those of ``reported.py`` judge now.
"""

from __future__ import annotations

from benchmarks.diagnoses.chosen import LINEAR, Row, network

REVISED: dict[str, tuple[Row, ...]] = {
    "overfitting": (
        ("diabetes", network(3, 192, 4e-3), 70, 0.45),
        ("diabetes", network(2, 96, 8e-3, batch_size=16), 90, 0.25),
        ("breast_cancer", network(4, 96, 8e-3), 90, 0.78),
        ("digits", network(3, 192, 8e-3, batch_size=16), 70, 0.78),
        ("diabetes", network(3, 64, 1e-2, activation="elu"), 120, 0.55),
        ("diabetes", network(5, 64, 3e-3), 90, 0.35),
        ("wine", network(3, 192, 1e-2), 120, 0.78),
        ("diabetes", network(2, 384, 4e-3, optimizer="rmsprop"), 80, 0.5),
    ),
    "underfitting": (
        ("digits", network(2, 48, 3e-6), 25, 0.2),
        ("digits", network(3, 2, 4e-3), 40, 0.2),
        ("circles", {**LINEAR, "learning_rate": 1e-2}, 50, 0.2),
        ("spirals", network(1, 2, 2e-2), 80, 0.2),
        ("diabetes", network(1, 48, 3e-6), 30, 0.2),
        ("wine", network(1, 24, 3e-6), 40, 0.2),
        ("spirals", {**LINEAR, "learning_rate": 1e-2}, 50, 0.2),
        ("digits", network(1, 48, 3e-4, optimizer="sgd", batch_size=256), 20, 0.2),
    ),
    "constant": (
        ("digits", network(2, 48, 2e-3, l2=8.0), 40, 0.2),
        ("digits", network(2, 24, 1e-2, kernel_initializer="zeros"), 40, 0.2),
        ("wine", network(3, 24, 5e-3, kernel_initializer="zeros"), 60, 0.2),
        ("diabetes", network(3, 24, 5e-3, kernel_initializer="zeros"), 40, 0.2),
        ("breast_cancer", network(2, 24, 5e-3, kernel_initializer="zeros"), 40, 0.2),
        ("iris", network(2, 24, 8e-3, l2=5.0), 80, 0.2),
        ("diabetes", network(1, 48, 5e-3, l2=8.0), 60, 0.2),
        ("spirals", network(2, 24, 5e-3, kernel_initializer="zeros"), 40, 0.2),
    ),
    "divergence": (
        (
            "digits",
            network(4, 48, 9.0, optimizer="sgd", momentum=0.98, activation="linear"),
            40,
            0.2,
        ),
        ("diabetes", network(2, 48, 4.0, optimizer="sgd"), 40, 0.2),
        ("wine", network(5, 48, 9.0, optimizer="sgd", momentum=0.9, activation="linear"), 40, 0.2),
        ("diabetes", network(1, 48, 0.45, optimizer="sgd", activation="linear"), 40, 0.2),
        (
            "diabetes",
            {**LINEAR, "optimizer": "sgd", "learning_rate": 0.45, "batch_size": 256},
            35,
            0.2,
        ),
        ("breast_cancer", network(5, 48, 9.0, optimizer="sgd", activation="linear"), 40, 0.2),
    ),
    "unstable": (
        ("digits", network(2, 96, 0.15), 30, 0.2),
        ("breast_cancer", network(2, 96, 0.6), 40, 0.2),
        ("wine", network(2, 96, 0.4), 40, 0.2),
        ("digits", network(2, 48, 0.15, optimizer="rmsprop"), 30, 0.2),
        ("diabetes", network(2, 96, 0.4), 40, 0.2),
        ("iris", network(2, 96, 0.4, batch_size=8), 40, 0.2),
        ("digits", network(1, 96, 0.3), 30, 0.2),
        ("wine", network(3, 48, 0.25, batch_size=8), 40, 0.2),
    ),
    "improving": (
        ("digits", network(2, 48, 3e-4), 6, 0.2),
        ("digits", network(1, 96, 8e-3, optimizer="sgd"), 8, 0.2),
        ("spirals", network(2, 48, 1e-3), 25, 0.2),
        ("wine", network(1, 24, 1e-3), 12, 0.2),
        ("diabetes", network(2, 48, 1e-4), 12, 0.2),
        ("iris", network(2, 24, 8e-4), 14, 0.2),
        ("digits", network(3, 48, 3e-4, dropout=0.1), 7, 0.2),
        ("circles", network(2, 24, 8e-4), 8, 0.2),
    ),
    "plateau": (
        ("diabetes", {**LINEAR, "learning_rate": 1.5e-2}, 90, 0.25),
        ("breast_cancer", {**LINEAR, "learning_rate": 1e-2, "l2": 2e-2}, 90, 0.2),
        ("digits", network(1, 48, 3e-3, l2=5e-3), 70, 0.2),
        ("xor", network(1, 12, 2e-2, l2=4e-3), 90, 0.2),
        ("iris", network(1, 24, 2e-2, l2=5e-3), 120, 0.2),
        ("moons", network(2, 24, 1e-2, l2=4e-3), 90, 0.2),
        ("circles", network(2, 24, 1e-2, l2=2e-3), 100, 0.2),
        ("breast_cancer", network(1, 12, 1e-2, l2=1e-2), 90, 0.2),
    ),
    "": (
        ("digits", network(2, 48, 2e-3, dropout=0.1), 25, 0.2),
        ("digits", network(1, 96, 2e-3), 25, 0.2),
        ("digits", network(2, 64, 0.05, optimizer="sgd"), 40, 0.2),
        ("digits", network(2, 96, 1e-3, batch_normalization=True), 15, 0.2),
        ("circles", network(2, 48, 3e-3), 20, 0.2),
        ("circles", network(1, 64, 5e-3), 30, 0.2),
        ("wine", network(1, 48, 5e-3, l2=1e-3), 25, 0.2),
        ("wine", network(2, 24, 2e-3), 30, 0.2),
        ("breast_cancer", network(1, 24, 2e-3, l2=1e-3), 16, 0.2),
        ("moons", network(2, 48, 4e-3), 16, 0.2),
        ("spirals", network(2, 48, 1e-2), 55, 0.2),
        ("spirals", network(3, 48, 4e-3), 55, 0.2),
        ("xor", network(2, 24, 5e-3), 14, 0.2),
        ("iris", network(1, 48, 5e-3), 40, 0.2),
    ),
}
