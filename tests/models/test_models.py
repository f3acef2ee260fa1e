"""Configurations become the networks they describe, with weights from the seed alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from tuning_core.catalog import DATASETS, HYPERPARAMETERS, Value
from tuning_core.catalog.architecture import parameter_count
from tuning_core.catalog.hyperparameters import INITIALIZERS
from tuning_core.catalog.planes import FEATURES
from tuning_core.datasets import Preprocessing, TargetScale
from tuning_core.datasets.preprocessing import fit_preprocessing
from tuning_core.models import Inputs, build_model, derive_seed, initial_weights, raw_model

CONFIGS: list[dict[str, Value]] = [
    {},
    {"layers": 0},
    {"layers": 2, "units": 5, "activation": "tanh"},
    {"layers": 3, "units": 5, "units_2": 9, "activation": "gelu", "dropout": 0.25},
    {"layers": 8, "units": 3, "activation": "swish", "dropout": 0.5},
    {"layers": 2, "units": 6, "batch_normalization": True, "input_dropout": 0.1},
    {"layers": 1, "units": 6, "gaussian_noise": 0.1, "l2": 0.1, "activity_l2": 0.1},
    *({"layers": 1, "units": 4, "kernel_initializer": i} for i in INITIALIZERS),
    *(
        {"layers": 1, "units": 4, "kernel_constraint": c, "max_norm": 2.0}
        for c in ("none", "max_norm", "unit_norm", "min_max_norm")
    ),
]


@pytest.mark.parametrize("batch_normalization", [False, True])
@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_every_initializer_draws_the_weights_that_keras_gives_the_layers(
    initializer: str, batch_normalization: bool
) -> None:
    common: dict[str, Value] = {
        "kernel_initializer": initializer,
        "batch_normalization": batch_normalization,
    }
    dense: dict[str, Value] = {"layers": 2, "units_1": 7, "units_2": 33, **common}
    pictures: dict[str, Value] = {"blocks": 2, "filters": 5, "kernel_size": 5, "dense_units": 9}
    cases: list[tuple[dict[str, Value], Inputs]] = [
        (dense, 13),
        ({**pictures, **common}, (9, 6, 3)),
    ]
    for config, inputs in cases:
        for seed in (0, 1, 2**31 - 1):
            model = build_model(config, inputs, 3, "regression", seed)
            weights = initial_weights(config, inputs, 3, "regression", seed)
            for ours, theirs in zip(weights, model.get_weights(), strict=True):
                assert ours.dtype == theirs.dtype
                np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("config", CONFIGS)
def test_model_has_the_planned_parameters_and_the_same_initial_weights(
    config: dict[str, Value],
) -> None:
    model = build_model(config, 4, 3, "classification", seed=5)
    assert model.count_params() == parameter_count(config, 4, 3)
    weights = initial_weights(config, 4, 3, "classification", seed=5)
    for ours, theirs in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_initial_weights_come_from_the_seed_and_nothing_else() -> None:
    config: dict[str, Value] = {"layers": 2, "units": 6, "activation": "relu"}
    keras.utils.set_random_seed(1)
    first = initial_weights(config, 4, 3, "classification", seed=5)
    keras.utils.set_random_seed(2)
    again = initial_weights(config, 4, 3, "classification", seed=5)
    other = initial_weights(config, 4, 3, "classification", seed=6)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert not np.array_equal(first[2][:4, :3], first[4][:4, :3])


def test_what_a_configuration_names_is_in_the_model() -> None:
    config: dict[str, Value] = {
        "layers": 2,
        "units": 6,
        "l1": 0.1,
        "l2": 0.2,
        "activity_l2": 0.3,
        "batch_normalization": True,
        "gaussian_noise": 0.4,
        "input_dropout": 0.5,
        "dropout": 0.6,
        "kernel_constraint": "min_max_norm",
        "max_norm": 2.0,
        "kernel_initializer": "he_uniform",
    }
    model = build_model(config, 4, 3, "classification", seed=5)
    names = [type(layer).__name__ for layer in model.layers[1:]]
    hidden = ["Dense", "BatchNormalization", "Activation", "Dropout"]
    assert names == ["GaussianNoise", "Dropout", *hidden, *hidden, "Dense"]
    first, output = model.get_layer("hidden_1"), model.get_layer("output")
    assert (first.use_bias, output.use_bias) == (False, True)
    limit = first.kernel_constraint
    assert (limit.min_value, limit.max_value, output.kernel_constraint) == (1.0, 2.0, None)
    for layer in (first, output):
        prices = layer.kernel_regularizer.get_config()
        assert (prices["l1"], prices["l2"]) == pytest.approx((0.1, 0.2))
        assert type(layer.kernel_initializer).__name__ == "HeUniform"


def test_classes_get_probabilities_and_values_one_number() -> None:
    x = np.ones((2, 4), np.float32)
    classes = build_model(CONFIGS[2], 4, 3, "classification", seed=0)(x)
    np.testing.assert_allclose(np.sum(classes, axis=1), 1.0, rtol=1e-6)
    assert build_model(CONFIGS[2], 4, 1, "regression", seed=0)(x).shape == (2, 1)


@pytest.mark.parametrize("activation", HYPERPARAMETERS["activation"].choices)
def test_every_activation_of_the_catalog_exists(activation: str) -> None:
    config: dict[str, Value] = {"layers": 1, "units": 4, "activation": activation}
    assert build_model(config, 4, 3, "classification", seed=0).count_params() == 35


def test_colour_pictures_go_through_a_convolution_from_their_raw_bytes() -> None:
    info = DATASETS["cifar10"]
    raw = np.random.default_rng(0).integers(0, 256, (4, *info.input_shape)).astype(np.uint8)
    pre = fit_preprocessing(info, raw)
    config: dict[str, Value] = {"blocks": 2, "filters": 4, "dense_units": 8, "activation": "relu"}
    core = build_model(config, info.row_shape, info.outputs, info.task, seed=0)
    assert core.count_params() == parameter_count(config, info.row_shape, info.outputs)
    model = raw_model(core, pre, TargetScale())
    expected = np.array(core(pre.apply(raw)))
    np.testing.assert_allclose(np.array(model(raw.astype(np.float32))), expected, rtol=1e-5)


def test_raw_model_takes_raw_rows_and_answers_in_original_units() -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(50, 20, (30, 4)).astype(np.float32)
    pre = Preprocessing((4,), raw.mean(axis=0), raw.std(axis=0))
    core = build_model({"layers": 1, "units": 4, "activation": "relu"}, 4, 1, "regression", 0)
    model = raw_model(core, pre, TargetScale(mean=100.0, std=7.0))
    expected = np.array(core(pre.apply(raw))) * 7.0 + 100.0
    np.testing.assert_allclose(np.array(model(raw)), expected, rtol=1e-5)


def test_raw_model_of_points_makes_their_features_also_once_it_is_loaded(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(0, 2, (30, 2))
    info = replace(DATASETS["moons"], features=tuple(FEATURES))
    pre = fit_preprocessing(info, points)
    core = build_model({"layers": 1, "units": 4, "activation": "relu"}, 7, 2, "classification", 0)
    raw_model(core, pre, TargetScale()).save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    expected = np.array(core(pre.apply(points)))
    np.testing.assert_allclose(loaded.predict(points, verbose=0), expected, rtol=1e-5)
    x, y = points.T
    np.testing.assert_allclose(
        pre.apply(points) * pre.scale + pre.offset,
        np.stack([x, y, x**2, y**2, x * y, np.sin(x), np.sin(y)], axis=1),
        atol=1e-5,
    )


def test_raw_model_of_images_flattens_and_rescales_whole_numbers() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 6, 7), dtype=np.uint8)
    pre = Preprocessing((6, 7), np.zeros(42, np.float32), np.full(42, 255, np.float32))
    core = build_model({"layers": 0}, 42, 3, "classification", 0)
    model = raw_model(core, pre, TargetScale())
    expected = np.array(core(images.reshape(5, 42).astype(np.float32) / 255))
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, rtol=1e-5)
    kinds = {type(layer).__module__.split(".")[0] for layer in model.layers}
    assert kinds == {"keras"}


def test_seeds_differ_by_path_and_stay_in_range() -> None:
    seeds = {derive_seed(3, *path) for path in ((), (1,), (2,), ("weights",), ("noise", 1))}
    assert len(seeds) == 5
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert derive_seed(3, "noise", 1) == derive_seed(3, "noise", 1)
