"""What dropout and noise draw depends on seed, layer and update alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.training.small_data import Watch, make_task, small_data
from tests.training.test_resume import assert_same_state
from tuning_core.training import ExecutionState, Trainer
from tuning_core.training.compiled import cache, execution, noise
from tuning_core.training.compiled.noise import BatchNoise, Noise
from tuning_core.training.compiled.traced_layers import TracedKit

NOISY: dict[str, Any] = {"dropout": 0.3, "input_dropout": 0.2, "gaussian_noise": 0.1}
KNOBS = {"dropout": tf.constant(0.3), "gaussian_noise": tf.constant(0.5)}
UPDATES, BATCH, SIZES = 300, 7, (5, 3, 11)


@pytest.fixture
def three_layers() -> Noise:
    """The draws of two dropouts and a noise between them, for rows of ``SIZES``."""
    kit = TracedKit()
    kit.dropout("dropout", 0.3, 0, "one")
    kit.gaussian_noise("gaussian_noise", 0.5, 0, "two")
    kit.dropout("dropout", 0.3, 0, "three")
    sizes = [tf.constant(size) for size in SIZES]
    return Noise(kit.noisy, sizes, tf.constant(BATCH), tf.constant(4))


def drawn(layers: Noise, first: int, updates: int) -> list[np.ndarray]:
    drew = layers.draw(tf.constant(first), tf.constant(updates), KNOBS)
    return [part.numpy() for part in drew]


def test_an_update_draws_the_same_whichever_are_drawn_with_it(three_layers: Noise) -> None:
    together = drawn(three_layers, 0, UPDATES)
    for first, updates in ((0, 1), (1, 1), (17, 100), (299, 1)):
        for all_of_it, part in zip(together, drawn(three_layers, first, updates), strict=True):
            np.testing.assert_array_equal(all_of_it[first : first + updates], part)


def test_updates_layers_and_seeds_draw_differently(three_layers: Noise) -> None:
    together = drawn(three_layers, 0, UPDATES)
    for part in together:
        assert len(np.unique(part, axis=0)) == UPDATES
    assert not np.array_equal(together[0][:, :30], together[2][:, :30])
    kit = TracedKit()
    kit.dropout("dropout", 0.3, 0, "one")
    other = Noise(kit.noisy, [tf.constant(SIZES[0])], tf.constant(BATCH), tf.constant(5))
    assert not np.array_equal(together[0], drawn(other, 0, UPDATES)[0])


def test_as_much_is_silenced_and_added_as_the_settings_say(three_layers: Noise) -> None:
    first, gaussian, second = (part.ravel() for part in drawn(three_layers, 0, 3 * UPDATES))
    for dropout in (first, second):
        values, counts = np.unique(dropout, return_counts=True)
        np.testing.assert_allclose(values, [0.0, 1.0 / 0.7], rtol=1e-6)
        np.testing.assert_allclose(counts / len(dropout), [0.3, 0.7], atol=0.01)
        # Neighbours know nothing of each other.
        assert abs(np.corrcoef(dropout[1:], dropout[:-1])[0, 1]) < 0.02
    np.testing.assert_allclose([gaussian.mean(), gaussian.std()], [0.0, 0.5], atol=0.01)


def test_a_partial_batch_takes_the_first_rows_of_a_whole_one(three_layers: Noise) -> None:
    drew = three_layers.draw(tf.constant(0), tf.constant(3), KNOBS)
    for stream, size in enumerate(SIZES):
        batch = BatchNoise(drew, tf.constant(1))
        whole = batch.like(stream, tf.zeros([BATCH, size]))
        part = batch.like(stream, tf.zeros([2, size]))
        np.testing.assert_array_equal(whole[:2], part)
        picture = batch.like(stream, tf.zeros([BATCH, 1, size, 1]))
        np.testing.assert_array_equal(whole, picture[:, 0, :, 0])


def last_state(**changes: Any) -> ExecutionState | None:
    task = make_task(**NOISY, keep_states=True, **changes)
    return Watch().run(Trainer(small_data()), task).executions[0].state


@pytest.mark.parametrize("batch_size", [1, 7, 32, 500])
def test_neither_memory_nor_parts_change_a_training(
    batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = last_state(batch_size=batch_size)
    monkeypatch.setattr(execution, "_FIRST_PART", 3)
    monkeypatch.setattr(execution, "PART_SECONDS", 1e-3)
    assert_same_state(expected, last_state(batch_size=batch_size))
    # The graphs that are kept have the constant of their time.
    monkeypatch.setattr(cache, "_cache", type(cache._cache)())
    monkeypatch.setattr(noise, "_NUMBERS_AT_ONCE", 1000)
    assert_same_state(expected, last_state(batch_size=batch_size))
