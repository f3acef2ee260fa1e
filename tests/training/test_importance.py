"""What a network loses without a column or a filter: as counted by hand on its own answers."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tests.training.small_data import make_task
from tests.training.test_inside import trained
from tuning_core.datasets import PreparedData, prepare
from tuning_core.models import build_model
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.training import importance


def wrong(said: np.ndarray, data: PreparedData) -> float:
    """The share that is wrong, or the mean absolute error in the target's unit."""
    if data.info.task == "regression":
        return float(np.abs(said[:, 0] - data.validation.y).mean() * data.target.std)
    return float((said.argmax(axis=1) != data.validation.y).mean())


@pytest.mark.parametrize(
    ("id", "kind", "measure"),
    [("wine", "classification", "accuracy"), ("diabetes", "regression", "mae")],
)
def test_a_column_is_worth_what_is_lost_when_it_is_shuffled(id: str, kind: str, measure: str):
    data = prepare(DatasetSpec(id=id), Path("unused"))
    task = make_task(kind, epochs=8)
    run = trained(data, task)
    found = importance(run, data, task.config)
    assert found["names"] == list(data.info.feature_names)
    assert (found["measure"], found["rows"]) == (measure, len(data.validation.y))
    random = np.random.default_rng(0)
    orders = [random.permutation(found["rows"]) for _ in range(found["repeats"])]
    x, column = data.validation.x, int(np.argmax(found["lost"]))
    by_hand = []
    for order in orders:
        shuffled = x.copy()
        shuffled[:, column] = x[order, column]
        by_hand.append(wrong(run.predict(shuffled), data) - wrong(run.predict(x), data))
    assert found["lost"][column] == pytest.approx(np.mean(by_hand), rel=1e-4)
    assert found["lost"][column] > (0.02 if measure == "accuracy" else 1)


def test_the_features_of_points_are_what_is_shuffled() -> None:
    data = prepare(DatasetSpec(id="moons", features=["x2", "y2", "xy"]), Path("unused"))
    task = make_task("classification", epochs=3)
    found = importance(trained(data, task), data, task.config)
    assert found["names"] == ["x²", "y²", "xy"]
    assert len(found["lost"]) == 3


@pytest.mark.parametrize("normalised", [False, True])
def test_a_silenced_filter_says_the_same_everywhere(normalised: bool):
    data = prepare(DatasetSpec(id="digits"), Path("unused"))
    shape = {"blocks": 1, "filters": 3, "kernel_size": 3, "pooling": "max", "dense_units": 0}
    task = make_task(epochs=2, batch_normalization=normalised, **shape)
    run = trained(data, task)
    found = importance(run, data, task.config)
    assert found["names"] == ["filter 1", "filter 2", "filter 3"]
    model = build_model(task.config, (8, 8), data.outputs, data.info.task, 0)
    model.set_weights(run.read_weights())
    x = data.validation.x
    assert found["rows"] == len(x)
    whole = wrong(keras.ops.convert_to_numpy(model(x)), data)
    # The map of filter 2, which ReLU leaves at zero, taken from what the next layer weighs.
    weights = run.read_weights()
    readout = next(n for n, array in enumerate(weights) if n and array.ndim == 2)
    weights[readout] = weights[readout].copy()
    weights[readout].reshape(-1, 3, data.outputs)[:, 1] = 0
    model.set_weights(weights)
    without = wrong(keras.ops.convert_to_numpy(model(x)), data)
    assert found["lost"][1] == pytest.approx(without - whole)


def test_pictures_before_a_dense_network_have_neither_columns_nor_filters():
    data = prepare(DatasetSpec(id="digits"), Path("unused"))
    task = make_task(epochs=1)
    assert importance(trained(data, task), data, task.config) == {}
