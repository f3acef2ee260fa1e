"""The manager with the worker that trains: kill, stop and resume change no result."""

from __future__ import annotations

import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.manager.conftest import eventually
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec import StudySpec, parse_spec


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    manager = Manager(tmp_path_factory.mktemp("home"), server=True, spare=True)
    yield manager
    manager.close()


def digits(trials: int = 5, epochs: int = 30) -> StudySpec:
    return parse_spec(
        {
            "seed": 3,
            "dataset": {"id": "digits"},
            "space": {
                "learning_rate": {"low": 1e-4, "high": 1e-2, "scale": "log"},
                "units": {"low": 16, "high": 64, "step": 16},
                "dropout": {"low": 0.0, "high": 0.4},
            },
            "budget": {"trials": trials, "epochs": epochs},
        }
    )


def outcome(manager: Manager, study_id: str) -> list[Any]:
    """All that must not depend on when and where a trial ran."""
    trials = [
        (trial.number, trial.status, trial.config, trial.score, trial.best_epoch, trial.epochs)
        for trial in manager.store.trials(study_id)
    ]
    epochs = [
        (row.trial, row.execution, row.epoch, row.metrics) for row in manager.store.epochs(study_id)
    ]
    return [trials, epochs]


def launch_and_wait_for_trial(manager: Manager, number: int) -> str:
    study_id = manager.launch(digits())
    eventually(lambda: manager.store.epochs(study_id, number), 60)
    return study_id


@pytest.fixture(scope="module")
def whole(manager: Manager) -> str:
    study_id = manager.launch(digits())
    row = manager.wait(study_id, 120)
    assert (row.status, row.trials, row.message != "") == ("finished", 5, True)
    return study_id


def test_a_finished_study_has_all_that_a_page_needs(manager: Manager, whole: str) -> None:
    row = manager.wait(whole)
    assert row.epochs == 150
    assert sum(row.rows.values()) == 1797
    assert row.best_score is not None
    assert row.best_score > 0.9
    assert row.device.startswith(("CPU", "GPU"))
    assert {"loss", "val_loss", "accuracy", "val_accuracy"} == set(
        manager.store.epochs(whole, 1)[0].metrics
    )


def test_the_best_model_is_tested_and_exported(manager: Manager, whole: str) -> None:
    test = manager.reveal_test(whole)
    assert test["accuracy"] > 0.9
    assert manager.wait(whole).test == test
    assert zipfile.is_zipfile(manager.export_model(whole))
    names = zipfile.ZipFile(manager.export_bundle(whole)).namelist()
    assert {"model.keras", "spec.json", "history.csv"} <= set(names)


def test_a_killed_worker_changes_no_result(manager: Manager, whole: str) -> None:
    study_id = launch_and_wait_for_trial(manager, 3)
    owner = json.loads(manager.home.study(study_id).owner.read_text())
    killed = time.monotonic()
    os.kill(owner["pid"], signal.SIGKILL)
    row = manager.wait(study_id, 30)
    assert time.monotonic() - killed < 2
    assert row.status == "interrupted"
    assert "died (killed by signal 9)" in row.message
    manager.resume(study_id)
    assert manager.wait(study_id, 120).status == "finished"
    assert outcome(manager, study_id) == outcome(manager, whole)


def test_a_stop_changes_no_result(manager: Manager, whole: str) -> None:
    study_id = launch_and_wait_for_trial(manager, 2)
    manager.stop(study_id)
    row = manager.wait(study_id, 30)
    assert row.status == "stopped"
    assert row.trials < 5
    manager.resume(study_id)
    assert manager.wait(study_id, 120).status == "finished"
    assert outcome(manager, study_id) == outcome(manager, whole)


def test_a_study_stops_while_its_worker_imports(tmp_path: Path) -> None:
    manager = Manager(tmp_path, spare=False)
    try:
        study_id = manager.launch(digits())
        manager.stop(study_id)
        asked = time.monotonic()
        assert manager.wait(study_id, 30).status == "stopped"
        assert time.monotonic() - asked < 2
    finally:
        manager.close()


def test_a_trial_is_explained_by_the_oracle_also_while_the_search_trains(
    manager: Manager, whole: str
) -> None:
    why = manager.explanations.ask(whole, 4)
    assert (why.trial, why.strategy, why.kind, why.reproduced) == (4, "random", "coverage", True)
    assert manager.explanations.kept(whole, 4) == why
    running = launch_and_wait_for_trial(manager, 2)
    manager.explanations.begin(running, 2)
    eventually(lambda: manager.explanations.kept(running, 2), 30)
    assert running in manager.running()
    with pytest.raises(ManagerError, match="expected a number from 1 to"):
        manager.explanations.ask(running, 99)
    manager.stop(running)
    manager.wait(running, 60)
