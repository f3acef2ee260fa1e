"""Early stopping, plateaus, epochs of a trial's own, and the progress of long epochs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.keras_reference import assert_parity
from tests.training.small_data import Watch, answers, make_task, small_data
from tuning_core.catalog import OBJECTIVES, TrialStatus
from tuning_core.training import Control, ExecutionState, Trainer
from tuning_core.training.early_stopping import EarlyStopping
from tuning_core.training.schedule import Schedule

LOSS = OBJECTIVES["val_loss"]
RESTLESS: dict[str, Any] = {"learning_rate": 0.5, "objective": LOSS, "patience": 2, "epochs": 40}


def test_patience_ends_a_training_where_keras_would() -> None:
    task = make_task(**RESTLESS, min_delta=0.01, optimizer="sgd", keep_states=True)
    watch, outcome = assert_parity(small_data(), task, weights_too=False)
    assert 3 < len(watch.reports) < 40
    assert outcome.status is TrialStatus.COMPLETED
    assert outcome.message == "stopped early: no gain in 2 epochs"
    scores = [report.metrics["val_loss"] for report in watch.reports]
    assert outcome.score == min(scores)


def test_no_patience_never_ends_a_training() -> None:
    outcome = Watch().run(Trainer(small_data()), make_task(**{**RESTLESS, "patience": 0}))
    assert (outcome.epochs, outcome.message) == (40, "")


def test_epochs_of_the_configuration_stand_in_for_those_of_the_task() -> None:
    task = make_task(keep_states=True)
    config = {**task.config, "epochs": 5}
    outcome = Watch().run(Trainer(small_data()), make_task(**config))
    assert outcome.epochs == 5


def test_a_gain_is_seen_in_the_direction_of_the_objective() -> None:
    for objective, scores in (("val_accuracy", (0.5, 0.55, 0.9)), ("val_loss", (0.9, 0.85, 0.5))):
        stopping = EarlyStopping({"patience": 1, "min_delta": 0.1}, OBJECTIVES[objective])
        stopping.see(scores[0])
        stopping.see(scores[2])
        assert not stopping.stop
        stopping = EarlyStopping({"patience": 1, "min_delta": 0.1}, OBJECTIVES[objective])
        stopping.see(scores[0])
        stopping.see(scores[1])
        assert stopping.stop


@pytest.mark.parametrize("at", [3, 7])
def test_counters_and_schedules_survive_a_stop(at: int, tmp_path: Path) -> None:
    trainer = Trainer(small_data())
    plateau: dict[str, Any] = {
        "schedule": "reduce_on_plateau",
        "decay_rate": 0.5,
        "decay_epochs": 1,
    }
    task = {**RESTLESS, **plateau, "epochs": 12, "patience": 6, "keep_states": True}
    whole = Watch()
    whole.run(trainer, make_task(**task))
    stopped = Watch(answers(Control.STOP, at=at))
    stopped.run(trainer, make_task(**task))
    stopped.states[-1][1].save(tmp_path / "state.npz")
    resume = (ExecutionState.load(tmp_path / "state.npz"),)
    resumed = Watch()
    resumed.run(trainer, make_task(**task, resume=resume))
    before = [report.metrics for report in (*stopped.reports, *resumed.reports)]
    assert before == [report.metrics for report in whole.reports]


def test_an_execution_that_stopped_early_is_not_trained_again() -> None:
    trainer = Trainer(small_data())
    done = Watch().run(trainer, make_task(**RESTLESS, keep_states=True))
    again = Watch()
    outcome = again.run(trainer, make_task(**RESTLESS, resume=(done.executions[0].state,)))
    assert not again.reports
    assert outcome.score == done.score


def test_a_continued_trial_has_its_patience_anew() -> None:
    trainer = Trainer(small_data())
    parent = Watch().run(trainer, make_task(**RESTLESS, keep_states=True))
    state = parent.executions[0].state
    assert state is not None
    child = Watch()
    task = {**RESTLESS, "epochs": state.epoch + 3}
    outcome = child.run(
        trainer,
        make_task(**task, resume=(state,), continued=True, initial_epoch=state.epoch),
    )
    assert child.reports
    assert outcome.score is not None


def test_rates_do_not_depend_on_how_an_epoch_is_cut() -> None:
    config: dict[str, Any] = {"learning_rate": 0.1, "schedule": "exponential", "decay_rate": 0.5}
    schedule = Schedule({**config, "decay_epochs": 2, "warmup_epochs": 1}, batches=10)
    whole = schedule.rates(0, 40)
    assert [*schedule.rates(0, 7), *schedule.rates(7, 40)] == list(whole)
    assert (whole[0], whole[5]) == pytest.approx((0.0, 0.05))
    assert (whole[10], whole[30]) == pytest.approx((0.1, 0.05))


def test_a_long_epoch_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuning_core.training.following.PROGRESS_SECONDS", 0.0)
    watch = Watch()
    watch.run(Trainer(small_data()), make_task(batch_size=1, epochs=2))
    first = watch.progress[0]
    assert (first.execution, first.epoch) == (1, 1)
    assert 0 < first.share < 1
