"""A worker that gives up between trials is replaced, and nobody sees it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.manager.conftest import eventually, spec_named
from tests.manager.test_manager import ALL_DONE, numbers
from tuning_core.child_process import WORKER_COMMAND
from tuning_core.manager import EpochProgress, HomeError, Manager
from tuning_core.manager.searches.progress import ClusterNode
from tuning_core.spec.study import parse_spec

SMALL = {
    "seed": 3,
    "dataset": {"id": "iris"},
    "space": {"learning_rate": {"low": 1e-4, "high": 1e-2, "scale": "log"}},
    "strategy": {"id": "bayesian", "settings": {"initial_points": 2}},
    "budget": {"trials": 4, "epochs": 3},
}


def pids(manager: Manager, study_id: str) -> list[int]:
    """The processes that ran the study, in order."""
    lines = manager.home.study(study_id).journal.read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return [event["pid"] for event in events if event["kind"] == "study_started"]


def states_seen(manager: Manager, study_id: str) -> set[str]:
    """Every status that the store shows from the study's start to its end."""
    seen: set[str] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            row = manager.store.study(study_id)
            assert row is not None
            seen.add(row.status)

    watcher = threading.Thread(target=watch)
    watcher.start()
    manager.wait(study_id, 400)
    ended.set()
    watcher.join()
    return seen


def outcome(manager: Manager, study_id: str) -> list[object]:
    """All that must not depend on how many processes ran the study."""
    trials = manager.store.trials(study_id)
    rows = manager.store.epochs(study_id)
    return [
        [(t.number, t.status, t.config, t.score, t.best_epoch, t.epochs) for t in trials],
        [(row.trial, row.execution, row.epoch, row.metrics) for row in rows],
    ]


def test_a_worker_per_trial_changes_nothing_but_the_workers(
    open_manager: Callable[..., Manager], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: dict[str, object] = {"worker_command": WORKER_COMMAND}
    manager = open_manager(**real)
    whole = manager.launch(parse_spec(SMALL))
    assert manager.wait(whole, 400).status == "finished"
    monkeypatch.setenv("TUNESCAPE_WORKER_MB", "1")
    recycling = open_manager(home=tmp_path / "other", **real)
    study_id = recycling.launch(parse_spec(SMALL))
    assert states_seen(recycling, study_id) <= {"queued", "running", "finished"}
    row = recycling.wait(study_id)
    assert (row.status, row.reason, row.trials) == ("finished", "trials", 4)
    assert len(set(pids(recycling, study_id))) == 4
    assert len(set(pids(manager, whole))) == 1
    assert outcome(recycling, study_id) == outcome(manager, whole)


@pytest.mark.parametrize("spare", [False, True])
def test_a_study_goes_on_with_another_worker(
    open_manager: Callable[..., Manager], spare: bool
) -> None:
    manager = open_manager(spare=spare)
    study_id = manager.launch(spec_named("full"))
    assert states_seen(manager, study_id) <= {"queued", "running", "finished"}
    assert numbers(manager, study_id) == ALL_DONE
    assert len(set(pids(manager, study_id))) == 3


def test_a_study_stops_while_its_worker_is_exchanged(manager: Manager) -> None:
    study_id = manager.launch(spec_named("full", trials=500))
    eventually(lambda: manager.wait(study_id, 0).trials >= 2)
    manager.stop(study_id)
    row = manager.wait(study_id, 5)
    assert (row.status, row.trials < 500) == ("stopped", True)


def test_a_server_stops_while_a_worker_is_exchanged(open_manager: Callable[..., Manager]) -> None:
    manager = open_manager()
    study_id = manager.launch(spec_named("full", trials=500))
    eventually(lambda: manager.wait(study_id, 0).trials >= 2)
    manager.close()
    row = open_manager().wait(study_id)
    assert (row.status, row.message) == (
        "interrupted",
        "The server stopped while this study ran. Resume continues it.",
    )


@pytest.mark.parametrize("wrong", ["much", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_none_is_refused(
    open_manager: Callable[..., Manager], monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("TUNESCAPE_WORKER_MB", wrong)
    with pytest.raises(HomeError, match="TUNESCAPE_WORKER_MB: expected a number of megabytes"):
        open_manager()


def test_what_nobody_records_is_known_while_a_study_runs(manager: Manager) -> None:
    study_id = manager.launch(spec_named("long"))
    eventually(lambda: manager.queue.progress(study_id))
    assert manager.queue.progress(study_id) == {
        2: EpochProgress(trial=2, execution=1, epoch=2, share=0.4)
    }
    assert manager.queue.nodes() == [ClusterNode("second", 2, "")]
    assert len(manager.store.epochs(study_id, 2)) == 1
    manager.stop(study_id)
    assert manager.wait(study_id, 30).status == "stopped"
    assert manager.queue.progress(study_id) == {}
    assert manager.queue.nodes() == []
