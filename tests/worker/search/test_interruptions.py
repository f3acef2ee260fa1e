"""Stopping, killing and resuming: the result is the one of a search that nothing disturbed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.worker.conftest import document, epoch_of, epochs, of_kind, results
from tuning_core.catalog import STRATEGIES

SIX = {"learning_rate": {"choices": [0.001, 0.01, 0.1]}, "units": {"choices": [4, 8]}}
EXHAUSTING = {"space": SIX, "budget": {"trials": 50, "epochs": 3}}
LIVES: dict[str, tuple[dict[str, Any], str]] = {
    "manual": (
        {
            "space": {},
            "budget": {"epochs": 3},
            "settings": {"configurations": [{"units": n} for n in (4, 8, 6, 12)]},
        },
        "list complete",
    ),
    "one_at_a_time": (EXHAUSTING, "sweep complete"),
    "random": ({"budget": {"trials": 5, "epochs": 6}}, "trials"),
    "grid": (EXHAUSTING, "exhausted"),
    "coarse_to_fine": (EXHAUSTING, "exhausted"),
    "bayesian": (
        {"budget": {"trials": 6, "epochs": 6}, "settings": {"initial_points": 2}},
        "trials",
    ),
    "hyperband": ({"budget": {"trials": 99, "epochs": 9}}, "brackets complete"),
    "tpe": ({**EXHAUSTING, "settings": {"initial_points": 2}}, "exhausted"),
    "evolution": ({**EXHAUSTING, "settings": {"population": 2}}, "exhausted"),
    "quasi_random": (EXHAUSTING, "exhausted"),
}
"""A short study of every strategy and the reason of its end."""


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_stopped_study_resumes_as_if_it_had_not_stopped(worker, make_study, strategy):
    fields, reason = LIVES[strategy]
    spec = document(strategy, **fields)
    whole = worker.run(make_study(spec))
    study = make_study(spec)
    worker.start(study)
    worker.until(lambda e: e["kind"] == "trial_started" and e["trial"] == 3)
    worker.send(command="stop", study=study.id)
    stopped = worker.until(of_kind("study_ended"))[-1]
    assert (stopped["status"], stopped["reason"]) == ("stopped", "stopped")
    ended = worker.run(study)[-1]
    assert (ended["status"], ended["reason"]) == ("finished", reason)
    assert ended["seconds"] > stopped["seconds"]
    assert results(study.journal) == results(whole)
    assert epochs(study.journal) == epochs(whole)
    assert study.states == []


def test_a_stopped_trial_goes_on_from_its_checkpoint(worker, make_study):
    spec = document(budget={"trials": 1, "epochs": 250}, repeats=2)
    whole = worker.run(make_study(spec))
    study = make_study(spec)
    worker.start(study)
    worker.until(lambda e: e["kind"] == "epoch" and (e["execution"], e["epoch"]) == (2, 20))
    worker.send(command="stop", study=study.id)
    worker.until(of_kind("study_ended"))
    assert study.states == ["1-1.npz", "1-2.npz"]
    again = worker.run(study)
    first = next(event for event in again if event["kind"] == "epoch")
    assert (first["execution"], first["epoch"] > 20) == (2, True)
    assert results(study.journal) == results(whole)
    assert epochs(study.journal) == epochs(whole)


def test_a_killed_worker_loses_nothing(worker, another_worker, make_study):
    spec = document("bayesian", budget={"trials": 5, "epochs": 8}, settings={"initial_points": 2})
    whole = worker.run(make_study(spec))
    study = make_study(spec)
    another_worker.start(study)
    another_worker.until(epoch_of(3, 2))
    another_worker.kill()
    events = worker.run(study)
    assert events[0]["resumed"] is True
    assert results(study.journal) == results(whole)
    assert epochs(study.journal) == epochs(whole)


def test_a_killed_worker_s_checkpoint_is_used(worker, another_worker, make_study):
    spec = document(budget={"trials": 1, "epochs": 1_600})
    whole = worker.run(make_study(spec))
    study = make_study(spec)
    another_worker.start(study)
    another_worker.until(lambda e: e["kind"] == "epoch" and study.states == ["1-1.npz"])
    another_worker.kill()
    again = worker.run(study)
    assert next(event for event in again if event["kind"] == "epoch")["epoch"] > 1
    assert results(study.journal) == results(whole)
    assert epochs(study.journal) == epochs(whole)


def test_a_torn_last_line_is_cut_off(worker, make_study):
    spec = document()
    whole = worker.run(make_study(spec))
    study = make_study(spec)
    worker.run(study)
    path = study.folder / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:16]) + lines[16][:20])
    assert worker.run(study)[-1]["status"] == "finished"
    assert results(study.journal) == results(whole)
    assert [event["seq"] for event in study.journal] == list(range(1, len(study.journal) + 1))


def test_a_worker_ends_with_its_standard_input_and_the_study_can_go_on(
    worker, cold, another_worker, make_study
):
    study = make_study(document(budget={"trials": 3, "epochs": 10_000}))
    another_worker.start(study)
    another_worker.until(epoch_of(1, 2))
    assert another_worker.close() == 0
    assert study.states == ["1-1.npz"]
    assert study.journal[-1]["kind"] != "study_ended"
    worker.start(study)
    worker.until(lambda e: e["kind"] == "epoch" and e["epoch"] > 2)
    worker.send(command="stop", study=study.id)
    assert worker.until(of_kind("study_ended"))[-1]["status"] == "stopped"


def test_a_finished_study_that_is_resumed_ends_again_at_once(worker, make_study):
    study = make_study(document())
    worker.run(study)
    again = worker.run(study)
    assert [event["kind"] for event in again] == ["study_started", "study_ended"]


def cut_short(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of a study up to the second epoch of its second trial."""
    second = next(n for n, e in enumerate(events) if e["kind"] == "epoch" and e["trial"] == 2)
    return events[: second + 2]


def died(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a worker adds that goes on after a death and dies once it has begun the trial again."""
    started = next(event for event in events if event["kind"] == "study_started")
    trial = [event for event in events if event["kind"] == "trial_started"][-1]
    return [{**started, "resumed": True, "after": "killed by signal 9"}, trial]


def go_on(worker, study, events: list[dict[str, Any]]) -> None:
    """Resume a study from these events, after the death of another worker, to its end."""
    lines = [json.dumps({**event, "seq": seq}) + "\n" for seq, event in enumerate(events, 1)]
    (study.folder / "events.jsonl").write_text("".join(lines))
    worker.send(command="run", study=study.id, home=str(study.home), after="it had hung")
    assert worker.until(of_kind("study_ended", "refused"))[-1]["status"] == "finished"


def test_a_trial_over_which_workers_die_again_and_again_fails(worker, make_study):
    study = make_study(document())
    whole = worker.run(study)
    before = cut_short(whole)
    go_on(worker, study, [*before, *died(before), *died(before)])
    ended = {e["trial"]: e for e in study.journal if e["kind"] == "trial_ended"}
    assert [ended[n]["status"] for n in (1, 2, 3, 4)] == ["completed", "failed", *["completed"] * 2]
    assert "3 workers died over it, one after another (it had hung)" in ended[2]["message"]
    others = [result for result in results(study.journal) if result[0] != 2]
    assert others == [result for result in results(whole) if result[0] != 2]


def test_a_trial_that_got_further_before_its_worker_died_goes_on(worker, make_study):
    study = make_study(document())
    whole = worker.run(study)
    before = cut_short(whole)
    further = whole[len(before)]
    go_on(worker, study, [*before, *died(before), *died(before), further, *died(before)])
    assert results(study.journal) == results(whole)
    assert epochs(study.journal) == epochs(whole)


@pytest.mark.parametrize("lost", [1, 30])
def test_a_checkpoint_that_is_ahead_of_its_journal_loses_no_epoch(worker, make_study, lost):
    spec = document(budget={"trials": 1, "epochs": 200})
    whole = worker.run(make_study(spec))
    study = make_study(spec)
    worker.start(study)
    worker.until(epoch_of(1, 40))
    worker.send(command="stop", study=study.id)
    worker.until(of_kind("study_ended"))
    assert study.states == ["1-1.npz"]
    path = study.folder / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-lost])[:-1])
    assert worker.run(study)[-1]["status"] == "finished"
    assert epochs(study.journal) == epochs(whole)
    assert results(study.journal) == results(whole)
