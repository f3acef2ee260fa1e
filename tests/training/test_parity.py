"""The compiled epoch is the same mathematics as ``model.fit``."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tests.training.small_data import Watch, make_task, small_data
from tuning_core.models import build_model, derive_seed
from tuning_core.training import Trainer, TrialTask

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "adam": {"optimizer": "adam"},
    "sgd": {"optimizer": "sgd", "momentum": 0.0},
    "sgd with momentum": {"optimizer": "sgd", "momentum": 0.9},
    "rmsprop": {"optimizer": "rmsprop", "momentum": 0.0},
    "rmsprop with momentum": {"optimizer": "rmsprop", "momentum": 0.7},
    "adagrad": {"optimizer": "adagrad"},
}
KERAS_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adagrad": keras.optimizers.Adagrad,
}
KERAS_LOSS = {
    "classification": ("sparse_categorical_crossentropy", ["accuracy"]),
    "regression": ("mean_squared_error", ["mae", "mse", "r2_score"]),
}
ACTIVATIONS = ("tanh", "sigmoid", "elu", "selu", "gelu", "swish", "leaky_relu", "linear")


def keras_history(kind: str, task: TrialTask) -> tuple[dict[str, list[float]], list[np.ndarray]]:
    """Metrics by epoch and last weights of ``model.fit``, in original units, rows in order."""
    data = small_data(kind)
    seed = derive_seed(task.seed, "execution", 1)
    config = task.config
    model = build_model(
        config, data.train.x.shape[1], data.outputs, kind, derive_seed(seed, "weights")
    )
    name = str(config["optimizer"])
    options = {"momentum": config["momentum"]} if "momentum" in config else {}
    loss, metrics = KERAS_LOSS[kind]
    model.compile(
        KERAS_OPTIMIZERS[name](config["learning_rate"], **options), loss=loss, metrics=metrics
    )
    history = model.fit(
        data.train.x,
        data.train.y,
        validation_data=(data.validation.x, data.validation.y),
        epochs=task.epochs,
        batch_size=int(config["batch_size"]),
        shuffle=False,
        verbose=0,
    ).history
    units = {"mae": data.target.std, "mse": data.target.std**2}
    named = {
        key.replace("r2_score", "r2"): [
            value * units.get(key.removeprefix("val_"), 1.0) for value in values
        ]
        for key, values in history.items()
    }
    return named, model.get_weights()


def assert_parity(kind: str, task: TrialTask) -> None:
    watch = Watch()
    outcome = watch.run(Trainer(small_data(kind), shuffle=False), task)
    expected, weights = keras_history(kind, task)
    assert set(watch.reports[0].metrics) == set(expected)
    for name, values in expected.items():
        measured = [report.metrics[name] for report in watch.reports]
        np.testing.assert_allclose(measured, values, rtol=1e-5, atol=1e-5, err_msg=name)
    assert outcome.executions[0].state is not None
    for ours, theirs in zip(outcome.executions[0].state.weights, weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_equals_keras(kind: str, optimizer: str) -> None:
    assert_parity(kind, make_task(kind, keep_states=True, batch_size=7, **OPTIMIZERS[optimizer]))


@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.parametrize("batch_size", [1, 16, 5000])
def test_every_batch_size_equals_keras(kind: str, batch_size: int) -> None:
    assert_parity(
        kind, make_task(kind, keep_states=True, batch_size=batch_size, learning_rate=0.001)
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_equals_keras(activation: str) -> None:
    assert_parity("classification", make_task(keep_states=True, activation=activation))


def test_widths_of_their_own_and_no_hidden_layer_equal_keras() -> None:
    widths = {"layers": 3, "units_1": 20, "units_2": 3}
    assert_parity("classification", make_task(keep_states=True, **widths))
    assert_parity("regression", make_task("regression", keep_states=True, layers=0))
