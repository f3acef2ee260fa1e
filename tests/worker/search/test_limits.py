"""Trials that do not fit, or take too long, end with a sentence; the search goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.training.small_data import make_task, small_data
from tests.worker.conftest import of_kind
from tuning_core.catalog import TrialStatus
from tuning_core.training import Control, Trainer, TrialOutcome, TrialTask, free_bytes
from tuning_core.worker.limited_trainer import LimitedTrainer, refused
from tuning_core.worker.search.limits import Clock


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(small_data())


def trained(trainer: Trainer, task: TrialTask, earlier: float = 0.0) -> TrialOutcome:
    return LimitedTrainer(trainer).run_trial(
        task,
        earlier=earlier,
        control=lambda: Control.CONTINUE,
        report=lambda _: None,
        checkpoint=lambda *_: None,
    )


def test_a_trial_that_would_not_fit_in_memory_fails_with_both_numbers(trainer: Trainer) -> None:
    task = make_task()
    outcome = refused(task, trainer.work(task), free=lambda: 200_000_000)
    assert outcome is not None
    assert (outcome.status, outcome.score, outcome.epochs) == (TrialStatus.FAILED, None, 0)
    assert outcome.message.startswith("Not started: needs about ")
    assert "; 0.0 GB are free." in outcome.message
    assert refused(task, trainer.work(task), free=lambda: 300_000_000) is None
    assert free_bytes() > 0


def test_a_trial_beyond_a_cap_is_not_started(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNESCAPE_LIMITS", "parameters=10")
    outcome = trained(trainer, make_task())
    assert outcome.status is TrialStatus.FAILED
    assert "at most 10 parameters of a network on this server" in outcome.message


def test_a_trial_that_takes_too_long_is_pruned_with_the_number(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNESCAPE_LIMITS", "trial_seconds=600")
    assert trained(trainer, make_task()).status is TrialStatus.COMPLETED
    outcome = trained(trainer, make_task(), earlier=601.0)
    assert outcome.status is TrialStatus.PRUNED
    assert outcome.message.startswith("ended after 600 s")


def test_a_training_on_demand_keeps_to_them_too(another_worker_under, tmp_path):
    worker = another_worker_under("parameters=500 trial_seconds=1")
    training = {"dataset": {"id": "moons"}, "epochs": 1000}

    def reply(**more: Any) -> dict[str, Any]:
        worker.send(command="train", home=str(tmp_path), request="r", **more)
        return worker.until(of_kind("reply"))[-1]["result"]

    values = {"units": 128, "layers": 2}
    large = reply(training={**training, "values": values})
    assert (large["status"], large["message"][:44]) == (
        "failed",
        "Not started: expected at most 500 parameters",
    )
    tested = reply(training={**training, "values": values, "ramp": {}})
    assert (tested["status"], tested["message"]) == ("failed", large["message"])
    small = {**training, "values": {"units": 16, "layers": 1, "batch_size": 1}}
    late = reply(training=small, earlier=0.5)
    assert late["status"] == "pruned"
    assert "the most that a trial may take on this server" in late["message"]


def test_time_in_which_nothing_could_train_does_not_count() -> None:
    clock = Clock(elapsed=50.0, budget=60.0)
    clock.leave_out(-10.0)
    assert clock.over
    clock.leave_out(10.0)
    assert not clock.over
    assert 50.0 <= clock.seconds < 60.0
