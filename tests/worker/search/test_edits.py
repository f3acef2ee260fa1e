"""Edits of a study under way: recorded, in effect at the next trial, the same when replayed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.worker.conftest import Event, Study, ask, document, epochs, of_kind, results
from tuning_core.home.study_files import StudyFiles
from tuning_core.worker.search.edits import spec_in_effect

LONG: dict[str, Any] = {"budget": {"trials": 4, "epochs": 300}}


def edits(study: Study) -> list[Event]:
    return [event for event in study.journal if event["kind"] == "edited"]


def started(study: Study) -> dict[int, Event]:
    return {e["trial"]: e for e in study.journal if e["kind"] == "trial_started"}


def in_trial(number: int):
    return lambda e: e["kind"] == "epoch" and e["trial"] == number


def test_edits_of_a_running_study_hold_from_its_next_trial_and_survive_a_stop(worker, make_study):
    study = make_study(document(**LONG))
    worker.start(study)
    worker.until(in_trial(2))
    ask(study, what="space", space={"units": {"low": 20, "high": 24}})
    ask(study, what="trial", values={"units": 99, "learning_rate": 0.5})
    ask(study, what="budget", trials=5)
    worker.until(lambda e: e["kind"] == "edited" and e["what"] == "budget")
    worker.until(in_trial(4))
    assert not (study.folder / "edits").exists()
    worker.send(command="pause", study=study.id)
    ended = worker.until(of_kind("study_ended"))[-1]
    assert (ended["status"], ended["reason"]) == ("paused", "paused")
    assert study.states == ["4-1.npz"]
    assert worker.run(study)[-1]["status"] == "finished"
    space, trial, budget = edits(study)
    assert (space["inside"], space["of"]) == (0, 2)
    assert (trial["outside"], trial["config"]["units"]) == (True, 99)
    assert budget["spec"]["budget"]["trials"] == 5
    begun = started(study)
    assert sorted(begun) == [1, 2, 3, 4, 5, 6]
    assert begun[3]["config"] == trial["config"]
    assert [begun[n]["added"] for n in sorted(begun)] == [False, False, True, *[False] * 3]
    assert all(20 <= begun[n]["config"]["units"] <= 24 for n in (4, 5, 6))
    assert spec_in_effect(StudyFiles(study.folder)).trials == 5

    # The same edits between the same trials give the same search when nothing disturbs it.
    calm = make_study(document(**LONG))
    calm_journal = [e for e in study.journal if e["kind"] != "edited" and e["seq"] < space["seq"]]
    second = next(
        e["seq"] for e in calm_journal if e["kind"] == "trial_started" and e["trial"] == 2
    )
    kept = [e for e in calm_journal if e["seq"] <= second]
    (calm.folder / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in kept))
    for event in (space, trial, budget):
        fields = ("what", "space", "trials", "values")
        ask(calm, **{name: event[name] for name in fields if name in event})
    assert worker.run(calm)[-1]["status"] == "finished"
    assert results(calm.journal) == results(study.journal)
    assert epochs(calm.journal) == epochs(study.journal)


def test_a_finished_study_runs_one_trial_that_was_added_and_no_more(worker, make_study):
    study = make_study(document(budget={"trials": 2, "epochs": 2, "seconds": 600}))
    worker.run(study)
    ask(study, what="trial", values={"units": 8}, retries=1)
    ended = worker.run(study)[-1]
    assert (ended["status"], ended["reason"]) == ("finished", "trials")
    assert sorted(started(study)) == [1, 2, 3]
    worker.run(study)
    assert sorted(started(study)) == [1, 2, 3]


def test_the_time_limit_is_not_that_of_an_added_trial(worker, make_study):
    study = make_study(document(budget={"trials": 900, "epochs": 2_000, "seconds": 1}))
    assert worker.run(study)[-1]["reason"] == "time"
    before = len(started(study))
    ask(study, what="trial", values={"units": 8})
    worker.run(study)
    last = study.journal[-2]
    assert (last["trial"], last["status"], last["epochs"]) == (before + 1, "completed", 2_000)


def test_a_killed_trial_has_failed_and_the_search_goes_on(worker, another_worker, make_study):
    study = make_study(document(budget={"trials": 3, "epochs": 400}))
    another_worker.start(study)
    another_worker.until(in_trial(2))
    ask(study, what="kill", trial=2)
    another_worker.kill()
    assert worker.run(study)[-1]["status"] == "finished"
    ended = {e["trial"]: e for e in study.journal if e["kind"] == "trial_ended"}
    assert [ended[n]["status"] for n in (1, 2, 3)] == ["completed", "failed", "completed"]
    assert ended[2]["message"] == "killed by the reader"
    assert ended[2]["epochs"] >= 1


def test_the_kill_of_a_trial_that_has_ended_does_nothing(worker, make_study):
    study = make_study(document())
    worker.run(study)
    before = results(study.journal)
    ask(study, what="kill", trial=2)
    worker.run(study)
    assert results(study.journal) == before


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"what": "space", "space": {"units": {"low": 9, "high": 1}}}, "space.units"),
        ({"what": "space", "space": {"unitz": 3}}, "unitz"),
        ({"what": "budget", "trials": 1}, "at least 4"),
        ({"what": "budget", "trials": "many"}, "an integer"),
        ({"what": "trial", "values": {"learning_rate": "fast"}}, "trial.learning_rate"),
        ({"what": "trial", "values": {"units": -3}}, "trial.units"),
        ({"what": "trial"}, "is missing"),
        ({"what": "explode"}, "one of space"),
        ({"what": "kill", "trial": 2, "path": "/etc"}, "unknown field"),
    ],
)
def test_an_edit_that_cannot_be_is_recorded_with_the_reason(tmp_path, edit, words):
    study = Study(tmp_path, "10000000", document())
    ask(study, **edit)
    assert words in taken(study)[-1]["refused"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"what": {}}'])
def test_a_file_that_is_no_edit_is_recorded_and_removed(tmp_path, content):
    study = Study(tmp_path, "10000000", document())
    (study.folder / "edits").mkdir()
    (study.folder / "edits" / "a.json").write_bytes(content)
    assert "refused" in taken(study)[-1]
    assert not (study.folder / "edits").exists()


def test_an_edit_whose_file_outlived_its_record_counts_once(tmp_path):
    study = Study(tmp_path, "10000000", document())
    name = ask(study, what="trial", values={"units": 8})
    copy = (study.folder / "edits" / f"{name}.json").read_bytes()
    taken(study)
    (study.folder / "edits").mkdir()
    (study.folder / "edits" / f"{name}.json").write_bytes(copy)
    assert len(taken(study)) == 1


def taken(study: Study) -> list[Event]:
    """The edits of a journal once those that wait have been taken."""
    import os

    from tuning_core.journal.writing import Journal
    from tuning_core.spec.study import parse_spec
    from tuning_core.worker.pipes import EventPipe
    from tuning_core.worker.search.edits import Edits

    journal = Journal(
        study.folder / "events.jsonl", study.id, EventPipe(os.open(os.devnull, os.O_WRONLY)).send
    )
    files = StudyFiles(study.folder)
    Edits(files, journal, parse_spec(files.spec.read_bytes())).take()
    journal.close()
    return edits(study)


def test_the_server_s_seconds_hold_after_any_edit(another_worker_under, make_study):
    worker = another_worker_under("study_seconds=2")
    study = make_study(document(budget={"trials": 900, "epochs": 2_000}))
    worker.start(study)
    worker.until(in_trial(1))
    ask(study, what="budget", trials=901)
    ask(study, what="trial", values={"units": 8, "epochs": 10_000})
    ended = worker.until(of_kind("study_ended", "refused"))[-1]
    assert (ended["status"], ended["reason"]) == ("finished", "time")
    # Nor is there more time for what a reader adds.
    before = len(started(study))
    ask(study, what="trial", values={"units": 8})
    assert worker.run(study)[-1]["reason"] == "time"
    assert len(started(study)) == before


def test_a_study_begins_with_the_configurations_of_its_spec_also_after_a_kill(worker, make_study):
    first = [{"values": {"units": 5}}, {"values": {"units": 6, "learning_rate": 0.05}}]
    study = make_study(document("bayesian", budget={"trials": 2, "epochs": 2}, first=first))
    worker.run(study)
    whole = results(study.journal)
    begun = started(study)
    assert [(begun[n]["config"]["units"], begun[n]["added"]) for n in (1, 2)] == [
        (5, True),
        (6, True),
    ]
    assert sorted(begun) == [1, 2, 3, 4]
    again = make_study(document("bayesian", budget={"trials": 2, "epochs": 2}, first=first))
    second = next(
        e["seq"] for e in study.journal if e["kind"] == "trial_started" and e["trial"] == 2
    )
    kept = [e for e in study.journal if e["seq"] <= second]
    (again.folder / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in kept))
    worker.run(again)
    assert results(again.journal) == whole
