"""Convolutional networks: the same mathematics as Keras, in one trace for all filter counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.training.keras_reference import assert_parity
from tests.training.small_data import CNN, Watch, few_digits
from tuning_core.catalog import OBJECTIVES, TrialStatus
from tuning_core.catalog.architecture import parameter_count
from tuning_core.datasets import PreparedData
from tuning_core.models import build_model, initial_weights, raw_model
from tuning_core.training import Trainer, TrialTask, compiled_epoch

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "average pooling, no dense layer": {"pooling": "average", "dense_units": 0},
    "no pooling, larger kernel": {"pooling": "none", "kernel_size": 5, "blocks": 1},
    "more blocks than the picture has halves": {"blocks": 5, "filters": 2},
    "all else": {
        "batch_normalization": True,
        "l2": 1e-3,
        "activity_l2": 1e-4,
        "kernel_constraint": "max_norm",
        "max_norm": 0.8,
        "optimizer": "adam",
        "learning_rate": 0.003,
        "batch_size": 50,
    },
}


@pytest.fixture(scope="module")
def pictures() -> PreparedData:
    return few_digits()


def task(**changes: Any) -> TrialTask:
    config = {**CNN, **changes}
    return TrialTask(config, 7, 3, OBJECTIVES["val_accuracy"], keep_states=True)


@pytest.mark.parametrize("name", CASES)
def test_a_convolutional_network_equals_keras(pictures: PreparedData, name: str) -> None:
    _, outcome = assert_parity(pictures, task(**CASES[name]))
    config = {**CNN, **CASES[name]}
    assert outcome.parameters == parameter_count(config, (8, 8), 10)
    weights = outcome.executions[0].best_weights
    assert outcome.parameters == sum(weight.size for weight in weights)


@pytest.mark.parametrize("noise", ["dropout", "input_dropout", "gaussian_noise"])
def test_a_convolutional_network_trains_with_noise(pictures: PreparedData, noise: str) -> None:
    watch = Watch()
    outcome = watch.run(Trainer(pictures), task(**{noise: 0.2, "optimizer": "adam"}))
    assert (outcome.status, outcome.message) == (TrialStatus.COMPLETED, "")
    assert watch.reports[-1].metrics["loss"] < watch.reports[0].metrics["loss"]


def test_one_trace_serves_all_filters_kernels_and_dense_widths(pictures: PreparedData) -> None:
    trainer = Trainer(pictures)
    for changes in (
        {},
        {"filters": 9},
        {"kernel_size": 5, "filters": 3},
        {"dense_units": 31, "batch_size": 7},
    ):
        assert Watch().run(trainer, task(**changes)).status is TrialStatus.COMPLETED
    compiled = compiled_epoch(CNN, "classification", image=(8, 8))
    assert compiled.traces == 1


def test_initial_weights_are_those_of_the_model() -> None:
    for changes in CASES.values():
        config = {**CNN, **changes}
        model = build_model(config, (8, 8), 10, "classification", seed=3)
        ours = initial_weights(config, (8, 8), 10, "classification", seed=3)
        for mine, theirs in zip(ours, model.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, theirs)
        assert model.count_params() == parameter_count(config, (8, 8), 10)


def test_the_raw_model_reads_pictures_as_they_come(pictures: PreparedData) -> None:
    core = build_model(CNN, (8, 8), 10, "classification", seed=3)
    model = raw_model(core, pictures.preprocessing, pictures.target)
    raw = np.random.default_rng(0).integers(0, 17, (5, 64)).astype(np.float32)
    np.testing.assert_allclose(np.array(model(raw)), np.array(core(raw / 16)), rtol=1e-5)
    assert {type(layer).__module__.split(".")[0] for layer in model.layers} == {"keras"}
