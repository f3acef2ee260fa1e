"""What the compiled epoch cannot take is trained by ``model.fit``, with the same events."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.small_data import Watch, answers, make_task, small_data
from tuning_core.catalog import TrialStatus
from tuning_core.models import build_model
from tuning_core.training import Control, ExecutionState, Trainer

CASES: dict[str, dict[str, Any]] = {
    "usual": {},
    "schedule and smoothing": {
        "schedule": "cosine",
        "decay_epochs": 2,
        "decay_rate": 0.1,
        "label_smoothing": 0.1,
        "batch_normalization": True,
    },
    "prices": {"l2": 0.01, "clipnorm": 0.1, "optimizer": "adamw", "weight_decay": 0.1},
}


@pytest.mark.parametrize("name", CASES)
def test_data_too_large_for_the_device_are_trained_alike(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    task = make_task(keep_states=True, **CASES[name])
    compiled, fitted = Watch(), Watch()
    one = compiled.run(Trainer(small_data(), shuffle=False), task)
    with caplog.at_level(logging.WARNING):
        other = fitted.run(Trainer(small_data(), shuffle=False, limit=100), task)
    assert "model.fit" in caplog.text
    assert len(fitted.reports) == 3
    for ours, theirs in zip(compiled.reports, fitted.reports, strict=True):
        assert ours.epoch == theirs.epoch
        assert theirs.metrics == pytest.approx(ours.metrics, rel=1e-5, abs=1e-5)
    assert one.score == pytest.approx(other.score)
    assert one.best_epoch == other.best_epoch


def test_regression_has_the_same_metrics() -> None:
    task = make_task("regression", loss="huber")
    compiled, fitted = Watch(), Watch()
    compiled.run(Trainer(small_data("regression"), shuffle=False), task)
    fitted.run(Trainer(small_data("regression"), shuffle=False, limit=0), task)
    for ours, theirs in zip(compiled.reports, fitted.reports, strict=True):
        assert theirs.metrics == pytest.approx(ours.metrics, rel=1e-5)


class Penalised(keras.Model):
    """A model that trains itself: its loss has a term of its own."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            answers = self(x, training=True)
            own = 0.1 * tf.reduce_mean(tf.square(answers))
            loss = self.compute_loss(x=x, y=y, y_pred=answers) + own
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss, sample_weight=tf.shape(x)[0])
            else:
                metric.update_state(y, answers)
        return self.get_metrics_result()


def test_a_model_with_its_own_train_step_is_trained_by_it() -> None:
    def build(*arguments: Any) -> keras.Model:
        model = build_model(*arguments)
        return Penalised(model.inputs, model.outputs)

    own, usual = Watch(), Watch()
    outcome = own.run(Trainer(small_data(), shuffle=False, build=build), make_task())
    usual.run(Trainer(small_data(), shuffle=False), make_task())
    assert outcome.status is TrialStatus.COMPLETED
    assert own.reports[0].metrics["loss"] > usual.reports[0].metrics["loss"]


def test_a_stopped_one_is_resumed_as_if_it_had_not_been(tmp_path: Path) -> None:
    trainer = Trainer(small_data(), limit=0)
    task: dict[str, Any] = {"dropout": 0.3, "epochs": 4, "keep_states": True, "batch_size": 4}
    whole = Watch().run(trainer, make_task(**task))
    stopped = Watch(answers(Control.STOP, at=4))
    assert stopped.run(trainer, make_task(**task)).status is None
    _, state = stopped.states[-1]
    state.save(tmp_path / "state.npz")
    resume = (ExecutionState.load(tmp_path / "state.npz"),)
    resumed = Watch().run(trainer, make_task(**task, resume=resume))
    assert resumed.score == whole.score
    one, other = whole.executions[0].state, resumed.executions[0].state
    assert one is not None
    assert other is not None
    for a, b in zip(one.weights, other.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_model_fit_remembers_cannot_become_more_under_way() -> None:
    trainer = Trainer(small_data(), limit=100)
    plain = Watch().run(trainer, make_task(optimizer="sgd", epochs=1, keep_states=True))
    state = plain.executions[0].state
    assert state is not None

    def goes_on(**values: Any) -> Any:
        task = make_task(optimizer="sgd", epochs=2, **values)
        return Watch().run(trainer, replace(task, resume=(state,)))

    assert goes_on(learning_rate=0.1, batch_size=4).status is TrialStatus.COMPLETED
    refused = goes_on(momentum=0.9)
    assert refused.status is TrialStatus.FAILED
    assert "cannot be turned on or off under way" in refused.message
