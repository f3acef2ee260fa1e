"""What a trial does: scores, repeats, stops, failures and determinism."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.training.small_data import Watch, answers, make_task, small_data
from tuning_core.catalog import OBJECTIVES, TrialStatus
from tuning_core.training import Control, Trainer, TrialOutcome


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(small_data())


def same_weights(one: TrialOutcome, other: TrialOutcome) -> bool:
    return all(
        np.array_equal(a, b)
        for first, second in zip(one.executions, other.executions, strict=True)
        for a, b in zip(first.best_weights, second.best_weights, strict=True)
    )


def test_score_is_that_of_the_best_epoch(trainer: Trainer) -> None:
    for objective in ("val_accuracy", "val_loss"):
        watch = Watch()
        outcome = watch.run(trainer, make_task(epochs=6, objective=OBJECTIVES[objective]))
        values = [report.metrics[objective] for report in watch.reports]
        best = max(values) if objective == "val_accuracy" else min(values)
        assert outcome.status is TrialStatus.COMPLETED
        assert outcome.score == best
        assert outcome.best_epoch == values.index(best) + 1
        assert [report.epoch for report in watch.reports] == [1, 2, 3, 4, 5, 6]


def test_repeats_differ_and_the_score_is_their_mean(trainer: Trainer) -> None:
    outcome = Watch().run(trainer, make_task(executions=3, objective=OBJECTIVES["val_loss"]))
    scores = [e.score for e in outcome.executions if e.score is not None]
    assert len(set(scores)) == 3
    assert outcome.score == pytest.approx(np.mean(scores))
    assert outcome.best_execution == 1 + scores.index(min(scores))


def test_same_task_gives_the_same_trial_whatever_ran_before(trainer: Trainer) -> None:
    task = make_task(dropout=0.3)
    first = Watch().run(trainer, task)
    Watch().run(trainer, make_task(dropout=0.6, units=30, seed=1))
    again = Watch().run(Trainer(small_data()), task)
    assert first.score == again.score
    assert same_weights(first, again)


def test_seed_dropout_and_shuffling_each_make_a_difference(trainer: Trainer) -> None:
    base = Watch().run(trainer, make_task(dropout=0.3))
    assert not same_weights(base, Watch().run(trainer, make_task(dropout=0.3, seed=8)))
    assert not same_weights(base, Watch().run(trainer, make_task(dropout=0.4)))
    ordered = Trainer(small_data(), shuffle=False)
    assert not same_weights(base, Watch().run(ordered, make_task(dropout=0.3)))


def test_a_loss_without_bounds_is_a_diverged_trial_without_a_score(trainer: Trainer) -> None:
    watch = Watch()
    wild = make_task(
        executions=2,
        epochs=50,
        optimizer="sgd",
        momentum=0.99,
        learning_rate=10.0,
        activation="linear",
        layers=4,
    )
    outcome = watch.run(trainer, wild)
    assert outcome.status is TrialStatus.DIVERGED
    assert outcome.score is None
    assert len(outcome.executions) == 1
    assert all(math.isfinite(v) for report in watch.reports for v in report.metrics.values())


@pytest.mark.parametrize(
    ("control", "status"),
    [
        (Control.SKIP, TrialStatus.SKIPPED),
        (Control.TIME, TrialStatus.PRUNED),
        (Control.STOP, None),
    ],
)
def test_a_request_ends_the_trial_before_its_next_epoch(
    trainer: Trainer, control: Control, status: TrialStatus | None
) -> None:
    watch = Watch(answers(control, at=3))
    outcome = watch.run(trainer, make_task(epochs=10, executions=2))
    assert outcome.status is status
    assert len(watch.reports) == outcome.epochs == 2
    assert outcome.score == max(report.metrics["val_accuracy"] for report in watch.reports)
    assert len(watch.states) == (1 if status is None else 0)


def test_time_limit_is_named(trainer: Trainer) -> None:
    outcome = Watch(answers(Control.TIME, at=1)).run(trainer, make_task())
    assert (outcome.score, outcome.message) == (None, "time limit")


def test_an_impossible_network_fails_with_a_sentence_and_the_next_trial_runs(
    trainer: Trainer,
) -> None:
    outcome = Watch().run(trainer, make_task(activation="unknown"))
    assert outcome.status is TrialStatus.FAILED
    assert "unknown" in outcome.message
    assert "\n" not in outcome.message
    assert Watch().run(trainer, make_task()).status is TrialStatus.COMPLETED


def test_what_a_callback_raises_passes_through(trainer: Trainer) -> None:
    def full_disk(_: object) -> None:
        raise OSError("no space left")

    watch = Watch()
    with pytest.raises(OSError, match="no space left"):
        trainer.run_trial(make_task(), full_disk, watch.control, watch.checkpoint)


def test_regression_metrics_are_in_original_units() -> None:
    data = small_data("regression")
    watch = Watch()
    Watch.run(watch, Trainer(data), make_task("regression", epochs=20))
    last = watch.reports[-1].metrics
    assert last["val_mse"] == pytest.approx(last["val_loss"] * data.target.std**2, rel=1e-5)
    spread = np.mean(np.square(data.validation.y - data.validation.y.mean()))
    assert last["val_r2"] == pytest.approx(1 - last["val_loss"] / spread, rel=1e-4)
    assert last["val_mae"] < data.target.std
