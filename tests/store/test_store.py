"""The store: idempotent, and exact about what changed."""

from __future__ import annotations

import json
import math

import pytest

from tests.store.conftest import (
    STUDY,
    add_study,
    epoch,
    one_trial,
    started,
    trial_ended,
    trial_started,
)
from tuning_core.catalog import METRICS, StudyStatus
from tuning_core.store import Store


def test_events_become_rows(store: Store) -> None:
    store.apply(STUDY, one_trial())
    study = store.study(STUDY)
    assert study is not None
    assert (study.status, study.device, study.rows) == ("running", "CPU", {"train": 7})
    assert (study.trials, study.epochs, study.best_trial, study.best_score) == (1, 1, 1, 0.25)
    assert study.seconds == 3.0
    (trial,) = store.trials(STUDY)
    assert (trial.config, trial.status, trial.epochs) == ({"units": 8}, "completed", 1)
    assert store.epochs(STUDY)[0].metrics == {"loss": 0.5, "val_accuracy": 0.25}
    assert store.executions(STUDY, 1)[0].score == 0.25


def test_applying_twice_changes_nothing(store: Store) -> None:
    store.apply(STUDY, one_trial())
    before = store.changes(STUDY)
    store.apply(STUDY, one_trial())
    assert store.changes(STUDY) == before
    assert store.last_seq(STUDY) == 4


def test_a_resumed_trial_reports_its_epochs_again(store: Store) -> None:
    store.apply(STUDY, [started(1), trial_started(2, 1), epoch(3, 1, 1, loss=0.5)])
    store.apply(STUDY, [started(4), trial_started(5, 1), epoch(6, 1, 1, loss=0.25)])
    assert [row.metrics for row in store.epochs(STUDY)] == [{"loss": 0.25}]
    study = store.study(STUDY)
    assert study is not None
    assert study.epochs == 1
    assert store.trials(STUDY)[0].epochs == 1


def test_a_promoted_trial_counts_its_own_epochs(store: Store) -> None:
    child = trial_started(2, 4, parent=1, initial_epoch=3, epochs=9)
    epochs = [epoch(seq, 4, seq + 1, loss=1.0) for seq in range(3, 9)]
    second = [{**epoch(seq, 4, seq - 5, loss=1.0), "execution": 2} for seq in range(9, 15)]
    store.apply(STUDY, [started(1), child, *epochs, *second])
    (trial,) = store.trials(STUDY)
    study = store.study(STUDY)
    assert study is not None
    assert (trial.parent, trial.epochs, study.epochs) == (1, 6, 12)


def test_the_cursor_gives_exactly_what_changed(store: Store) -> None:
    store.apply(STUDY, one_trial())
    cursor = store.changes(STUDY).cursor
    assert store.changes(STUDY, cursor).trials == []
    store.apply(STUDY, [trial_started(5, 2), epoch(6, 2, 1, loss=0.5)])
    changes = store.changes(STUDY, cursor)
    assert [trial.number for trial in changes.trials] == [2]
    assert [row.trial for row in changes.epochs] == [2]
    store.set_status(STUDY, StudyStatus.INTERRUPTED, "The worker died.")
    changes = store.changes(STUDY, changes.cursor)
    assert [(trial.number, trial.status) for trial in changes.trials] == [(2, "waiting")]
    assert (changes.study.status, changes.study.message) == ("interrupted", "The worker died.")


def test_every_change_is_seen_by_small_steps_of_the_cursor(store: Store) -> None:
    cursor, seen = 0, {}
    for event in [*one_trial(), trial_started(5, 2), epoch(6, 2, 1, loss=1.0)]:
        store.apply(STUDY, [event])
        changes = store.changes(STUDY, cursor)
        cursor = changes.cursor
        seen.update({trial.number: trial for trial in changes.trials})
    assert list(seen.values()) == store.trials(STUDY)


@pytest.mark.parametrize(("objective", "best"), [("val_accuracy", 2), ("val_loss", 1)])
def test_the_best_trial_follows_the_objective(store: Store, objective: str, best: int) -> None:
    add_study(store, "best0000", objective)
    scores = {1: 0.25, 2: 0.75, 3: 0.75, 4: None, 5: 0.25}
    events = [started(1)]
    for trial, score in scores.items():
        status = "diverged" if score is None else "completed"
        events.append(trial_started(len(events) + 1, trial))
        events.append(trial_ended(len(events) + 1, trial, score, status))
    store.apply("best0000", events)
    study = store.study("best0000")
    assert study is not None
    assert (study.best_trial, study.trials) == (best, 5)


@pytest.mark.parametrize("status", ["pruned", "skipped"])
def test_a_trial_that_was_cut_short_may_be_the_best(store: Store, status: str) -> None:
    store.apply(STUDY, [started(1), trial_started(2, 1), trial_ended(3, 1, 0.5, status)])
    study = store.study(STUDY)
    assert study is not None
    assert (study.best_trial, study.best_score) == (1, 0.5)


def test_scores_that_are_no_numbers_are_null(store: Store) -> None:
    store.apply(STUDY, [started(1), trial_started(2, 1), trial_ended(3, 1, math.inf)])
    assert store.trials(STUDY)[0].score is None
    study = store.study(STUDY)
    assert study is not None
    assert study.best_trial is None


def test_the_end_of_a_study_makes_running_trials_wait(store: Store) -> None:
    ended = {"seq": 3, "time": 20.0, "kind": "study_ended", "status": "stopped", "seconds": 7.5}
    store.apply(STUDY, [started(1), trial_started(2, 1), ended])
    study = store.study(STUDY)
    assert study is not None
    assert (study.status, study.seconds, study.ended) == ("stopped", 7.5, 20.0)
    assert store.trials(STUDY)[0].status == "waiting"


def test_seconds_go_on_after_a_resume(store: Store) -> None:
    store.apply(STUDY, [started(1, 10.0), epoch(2, 1, 1)])
    store.apply(STUDY, [started(3, 110.0, elapsed=2.0), {**epoch(4, 1, 2), "time": 111.0}])
    study = store.study(STUDY)
    assert study is not None
    assert (study.started, study.seconds) == (10.0, 3.0)


def test_the_revealed_test_metrics_are_kept(store: Store) -> None:
    event = {"seq": 1, "kind": "test_revealed", "trial": 3, "metrics": {"accuracy": 0.5}}
    store.apply(STUDY, [event])
    study = store.study(STUDY)
    assert study is not None
    assert (study.test, study.test_trial) == ({"accuracy": 0.5}, 3)


def test_kinds_of_the_future_are_passed_over(store: Store) -> None:
    store.apply(STUDY, [{"seq": 1, "kind": "telepathy"}])
    assert store.last_seq(STUDY) == 1


def test_rebuild_believes_the_journal(store: Store) -> None:
    store.apply(STUDY, [*one_trial(), trial_started(5, 2)])
    cursor = store.changes(STUDY).cursor
    store.rebuild(STUDY, one_trial())
    assert [trial.number for trial in store.trials(STUDY)] == [1]
    assert store.last_seq(STUDY) == 4
    assert [trial.number for trial in store.changes(STUDY, cursor).trials] == [1]


def test_studies_come_newest_first(store: Store) -> None:
    store.create_study("later000", "later", "{}", 2.0)
    assert [row.id for row in store.studies()] == ["later000", STUDY]
    store.set_status(STUDY, StudyStatus.FAILED)
    assert [row.id for row in store.studies(StudyStatus.FAILED)] == [STUDY]


def test_delete_leaves_nothing(store: Store) -> None:
    store.apply(STUDY, one_trial())
    store.delete(STUDY)
    assert store.study(STUDY) is None
    assert store.trials(STUDY) == store.epochs(STUDY) == []
    with pytest.raises(KeyError):
        store.changes(STUDY)


def test_an_inactive_study_has_no_owner(store: Store) -> None:
    store.set_status(STUDY, StudyStatus.RUNNING, owner="7:1.0")
    store.set_status(STUDY, StudyStatus.RUNNING, "note")
    assert [row.owner for row in store.studies()] == ["7:1.0"]
    store.set_status(STUDY, StudyStatus.STOPPED)
    assert [row.owner for row in store.studies()] == [""]


def test_every_metric_of_the_catalog_is_kept(store: Store) -> None:
    metrics = {name: 0.5 for metric in METRICS for name in (metric, f"val_{metric}")}
    store.apply(STUDY, [epoch(1, 1, 1, **metrics)])
    assert store.epochs(STUDY)[0].metrics == metrics


def test_an_error_in_a_batch_leaves_nothing_of_it(store: Store) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        store.apply(STUDY, [started(1), trial_ended(2, 1, 0.5, status="nonsense")])
    assert store.last_seq(STUDY) == 0


def test_a_held_status_is_shown_until_one_can_be_written(store: Store) -> None:
    store.hold_status(STUDY, StudyStatus.INTERRUPTED, "The disk is full.")
    assert [row.message for row in store.studies()] == ["The disk is full."]
    assert store.changes(STUDY).study.status == "interrupted"
    store.set_status(STUDY, StudyStatus.QUEUED)
    assert [row.status for row in store.studies()] == ["queued"]


def test_a_metric_of_any_name_is_kept_and_read_as_a_curve(store: Store) -> None:
    name = "val_mean's [%] ü"
    events = [started(1), trial_started(2, 1), epoch(3, 1, 1, **{name: 0.5, "val_loss": 0.25})]
    store.apply(STUDY, [*events, epoch(4, 1, 2, **{name: math.nan}), epoch(5, 1, 3, other=2.0)])
    assert [row.metrics for row in store.epochs(STUDY)] == [
        {"val_loss": 0.25, name: 0.5},
        {},
        {"other": 2.0},
    ]
    assert store.metric_curves(STUDY, [1], name) == {1: [0.5]}
    assert store.metric_curves(STUDY, [1], "val_loss") == {1: [0.25]}
    assert store.metric_curves(STUDY, [1], "nobody's") == {}


def test_the_best_trial_is_that_of_the_direction_that_a_spec_declares(store: Store) -> None:
    spec = {"objective": "price", "metrics": {"price": "max"}}
    store.set_spec(STUDY, json.dumps(spec))
    trials = [trial_started(2, 1), trial_ended(3, 1, 1.0), trial_started(4, 2)]
    store.apply(STUDY, [started(1), *trials, trial_ended(5, 2, 3.0)])
    study = store.study(STUDY)
    assert study is not None
    assert (study.best_trial, study.best_score) == (2, 3.0)
