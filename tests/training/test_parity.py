"""The compiled epoch is the same mathematics as ``model.fit``."""

from __future__ import annotations

from typing import Any

import pytest

from tests.training.keras_reference import assert_parity
from tests.training.small_data import make_task, small_data
from tuning_core.catalog import HYPERPARAMETERS, OBJECTIVES
from tuning_core.catalog.hyperparameters import LOSSES

KINDS = ("classification", "regression")
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "adam": {"beta_1": 0.8, "beta_2": 0.99},
    "sgd": {"momentum": 0.0},
    "sgd with momentum": {"momentum": 0.9},
    "sgd with nesterov": {"momentum": 0.9, "nesterov": True},
    "rmsprop": {"momentum": 0.0, "rho": 0.8},
    "rmsprop with momentum": {"momentum": 0.7},
    "adagrad": {},
    "adamw": {"weight_decay": 0.1},
    "nadam": {"beta_1": 0.85},
    "adadelta": {"rho": 0.95, "learning_rate": 1.0},
    "lion": {"weight_decay": 0.1, "learning_rate": 0.001},
}
PRICES: dict[str, dict[str, Any]] = {
    "l1": {"l1": 0.01},
    "l2": {"l2": 0.01},
    "l1 and l2": {"l1": 0.003, "l2": 0.02},
    "activity": {"activity_l2": 0.05},
    "clipping": {"clipnorm": 0.05},
}
SCHEDULES: dict[str, dict[str, Any]] = {
    "exponential": {"schedule": "exponential", "decay_rate": 0.3, "decay_epochs": 2},
    "step": {"schedule": "step", "decay_rate": 0.1, "decay_epochs": 1},
    "cosine": {"schedule": "cosine", "decay_rate": 0.1, "decay_epochs": 2},
    "warm-up": {"schedule": "constant", "warmup_epochs": 2},
    "warm-up and cosine": {
        "schedule": "cosine",
        "decay_rate": 0.0,
        "decay_epochs": 2,
        "warmup_epochs": 1,
    },
    "plateau": {
        "schedule": "reduce_on_plateau",
        "decay_rate": 0.1,
        "decay_epochs": 1,
        "learning_rate": 0.3,
        "epochs": 6,
        "objective": OBJECTIVES["val_loss"],
    },
}
ACTIVATIONS = [name for name in HYPERPARAMETERS["activation"].choices if name != "relu"]


def same(kind: str, **changes: Any) -> None:
    assert_parity(small_data(kind), make_task(kind, keep_states=True, **changes))


def test_the_cases_cover_the_catalog() -> None:
    assert {name.split()[0] for name in OPTIMIZERS} == set(HYPERPARAMETERS["optimizer"].choices)
    schedules = {case["schedule"] for case in SCHEDULES.values()}
    assert schedules == set(HYPERPARAMETERS["schedule"].choices)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_equals_keras(kind: str, name: str) -> None:
    same(kind, batch_size=7, optimizer=name.split()[0], **OPTIMIZERS[name])


@pytest.mark.parametrize(
    ("kind", "loss"), [(kind, loss) for kind in KINDS for loss in LOSSES[kind][1:]]
)
def test_every_loss_equals_keras(kind: str, loss: str) -> None:
    same(kind, loss=loss)


@pytest.mark.parametrize("batch_size", [1, 16, 5000])
@pytest.mark.parametrize("kind", KINDS)
def test_every_batch_size_equals_keras(kind: str, batch_size: int) -> None:
    same(kind, batch_size=batch_size, learning_rate=0.001, batch_normalization=batch_size > 1)


@pytest.mark.parametrize("name", PRICES)
def test_every_regulariser_and_clipping_equal_keras(name: str) -> None:
    same("classification", **PRICES[name])
    same("regression", batch_size=11, **PRICES[name])


@pytest.mark.parametrize("constraint", HYPERPARAMETERS["kernel_constraint"].choices[1:])
def test_every_constraint_equals_keras(constraint: str) -> None:
    same("classification", kernel_constraint=constraint, max_norm=0.7)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_equals_keras(name: str) -> None:
    same("classification", optimizer="sgd", momentum=0.5, batch_size=13, **SCHEDULES[name])


def test_label_smoothing_equals_keras() -> None:
    same("classification", label_smoothing=0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_batch_normalisation_among_all_else_equals_keras(kind: str) -> None:
    everything = {
        "batch_normalization": True,
        "l1": 1e-4,
        "l2": 1e-3,
        "activity_l2": 1e-3,
        "kernel_constraint": "max_norm",
        "max_norm": 1.0,
        "clipnorm": 0.5,
        "kernel_initializer": "he_normal",
        "optimizer": "adamw",
        "weight_decay": 0.01,
        **SCHEDULES["warm-up and cosine"],
    }
    same(kind, batch_size=25, **everything)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_equals_keras(activation: str) -> None:
    same("classification", activation=activation)


def test_widths_of_their_own_and_no_hidden_layer_equal_keras() -> None:
    same("classification", layers=3, units_1=20, units_2=3)
    same("regression", layers=0, l2=0.01)
