"""A process that has taken too much memory gives up between trials, and the next goes on."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.conftest import Study, document, epochs, of_kind, results
from tuning_core.home.study_files import StudyFiles
from tuning_core.worker.device import Device
from tuning_core.worker.pipes import EventPipe, Inbox
from tuning_core.worker.search.ending import WorkerFullError
from tuning_core.worker.search.run import StudyRun

STRATEGIES = {
    "bayesian": {"budget": {"trials": 4, "epochs": 2}, "settings": {"initial_points": 2}},
    "hyperband": {"budget": {"epochs": 4}},
}
DEVICE = Device(os.getpid(), "CPU", {})


@pytest.fixture
def pipe() -> Iterator[EventPipe]:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    yield EventPipe(nowhere)
    os.close(nowhere)


def run_once(study: Study, pipe: EventPipe, limit_mb: float, fresh: bool = True) -> bool:
    """Run a study; whether it needs another process to go on."""
    inbox = Inbox(io.BytesIO())
    run = StudyRun(
        study.id,
        StudyFiles(study.folder),
        study.home,
        inbox,
        pipe,
        DEVICE,
        limit_mb=limit_mb,
        fresh=fresh,
    )
    try:
        run.run(None)
    except WorkerFullError:
        return True
    return False


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_process_per_trial_finds_what_one_process_finds(make_study, pipe, strategy):
    spec = document(strategy, **STRATEGIES[strategy])
    whole, study = make_study(spec), make_study(spec)
    assert not run_once(whole, pipe, math.inf)
    runs = 1
    while run_once(study, pipe, limit_mb=1.0):
        runs += 1
        assert not (study.folder / "owner.json").exists()
    trials = len(results(whole.journal))
    assert runs == trials
    assert results(study.journal) == results(whole.journal)
    assert epochs(study.journal) == epochs(whole.journal)
    assert study.states == []
    kinds = [event["kind"] for event in study.journal]
    assert kinds.count("trial_started") == kinds.count("trial_ended") == trials
    assert kinds.count("note") == kinds.count("study_ended") == 1


def test_the_seconds_of_all_processes_add_up(make_study, pipe):
    study = make_study(document(budget={"trials": 3, "epochs": 2}))
    while run_once(study, pipe, limit_mb=1.0, fresh=False):
        pass
    events = study.journal
    trained = sum(event["seconds"] for event in events if event["kind"] == "trial_ended")
    assert trained <= events[-1]["seconds"] <= events[-1]["time"] - events[0]["time"] + 0.1
    assert not [event for event in events if event["kind"] == "note"]


def test_a_full_worker_frees_the_study_says_so_and_ends(another_worker, worker, make_study):
    study = make_study(document(budget={"trials": 2, "epochs": 2}))
    another_worker.send(command="run", study=study.id, home=str(study.home), memory_mb=1)
    another_worker.until(of_kind("recycle"))
    again = worker.run(study)
    assert [event["trial"] for event in again if event["kind"] == "trial_ended"] == [2]
    assert again[-1]["status"] == "finished"
    assert another_worker.process.wait(20) == 0
    assert {event["kind"] for event in study.journal}.isdisjoint({"recycle", "progress"})


def test_a_checkpoint_is_on_the_disk_after_the_epochs_that_it_holds(make_study, pipe, monkeypatch):
    """By the order in which the system is asked to write."""
    study = make_study(document(budget={"trials": 2, "epochs": 3}, repeats=2))
    journal, written, checked = study.folder / "events.jsonl", [0], 0
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        nonlocal checked
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if path == journal:
            written.append(journal.stat().st_size)
        elif "states" in path.parts:
            checked += 1
            assert written[-1] == journal.stat().st_size
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    assert not run_once(study, pipe, math.inf)
    assert checked >= 2
