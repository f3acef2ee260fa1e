"""Trainings made to show a diagnosis, by which its thresholds were chosen.

How each is made is why it has its label.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuning_core.catalog import Value

Config = Mapping[str, Value]
Row = tuple[str, Config, int, float]
"""Dataset, configuration, epochs, and the share of the rows that is not for training."""


def network(layers: int, units: int, rate: float, **more: Value) -> dict[str, Value]:
    """A configuration of hidden layers, their width, a learning rate and what else is given."""
    return {"layers": layers, "units": units, "learning_rate": rate, **more}


LINEAR: dict[str, Value] = {"family": "linear"}

CHOSEN: dict[str, tuple[Row, ...]] = {
    # Large networks, few rows, nothing against it, many epochs.
    "overfitting": (
        ("diabetes", network(3, 256, 3e-3), 60, 0.5),
        ("diabetes", network(2, 128, 5e-3, batch_size=16), 80, 0.2),
        ("breast_cancer", network(3, 128, 1e-2), 80, 0.8),
        ("digits", network(3, 256, 1e-2, batch_size=16), 60, 0.8),
        ("iris", network(3, 256, 1e-2), 150, 0.8),
        ("diabetes", network(1, 512, 1e-2, batch_size=16), 120, 0.3),
        ("diabetes", network(4, 128, 2e-3), 70, 0.6),
        ("diabetes", network(2, 512, 1e-3, activation="elu"), 150, 0.4),
        ("breast_cancer", network(2, 256, 5e-3, activation="tanh"), 150, 0.75),
        ("digits", network(4, 128, 5e-3, batch_size=16), 80, 0.8),
        ("wine", network(4, 128, 5e-3, activation="tanh", batch_size=8), 150, 0.8),
        ("diabetes", network(2, 256, 2e-3, batch_size=8), 60, 0.5),
    ),
    # Steps far too small, networks too small, or far too much regularisation.
    "underfitting": (
        ("digits", network(1, 32, 1e-6), 20, 0.2),
        ("digits", network(2, 2, 3e-3), 40, 0.2),
        ("circles", LINEAR, 60, 0.2),
        ("spirals", network(1, 3, 1e-2), 100, 0.2),
        ("diabetes", network(2, 32, 1e-6), 30, 0.2),
        ("wine", network(2, 16, 1e-6), 40, 0.2),
        ("digits", network(2, 64, 2e-6, optimizer="rmsprop"), 20, 0.2),
        ("digits", network(1, 2, 5e-3, activation="tanh"), 40, 0.2),
        ("xor", LINEAR, 60, 0.2),
        ("spirals", network(2, 2, 5e-3), 100, 0.2),
        ("diabetes", network(1, 64, 1e-4, optimizer="sgd", batch_size=128), 20, 0.2),
        ("iris", network(2, 16, 1e-4, optimizer="sgd"), 40, 0.2),
    ),
    # Weights that stay or are pressed to zero: the answer does not depend on the row.
    "constant": (
        ("digits", network(2, 32, 1e-3, l2=5.0), 40, 0.2),
        ("wine", network(2, 32, 3e-3, kernel_initializer="zeros"), 60, 0.2),
        ("breast_cancer", network(2, 32, 3e-3, l2=3.0), 60, 0.2),
        ("diabetes", network(2, 32, 1e-2, kernel_initializer="zeros"), 40, 0.2),
        ("moons", network(2, 16, 1e-2, kernel_initializer="zeros"), 40, 0.2),
        ("digits", network(3, 32, 3e-3, kernel_initializer="zeros"), 30, 0.2),
        ("iris", network(2, 16, 5e-3, l2=10.0), 80, 0.2),
        ("diabetes", network(2, 64, 3e-3, l2=10.0), 60, 0.2),
        ("circles", network(3, 32, 5e-3, kernel_initializer="zeros"), 30, 0.2),
        ("breast_cancer", network(3, 64, 2e-3, l1=1.0), 60, 0.2),
    ),
    # Steps so large that the loss leaves every bound.
    "divergence": (
        (
            "digits",
            network(4, 32, 10.0, optimizer="sgd", momentum=0.99, activation="linear"),
            40,
            0.2,
        ),
        ("diabetes", network(3, 64, 5.0, optimizer="sgd"), 40, 0.2),
        ("breast_cancer", network(4, 64, 10.0, optimizer="sgd", activation="linear"), 40, 0.2),
        (
            "diabetes",
            network(1, 32, 0.5, optimizer="sgd", activation="linear", batch_size=256),
            40,
            0.2,
        ),
        (
            "diabetes",
            {**LINEAR, "optimizer": "sgd", "learning_rate": 0.4, "batch_size": 256},
            40,
            0.2,
        ),
        ("diabetes", network(4, 32, 8.0, optimizer="sgd", activation="linear"), 40, 0.2),
        (
            "wine",
            network(4, 64, 10.0, optimizer="sgd", momentum=0.95, activation="linear"),
            40,
            0.2,
        ),
        (
            "digits",
            network(5, 64, 8.0, optimizer="sgd", momentum=0.95, activation="linear"),
            40,
            0.2,
        ),
        (
            "diabetes",
            network(1, 64, 0.4, optimizer="sgd", activation="linear", batch_size=256),
            40,
            0.2,
        ),
        (
            "diabetes",
            {**LINEAR, "optimizer": "sgd", "learning_rate": 0.5, "batch_size": 256},
            30,
            0.2,
        ),
    ),
    # Steps too large to settle, not large enough to leave all bounds.
    "unstable": (
        ("digits", network(2, 64, 0.2), 30, 0.2),
        ("breast_cancer", network(2, 64, 0.5), 40, 0.2),
        ("wine", network(2, 64, 0.5), 40, 0.2),
        ("digits", network(2, 64, 0.1, optimizer="rmsprop"), 30, 0.2),
        ("diabetes", network(2, 64, 0.5), 40, 0.2),
        ("iris", network(3, 64, 0.4, batch_size=8), 40, 0.2),
        ("circles", network(3, 64, 0.4), 40, 0.2),
        ("breast_cancer", network(3, 32, 0.3, optimizer="rmsprop"), 40, 0.2),
        ("digits", network(2, 128, 0.1), 30, 0.2),
        ("circles", network(2, 128, 0.5), 40, 0.2),
        ("breast_cancer", network(1, 128, 0.8), 40, 0.2),
        ("wine", network(3, 32, 0.3, batch_size=8), 40, 0.2),
        ("digits", network(1, 64, 0.2, optimizer="rmsprop"), 30, 0.2),
        ("diabetes", network(2, 128, 0.3), 40, 0.2),
        ("iris", network(2, 128, 0.5, batch_size=8), 40, 0.2),
        ("moons", network(3, 64, 0.3), 40, 0.2),
    ),
    # Sound in all but the number of epochs: far too few.
    "improving": (
        ("digits", network(2, 64, 2e-4), 6, 0.2),
        ("digits", network(1, 64, 1e-2, optimizer="sgd"), 8, 0.2),
        ("spirals", network(2, 64, 1e-3), 20, 0.2),
        ("wine", network(1, 32, 1e-3), 12, 0.2),
        ("diabetes", network(2, 32, 1e-4), 12, 0.2),
        ("iris", network(2, 16, 1e-3), 15, 0.2),
        ("digits", network(2, 32, 5e-4, dropout=0.2), 6, 0.2),
        ("circles", network(2, 16, 1e-3), 8, 0.2),
        ("digits", network(3, 32, 3e-2, optimizer="sgd"), 6, 0.2),
        ("spirals", network(3, 32, 1e-3), 20, 0.2),
        ("wine", network(2, 16, 1e-3), 10, 0.2),
        ("diabetes", network(1, 64, 2e-4), 15, 0.2),
    ),
    # Sound in all but the number of epochs: far more than it needed, held from overfitting.
    "plateau": (
        ("diabetes", {**LINEAR, "learning_rate": 1e-2}, 100, 0.2),
        ("breast_cancer", {**LINEAR, "learning_rate": 1e-2, "l2": 1e-2}, 80, 0.2),
        ("digits", network(1, 64, 3e-3, l2=1e-2), 60, 0.2),
        ("xor", network(1, 8, 2e-2, l2=3e-3), 80, 0.2),
        ("iris", network(1, 16, 2e-2, l2=1e-2), 100, 0.2),
        ("moons", network(2, 16, 1e-2, l2=3e-3), 80, 0.2),
        ("wine", {**LINEAR, "learning_rate": 2e-2, "l2": 2e-2}, 120, 0.2),
        ("diabetes", {**LINEAR, "learning_rate": 2e-2, "l2": 1e-3}, 80, 0.3),
        ("breast_cancer", network(1, 8, 1e-2, l2=2e-2), 80, 0.2),
        ("xor", network(2, 8, 1e-2, l2=5e-3), 100, 0.2),
        ("circles", network(2, 16, 1e-2, l2=3e-3), 100, 0.2),
    ),
    # Sound networks, trained until little more was to be had.
    "": (
        ("digits", network(2, 64, 1e-3, dropout=0.2), 50, 0.2),
        ("digits", network(1, 64, 2e-3), 35, 0.2),
        ("circles", network(2, 32, 3e-3), 25, 0.2),
        ("wine", network(1, 32, 5e-3, l2=1e-3), 25, 0.2),
        ("breast_cancer", network(1, 16, 2e-3, l2=1e-3), 18, 0.2),
        ("moons", network(2, 32, 5e-3), 18, 0.2),
        ("spirals", network(2, 64, 1e-2), 60, 0.2),
        ("diabetes", network(1, 16, 3e-3, l2=3e-2), 30, 0.2),
        ("digits", network(2, 128, 1e-3, dropout=0.3, batch_normalization=True), 18, 0.2),
        ("digits", network(2, 32, 0.1, optimizer="sgd"), 25, 0.2),
        ("iris", network(1, 32, 5e-3), 50, 0.2),
        ("circles", network(3, 16, 5e-3), 25, 0.2),
        ("wine", network(2, 16, 3e-3, dropout=0.2), 40, 0.2),
        ("breast_cancer", network(2, 16, 1e-3, dropout=0.3), 40, 0.2),
        ("moons", network(1, 64, 1e-2), 18, 0.2),
        ("spirals", network(3, 64, 5e-3), 50, 0.2),
    ),
}
