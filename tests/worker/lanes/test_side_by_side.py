"""Trials side by side are the trials one after the other, whatever dies, waits or is asked."""

from __future__ import annotations

import os
import signal
from typing import Any

import psutil
import pytest

from tests.worker.conftest import (
    Event,
    Study,
    WorkerClient,
    ask,
    document,
    epoch_of,
    epochs,
    of_kind,
    results,
)
from tuning_core.resources import cores
from tuning_core.training import load_best

SETTINGS: dict[str, dict[str, Any]] = {
    "grid": {"points": 3},
    "one_at_a_time": {"points": 3},
    "evolution": {"population": 3},
    "manual": {"configurations": [{"units": units} for units in (4, 8, 12, 16, 5)]},
}
SAME = ("random", "grid", "quasi_random", "manual", "one_at_a_time", "hyperband", "evolution")
"""Strategies whose trials are the same however many run at once."""
ROUNDS = ("bayesian", "tpe", "coarse_to_fine")


def spec(strategy: str, parallel: int, **fields: Any) -> dict[str, Any]:
    settings = SETTINGS.get(strategy, {})
    if strategy in ("bayesian", "tpe"):
        settings = {"initial_points": 2}
    budget = {"trials": 7, "epochs": 4}
    return document(
        strategy, settings=settings, parallel=parallel, **{"budget": budget, "seed": 2, **fields}
    )


def of(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["kind"] == kind]


def by_number(events: list[Event]) -> list[tuple[Any, ...]]:
    return sorted(results(events), key=lambda result: int(result[0]))


def most_at_once(events: list[Event]) -> int:
    """The most trials that ran at one time."""
    running: set[int] = set()
    most = 0
    for event in events:
        if event["kind"] == "trial_started":
            running.add(event["trial"])
        elif event["kind"] == "trial_ended":
            running.discard(event["trial"])
        most = max(most, len(running))
    return most


def lane_pids(worker_pid: int) -> list[int]:
    """The processes that train, which the lanes' host has forked."""
    (host,) = psutil.Process(worker_pid).children()
    return [lane.pid for lane in host.children()]


@pytest.mark.parametrize("strategy", SAME)
def test_trials_at_once_are_those_one_after_the_other(worker, make_study, strategy):
    alone = worker.run(make_study(spec(strategy, 1)))
    together = worker.run(make_study(spec(strategy, 3)))
    assert together[-1]["status"] == "finished"
    assert by_number(together) == by_number(alone)
    assert epochs(together) == epochs(alone)
    assert most_at_once(alone) == 1
    assert most_at_once(together) > 1
    assert {e["lane"] for e in together if e["kind"] == "trial_started"} <= {0, 1, 2}


@pytest.mark.parametrize("strategy", ROUNDS)
def test_rounds_do_not_depend_on_the_number_of_lanes(worker, make_study, strategy):
    together = worker.run(make_study(spec(strategy, 3)))
    study = make_study(spec(strategy, 3))
    worker.start(study, lanes=1)
    alone = worker.until(of_kind("study_ended"))
    assert (most_at_once(together), most_at_once(alone)) == (min(3, cores()), 1)
    assert by_number(together) == by_number(alone)
    assert epochs(together) == epochs(alone)


def test_early_termination_compares_with_earlier_rounds_alone(worker, make_study):
    rule = {"rule": "median", "settings": {"startup_trials": 2, "warmup_epochs": 1}}
    fields = {"early_termination": rule, "budget": {"trials": 9, "epochs": 6}}
    first = worker.run(make_study(spec("random", 2, **fields)))
    again = worker.run(make_study(spec("random", 2, **fields)))
    assert by_number(first) == by_number(again)
    assert any(result[2][0] == "pruned" for result in by_number(first))


def test_the_best_weights_are_of_the_best_trial(worker, make_study):
    study = make_study(spec("random", 3))
    ended = [event for event in worker.run(study) if event["kind"] == "trial_ended"]
    best = max(ended, key=lambda event: (event["score"], -event["trial"]))
    _, meta = load_best(study.folder / "best.npz")
    assert (meta["trial"], meta["score"]) == (best["trial"], best["score"])
    assert {path.name for path in study.folder.iterdir()} <= {
        *("spec.json", "events.jsonl", "log.txt", "lock", "best.npz"),
    }


def test_folds_and_repeats_are_trained_in_lanes_too(worker, make_study):
    fields = {"cross_validation": {"folds": 3}, "repeats": 2, "budget": {"trials": 3, "epochs": 3}}
    alone = worker.run(make_study(spec("random", 1, **fields)))
    together = worker.run(make_study(spec("random", 3, **fields)))
    assert by_number(together) == by_number(alone)


LONG = {"budget": {"trials": 4, "epochs": 400}}
UNDISTURBED: dict[str, list[Event]] = {}
"""The events of studies, by their specs, that several tests compare with."""


def undisturbed(worker: WorkerClient, study: Study) -> list[Event]:
    key = (study.folder / "spec.json").read_text()
    if key not in UNDISTURBED:
        UNDISTURBED[key] = worker.run(study)
    return UNDISTURBED[key]


@pytest.mark.parametrize("strategy", ["random", "hyperband"])
def test_a_killed_worker_s_trials_go_on_from_their_checkpoints(
    worker, another_worker, make_study, strategy
):
    whole = undisturbed(worker, make_study(spec(strategy, 2, **LONG)))
    study = make_study(spec(strategy, 2, **LONG))
    another_worker.until(of_kind("ready"))
    another_worker.start(study)
    another_worker.until(epoch_of(2, 2))
    another_worker.kill()
    events = worker.run(study)
    assert events[-1]["status"] == "finished"
    assert by_number(study.journal) == by_number(whole)
    assert epochs(study.journal) == epochs(whole)


def test_a_killed_lane_costs_its_trial_s_time_alone(worker, make_study):
    whole = undisturbed(worker, make_study(spec("random", 2, **LONG)))
    study = make_study(spec("random", 2, **LONG))
    worker.start(study)
    worker.until(epoch_of(2, 2))
    for pid in lane_pids(worker.process.pid)[:2]:
        os.kill(pid, signal.SIGKILL)
    events = worker.until(of_kind("study_ended"))
    assert events[-1]["status"] == "finished"
    assert by_number(study.journal) == by_number(whole)
    assert epochs(study.journal) == epochs(whole)


@pytest.mark.parametrize("trials", [2, 4])
def test_a_stop_keeps_all_running_trials_for_a_resume(worker, make_study, trials):
    """Also where they are the last of the study."""
    fields = {"budget": {**LONG["budget"], "trials": trials}}
    whole = undisturbed(worker, make_study(spec("random", 2, **fields)))
    study = make_study(spec("random", 2, **fields))
    worker.start(study)
    worker.until(epoch_of(2, 3))
    worker.send(command="stop", study=study.id)
    assert worker.until(of_kind("study_ended"))[-1]["status"] == "stopped"
    assert worker.run(study)[-1]["status"] == "finished"
    assert by_number(study.journal) == by_number(whole)
    assert epochs(study.journal) == epochs(whole)


def test_a_skip_ends_the_trial_that_it_names(worker, make_study):
    study = make_study(spec("random", 2, budget={"trials": 3, "epochs": 10_000, "seconds": 60}))
    worker.start(study)
    worker.until(epoch_of(2, 3))
    worker.send(command="skip", study=study.id, trial=2)
    ended = worker.until(of_kind("trial_ended"))[-1]
    assert (ended["trial"], ended["status"]) == (2, "skipped")
    worker.until(epoch_of(3, 1))
    worker.send(command="stop", study=study.id)
    assert worker.until(of_kind("study_ended"))[-1]["status"] == "stopped"


ENDLESS = {"budget": {"trials": 2, "epochs": 10_000}}


def test_an_edit_leaves_the_running_trials_alone(worker, make_study):
    study = make_study(spec("random", 2, **ENDLESS))
    worker.start(study)
    worker.until(epoch_of(2, 2))
    ask(study, what="budget", trials=4)
    worker.until(of_kind("edited"))
    for trial in (1, 2):
        worker.send(command="skip", study=study.id, trial=trial)
    worker.until(epoch_of(4, 1))
    worker.send(command="stop", study=study.id)
    worker.until(of_kind("study_ended"))
    begun = [event["trial"] for event in study.journal if event["kind"] == "trial_started"]
    assert begun == [1, 2, 3, 4]


def test_an_edit_counts_while_the_last_trial_runs(worker, make_study):
    study = make_study(spec("random", 2, **ENDLESS))
    worker.start(study)
    worker.until(epoch_of(2, 2))
    worker.send(command="skip", study=study.id, trial=1)
    worker.until(of_kind("trial_ended"))
    ask(study, what="budget", trials=3)
    worker.until(epoch_of(3, 1))
    worker.send(command="stop", study=study.id)
    assert worker.until(of_kind("study_ended"))[-1]["status"] == "stopped"


def test_a_kill_ends_the_chosen_trial_alone(worker, make_study):
    study = make_study(spec("random", 2, budget={"trials": 3, "epochs": 10_000, "seconds": 60}))
    worker.start(study)
    worker.until(epoch_of(2, 3))
    ask(study, what="kill", trial=2)
    ended = worker.until(of_kind("trial_ended"))[-1]
    assert (ended["trial"], ended["status"]) == (2, "failed")
    worker.until(epoch_of(3, 1))
    worker.send(command="stop", study=study.id)
    assert worker.until(of_kind("study_ended"))[-1]["status"] == "stopped"


def test_at_the_time_limit_the_running_trials_end_and_none_begins(worker, make_study):
    study = make_study(spec("random", 2, budget={"trials": 50, "epochs": 10_000, "seconds": 4}))
    events = worker.run(study)
    assert events[-1]["reason"] == "time"
    assert len(of(events, "trial_started")) == len(of(events, "trial_ended")) == min(2, cores())


def test_a_study_that_fails_leaves_no_lane_that_trains_for_it(worker, make_study):
    """Its trials would be taken for those of the next study."""
    failing = make_study(spec("random", 2, **ENDLESS))
    worker.start(failing)
    worker.until(epoch_of(2, 2))
    (failing.folder / "edits" / "1.json").mkdir(parents=True)
    ended = worker.until(of_kind("study_ended"))[-1]
    assert ended["status"] == "failed"
    assert "1.json cannot be used" in ended["message"]
    next_one = worker.run(make_study(spec("random", 2)))
    alone = worker.run(make_study(spec("random", 1)))
    assert by_number(next_one) == by_number(alone)
    assert epochs(next_one) == epochs(alone)


def test_a_pruned_study_s_killed_worker_changes_no_verdict(worker, another_worker, make_study):
    rule = {"rule": "median", "settings": {"startup_trials": 2, "warmup_epochs": 1}}
    fields = {"early_termination": rule, "budget": {"trials": 8, "epochs": 60}}
    whole = undisturbed(worker, make_study(spec("random", 2, **fields)))
    study = make_study(spec("random", 2, **fields))
    another_worker.until(of_kind("ready"))
    another_worker.start(study)
    another_worker.until(epoch_of(4, 2))
    another_worker.kill()
    assert worker.run(study)[-1]["status"] == "finished"
    assert by_number(study.journal) == by_number(whole)
