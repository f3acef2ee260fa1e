"""Trainings made to show a diagnosis, by which it is judged.

With other seeds they judged once before (precision 0.90, recall 0.92) and revised two rules; those
that are kept chose nothing.
"""

from __future__ import annotations

from benchmarks.diagnoses.chosen import LINEAR, Row, network

OVERFITTING: tuple[Row, ...] = (
    ("diabetes", network(2, 320, 3e-3, batch_size=16), 70, 0.4),
    ("diabetes", network(4, 80, 6e-3), 80, 0.5),
    ("diabetes", network(1, 640, 8e-3, batch_size=8), 90, 0.35),
    ("breast_cancer", network(3, 160, 6e-3, activation="elu"), 100, 0.8),
    ("breast_cancer", network(2, 320, 4e-3, optimizer="rmsprop"), 100, 0.78),
    ("digits", network(2, 320, 8e-3, batch_size=16), 90, 0.8),
    ("digits", network(3, 160, 6e-3, activation="tanh", batch_size=16), 100, 0.8),
    ("wine", network(3, 96, 8e-3, batch_size=8), 130, 0.8),
    ("iris", network(4, 128, 5e-3), 150, 0.8),
    ("diabetes", network(3, 96, 3e-3, optimizer="rmsprop", batch_size=16), 70, 0.45),
)

UNDERFITTING: tuple[Row, ...] = (
    ("digits", network(1, 80, 2e-6), 25, 0.25),
    ("digits", network(2, 40, 1e-4, optimizer="sgd", batch_size=128), 20, 0.2),
    ("digits", network(2, 3, 2e-3, activation="elu"), 30, 0.2),
    ("circles", {**LINEAR, "learning_rate": 3e-2}, 40, 0.25),
    ("xor", {**LINEAR, "learning_rate": 2e-2}, 50, 0.25),
    ("spirals", network(1, 2, 1e-2, activation="tanh"), 90, 0.25),
    ("diabetes", network(2, 48, 2e-6), 40, 0.25),
    ("wine", network(2, 32, 2e-6), 50, 0.25),
    ("iris", network(1, 32, 5e-6), 40, 0.25),
    ("diabetes", network(2, 24, 1e-4, optimizer="sgd", batch_size=256), 25, 0.2),
)

CONSTANT: tuple[Row, ...] = (
    ("digits", network(1, 64, 2e-3, l2=10.0), 40, 0.25),
    ("digits", network(4, 24, 5e-3, kernel_initializer="zeros"), 40, 0.25),
    ("wine", network(1, 32, 5e-3, l2=10.0), 70, 0.2),
    ("wine", network(2, 48, 8e-3, kernel_initializer="zeros"), 50, 0.25),
    ("iris", network(3, 24, 5e-3, kernel_initializer="zeros"), 60, 0.25),
    ("iris", network(1, 48, 1e-2, l1=5.0), 80, 0.25),
    ("breast_cancer", network(3, 48, 4e-3, kernel_initializer="zeros"), 40, 0.25),
    ("diabetes", network(2, 40, 8e-3, kernel_initializer="zeros"), 40, 0.25),
    ("diabetes", network(3, 32, 5e-3, l2=6.0), 60, 0.25),
    ("xor", network(2, 32, 6e-3, kernel_initializer="zeros"), 40, 0.25),
)

DIVERGENCE: tuple[Row, ...] = (
    ("digits", network(5, 40, 9.0, optimizer="sgd", momentum=0.97, activation="linear"), 30, 0.25),
    ("digits", network(4, 80, 10.0, optimizer="sgd", momentum=0.95, activation="linear"), 30, 0.2),
    ("diabetes", network(3, 40, 6.0, optimizer="sgd"), 30, 0.25),
    ("diabetes", network(2, 80, 3.0, optimizer="sgd", activation="linear"), 30, 0.25),
    ("diabetes", {**LINEAR, "optimizer": "sgd", "learning_rate": 0.6, "batch_size": 256}, 35, 0.25),
    ("diabetes", network(1, 40, 0.6, optimizer="sgd", activation="linear"), 30, 0.25),
    ("breast_cancer", network(4, 40, 10.0, optimizer="sgd", activation="linear"), 30, 0.25),
    ("wine", network(4, 40, 10.0, optimizer="sgd", momentum=0.92, activation="linear"), 30, 0.25),
)

UNSTABLE: tuple[Row, ...] = (
    ("digits", network(2, 80, 0.25), 30, 0.25),
    ("digits", network(3, 48, 0.1, optimizer="rmsprop"), 30, 0.25),
    ("digits", network(1, 160, 0.25), 30, 0.25),
    ("breast_cancer", network(2, 48, 0.7), 40, 0.25),
    ("breast_cancer", network(1, 80, 0.4, optimizer="rmsprop"), 40, 0.25),
    ("wine", network(2, 80, 0.35, batch_size=16), 40, 0.25),
    ("wine", network(1, 160, 0.6), 40, 0.25),
    ("diabetes", network(2, 64, 0.35), 40, 0.25),
    ("iris", network(2, 80, 0.35, batch_size=8), 40, 0.25),
    ("diabetes", network(3, 48, 0.25), 40, 0.25),
)

IMPROVING: tuple[Row, ...] = (
    ("digits", network(2, 56, 2.5e-4), 6, 0.25),
    ("digits", network(1, 128, 1e-2, optimizer="sgd"), 7, 0.25),
    ("digits", network(2, 40, 4e-4, dropout=0.15), 7, 0.25),
    ("spirals", network(2, 56, 1e-3), 22, 0.25),
    ("wine", network(2, 20, 1e-3), 9, 0.25),
    ("iris", network(1, 40, 1.5e-3), 14, 0.25),
    ("diabetes", network(2, 40, 1.5e-4), 12, 0.25),
    ("diabetes", network(1, 80, 2e-4), 14, 0.25),
    ("diabetes", network(3, 32, 1e-4), 10, 0.25),
    ("circles", network(2, 20, 1e-3), 8, 0.25),
)

PLATEAU: tuple[Row, ...] = (
    ("diabetes", {**LINEAR, "learning_rate": 1.2e-2}, 110, 0.25),
    ("diabetes", {**LINEAR, "learning_rate": 2.5e-2, "l2": 2e-3}, 80, 0.25),
    ("breast_cancer", {**LINEAR, "learning_rate": 1.5e-2, "l2": 1.5e-2}, 90, 0.25),
    ("digits", network(1, 80, 3e-3, l2=8e-3), 60, 0.25),
    ("digits", network(2, 40, 3e-3, l2=1e-2), 60, 0.25),
    ("xor", network(1, 10, 2e-2, l2=5e-3), 100, 0.25),
    ("iris", network(1, 20, 2e-2, l2=8e-3), 110, 0.25),
    ("moons", network(2, 20, 1e-2, l2=5e-3), 100, 0.25),
    ("circles", network(2, 20, 1e-2, l2=4e-3), 100, 0.25),
    ("wine", {**LINEAR, "learning_rate": 1.5e-2, "l2": 3e-2}, 120, 0.25),
)

HEALTHY: tuple[Row, ...] = (
    ("digits", network(2, 56, 1.5e-3, dropout=0.15), 35, 0.25),
    ("digits", network(1, 80, 2e-3), 30, 0.25),
    ("digits", network(2, 80, 0.08, optimizer="sgd"), 30, 0.25),
    ("digits", network(2, 112, 1e-3, batch_normalization=True), 16, 0.25),
    ("circles", network(2, 40, 4e-3), 20, 0.25),
    ("circles", network(3, 24, 4e-3), 25, 0.25),
    ("wine", network(1, 40, 4e-3, l2=1e-3), 30, 0.25),
    ("wine", network(2, 20, 2.5e-3), 30, 0.25),
    ("breast_cancer", network(1, 20, 2e-3, l2=1e-3), 16, 0.25),
    ("breast_cancer", network(2, 20, 1e-3, dropout=0.25), 30, 0.25),
    ("moons", network(2, 40, 5e-3), 16, 0.25),
    ("moons", network(1, 80, 1e-2), 18, 0.25),
    ("spirals", network(2, 56, 1e-2), 55, 0.25),
    ("spirals", network(3, 56, 4e-3), 55, 0.25),
    ("iris", network(1, 40, 5e-3), 45, 0.25),
    ("xor", network(2, 32, 5e-3), 14, 0.25),
)

REPORTED: dict[str, tuple[Row, ...]] = {
    "overfitting": OVERFITTING,
    "underfitting": UNDERFITTING,
    "constant": CONSTANT,
    "divergence": DIVERGENCE,
    "unstable": UNSTABLE,
    "improving": IMPROVING,
    "plateau": PLATEAU,
    "": HEALTHY,
}
