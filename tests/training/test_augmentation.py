"""Augmentation: Keras's mathematics, in training alone, drawn from seeds and so repeatable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.small_data import CNN, Watch, answers, few_digits
from tuning_core.catalog import HYPERPARAMETERS, OBJECTIVES, TrialStatus
from tuning_core.datasets import PreparedData
from tuning_core.models import build_model, raw_model
from tuning_core.models.kit import AUGMENTING, MOVES
from tuning_core.training import Control, ExecutionState, Trainer, TrialTask, compiled_epoch
from tuning_core.training.compiled.noise import BatchNoise
from tuning_core.training.compiled.noisy_layers import Noisy
from tuning_core.training.compiled.step import Step
from tuning_core.training.compiled.traced_layers import TracedKit

ALL: dict[str, Any] = {"flip": "horizontal", "rotation": 0.1, "zoom": 0.2, "shift": 0.15}
SHAPE = (9, 13, 10, 3)
"""Pictures that are no squares, so that height and width cannot be taken for each other."""


@pytest.fixture(scope="module")
def pictures() -> PreparedData:
    return few_digits()


def task(**changes: Any) -> TrialTask:
    fields = {n: changes.pop(n) for n in ("seed", "resume") if n in changes}
    config: dict[str, Any] = {**CNN, **changes}
    given: dict[str, Any] = {"seed": 7, "epochs": 3, "objective": OBJECTIVES["val_accuracy"]}
    return TrialTask(config, keep_states=True, **(given | fields))


def changed(make: Callable[[TracedKit], Any], x: np.ndarray, drew: np.ndarray) -> np.ndarray:
    """What a layer makes of pictures with these numbers, as the epoch calls it."""
    kit = TracedKit()
    layer = make(kit)
    assert isinstance(layer, Noisy)
    # A batch before it, and more numbers than it needs.
    numbers = np.concatenate([drew.ravel(), np.zeros(7)]).astype(np.float32)
    noise = BatchNoise([tf.constant(np.stack([numbers * 0, numbers]))], tf.constant(1))
    kit.step = Step(tf.constant(0.1), {}, tf.constant(0), noise)
    return np.asarray(layer(tf.constant(x), training=True))


def theirs(layer: Any, x: np.ndarray, drew: np.ndarray) -> np.ndarray:
    """What Keras's own layer makes of pictures with these numbers."""
    n, height, width, _ = x.shape
    transformation: dict[str, Any] = {"input_shape": x.shape}
    if isinstance(layer, keras.layers.RandomFlip):
        transformation["flips"] = tf.constant(drew.reshape(n, 1, 1, 1) <= 0.5)
    elif isinstance(layer, keras.layers.RandomTranslation):
        shifts = drew[:, ::-1] * np.array([width, height])
        transformation["translations"] = tf.constant(shifts, tf.float32)
    elif isinstance(layer, keras.layers.RandomZoom):
        zooms = tf.constant(1 + drew, tf.float32)
        transformation |= {"height_zoom": zooms, "width_zoom": zooms}
    else:
        zeros = tf.zeros([n])
        transformation["rotation_matrix"] = layer._compute_affine_matrix(
            center_x=0.5, center_y=0.5, angle=tf.constant(drew[:, 0] * 360, tf.float32),
            translate_x=zeros, translate_y=zeros, scale=tf.ones([n]), shear_x=zeros, shear_y=zeros,
            height=height, width=width,
        )  # fmt: skip
    return np.asarray(layer.transform_images(tf.constant(x), transformation, training=True))


@pytest.mark.parametrize("mode", ["horizontal", "vertical"])
def test_a_flip_equals_keras(mode: str) -> None:
    x = np.random.default_rng(1).random(SHAPE, np.float32)
    drew = np.linspace(0, 0.99, SHAPE[0], dtype=np.float32)[:, None]
    ours = changed(lambda kit: kit.flip(mode, 0, "it"), x, drew)
    np.testing.assert_array_equal(ours, theirs(keras.layers.RandomFlip(mode), x, drew))
    assert 0 < (ours != x).any(axis=(1, 2, 3)).sum() < SHAPE[0]


@pytest.mark.parametrize("name", MOVES)
def test_a_move_equals_keras(name: str) -> None:
    x = np.random.default_rng(2).random(SHAPE, np.float32)
    width = 2 if name == "shift" else 1
    drew = np.random.default_rng(3).uniform(-0.4, 0.4, (SHAPE[0], width)).astype(np.float32)
    ours = changed(lambda kit: kit.move(name, 0.4, 0, "it"), x, drew)
    expected = theirs(MOVES[name](0.4), x, drew)
    np.testing.assert_allclose(ours, expected, atol=1e-4)
    assert np.abs(ours - x).mean() > 0.05
    still = changed(lambda kit: kit.move(name, 0.4, 0, "it"), x, 0 * drew)
    np.testing.assert_allclose(still, x, atol=1e-6)


@pytest.mark.parametrize("name", MOVES)
def test_draws_are_spread_evenly_up_to_the_setting(name: str, pictures: PreparedData) -> None:
    kit = TracedKit()
    model = build_model({**CNN, name: 0.25}, (8, 8), 10, "classification", 0, kit)
    x = tf.constant(pictures.train.x[:4], tf.float32)
    noise = kit.noise(model, x, tf.constant(64), tf.constant(5))
    [drew] = noise.draw(tf.constant(0), tf.constant(40), {name: tf.constant(0.25)})
    low, middle, high = np.quantile(drew, [0, 0.5, 1])
    assert -0.25 <= low < -0.24
    assert abs(middle) < 0.02
    assert 0.24 < high <= 0.25
    assert drew.shape == (40, 64 * (2 if name == "shift" else 1))


def test_neither_validation_nor_the_exported_model_change_pictures(
    pictures: PreparedData,
) -> None:
    watch = Watch()
    outcome = watch.run(Trainer(pictures), task(**ALL))
    assert (outcome.status, outcome.message) == (TrialStatus.COMPLETED, "")
    state = outcome.executions[0].state
    assert state is not None
    plain = build_model(CNN, (8, 8), 10, "classification", seed=1)
    plain.set_weights(state.weights)
    answers_of_plain = np.asarray(plain(pictures.validation.x))
    accuracy = np.mean(answers_of_plain.argmax(axis=1) == pictures.validation.y)
    assert watch.reports[-1].metrics["val_accuracy"] == pytest.approx(accuracy)
    core = build_model({**CNN, **ALL}, (8, 8), 10, "classification", seed=1)
    assert sum(isinstance(layer, AUGMENTING) for layer in core.layers) == 4
    core.set_weights(state.weights)
    exported = raw_model(core, pictures.preprocessing, pictures.target)
    assert not any(isinstance(layer, AUGMENTING) for layer in exported.layers)
    raw = pictures.validation.x * 16
    for training in (False, True):
        said = np.asarray(exported(raw, training=training))
        np.testing.assert_allclose(said, answers_of_plain, atol=1e-5)


def last(data: PreparedData, **changes: Any) -> ExecutionState:
    outcome = Watch().run(Trainer(data), task(**changes))
    state = outcome.executions[0].state
    assert state is not None
    return state


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_changes_pictures_alike_and_each_change_counts(
    name: str, pictures: PreparedData
) -> None:
    only = {name: ALL[name]}
    first, again = last(pictures, **only), last(pictures, **only)
    for one, other in zip(first.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    for others in (last(pictures), last(pictures, seed=8, **only)):
        assert not np.array_equal(first.weights[0], others.weights[0])


@pytest.mark.parametrize("limit", [None, 0], ids=["compiled", "fit"])
def test_a_training_with_augmentation_goes_on_as_if_never_stopped(
    limit: int | None, pictures: PreparedData
) -> None:
    whole = Watch()
    ended = whole.run(Trainer(pictures, limit=limit), task(**ALL))
    stopped = Watch(answers(Control.STOP, 3))
    assert stopped.run(Trainer(pictures, limit=limit), task(**ALL)).status is None
    [(_, state)] = stopped.states[-1:]
    rest = Watch()
    resumed = rest.run(Trainer(pictures, limit=limit), task(**ALL, resume=(state,)))
    both = [*stopped.reports, *rest.reports]
    # The means of model.fit depend on where its parts end, which is a matter of time.
    near = 0 if limit is None else 1e-5
    for ours, unbroken in zip(both, whole.reports, strict=True):
        assert ours.metrics == pytest.approx(unbroken.metrics, rel=near, abs=0)
    for one, other in zip(
        ended.executions[0].best_weights, resumed.executions[0].best_weights, strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=near)


def test_one_trace_serves_all_amounts(pictures: PreparedData) -> None:
    trainer = Trainer(pictures)
    for changes in ({}, {"shift": 0.3}, {"rotation": 0.01, "zoom": 0.5}, {"filters": 5}):
        assert Watch().run(trainer, task(**{**ALL, **changes})).status is TrialStatus.COMPLETED
    compiled = compiled_epoch({**CNN, **ALL}, "classification", image=(8, 8))
    assert compiled.traces == 1


def test_a_training_goes_as_before_where_nothing_changes_pictures() -> None:
    plain = {h.id for h in HYPERPARAMETERS.values() if h.group == "augmentation"}
    assert plain == set(ALL)
    names = [layer.name for layer in build_model(CNN, (8, 8), 10, "classification", 0).layers]
    assert names[:3] == ["features", "picture", "hidden_1"]
