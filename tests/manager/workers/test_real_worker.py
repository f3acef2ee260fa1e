"""The manager with the worker that trains: kill, stop and resume change no result."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.manager.conftest import eventually
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.questions.best_model import ANSWERS, read_predictions
from tuning_core.manager.questions.confirmation import read_recorded
from tuning_core.spec.study import StudySpec, parse_spec


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
    row = manager.wait(study_id, 400)
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
    assert zipfile.is_zipfile(manager.best_model.export_model(whole))
    names = zipfile.ZipFile(manager.best_model.export_bundle(whole)).namelist()
    assert {"model.keras", "spec.json", "history.csv"} <= set(names)


def test_a_bundle_trains_anew_in_a_process_that_has_only_its_files(
    manager: Manager, whole: str, tmp_path: Path
) -> None:
    zipfile.ZipFile(manager.best_model.export_bundle(whole)).extractall(tmp_path)
    said = subprocess.run(
        [sys.executable, "-I", "train.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    ).stdout
    found = re.search(r"^Validation accuracy of the best epoch: (\S+)$", said, re.M)
    assert found is not None, said
    assert float(found[1]) == pytest.approx(manager.wait(whole).best_score, abs=0.03)


def test_a_killed_worker_changes_no_result(manager: Manager, whole: str) -> None:
    study_id = launch_and_wait_for_trial(manager, 3)
    owner = json.loads(manager.home.study(study_id).owner.read_text())
    os.kill(owner["pid"], signal.SIGKILL)
    assert manager.wait(study_id, 400).status == "finished"
    assert outcome(manager, study_id) == outcome(manager, whole)


def test_a_stop_changes_no_result(manager: Manager, whole: str) -> None:
    study_id = launch_and_wait_for_trial(manager, 2)
    manager.stop(study_id)
    row = manager.wait(study_id, 30)
    assert row.status == "stopped"
    assert row.trials < 5
    manager.resume(study_id)
    assert manager.wait(study_id, 400).status == "finished"
    assert outcome(manager, study_id) == outcome(manager, whole)


def test_a_study_stops_while_its_worker_imports(cold: None, tmp_path: Path) -> None:
    manager = Manager(tmp_path, spare=False)
    try:
        study_id = manager.launch(digits())
        manager.stop(study_id)
        asked = time.monotonic()
        assert manager.wait(study_id, 30).status == "stopped"
        assert time.monotonic() - asked < 2
    finally:
        manager.close()


def test_a_study_goes_into_a_file_and_comes_back_with_its_model(
    manager: Manager, whole: str, tmp_path: Path
) -> None:
    manager.archive.export_study(manager.wait(whole), tmp_path / "study.tunescape")
    copy = manager.archive.import_study(tmp_path / "study.tunescape")
    row = manager.wait(copy)
    assert (copy != whole, row.status, row.trials) == (True, "finished", 5)
    assert row.message.startswith("Imported from a file of ")
    assert outcome(manager, copy) == outcome(manager, whole)
    assert manager.reveal_test(copy) == manager.reveal_test(whole)


def test_a_study_exported_while_it_ran_goes_on_where_it_is_imported(
    manager: Manager, whole: str, tmp_path: Path
) -> None:
    study_id = launch_and_wait_for_trial(manager, 3)
    manager.archive.export_study(manager.wait(study_id, 0), tmp_path / "study.tunescape")
    manager.stop(study_id)
    manager.wait(study_id, 30)
    copy = manager.archive.import_study(tmp_path / "study.tunescape")
    assert manager.wait(copy).status == "stopped"
    manager.resume(copy)
    assert manager.wait(copy, 400).status == "finished"
    assert outcome(manager, copy) == outcome(manager, whole)


def test_weights_of_another_network_are_refused_by_the_worker(
    manager: Manager, whole: str, tmp_path: Path
) -> None:
    files = manager.home.study(whole)
    kept = files.best.read_bytes()
    with np.load(files.best) as arrays:
        changed = {name: array[:-1] if array.dtype.kind == "f" else array
                   for name, array in arrays.items()}  # fmt: skip
    try:
        np.savez(files.best, **changed)
        manager.archive.export_study(manager.wait(whole), tmp_path / "study.tunescape")
    finally:
        files.best.write_bytes(kept)
    copy = manager.archive.import_study(tmp_path / "study.tunescape")
    with pytest.raises(ManagerError, match="not those of a network of trial"):
        manager.best_model.export_model(copy)


@pytest.fixture
def unconfirmed(manager: Manager, whole: str, tmp_path: Path) -> str:
    """The same study, of which no test has confirmed anything before, whatever their order."""
    manager.archive.export_study(manager.wait(whole), tmp_path / "study.tunescape")
    return manager.archive.import_study(tmp_path / "study.tunescape")


def test_a_confirmation_gives_way_to_a_search_and_goes_on(
    manager: Manager, unconfirmed: str
) -> None:
    confirmations = manager.confirmations
    assert confirmations.get(unconfirmed).stage == "none"
    best = [t.number for t in manager.store.trials(unconfirmed) if t.score is not None][:2]
    confirmations.begin(unconfirmed, [*best, 0], 4)
    with pytest.raises(ManagerError, match="being confirmed already"):
        confirmations.begin(unconfirmed, best, 3)
    eventually(lambda: confirmations.get(unconfirmed).trained >= 1, 60)
    other = manager.launch(digits(trials=2))
    assert manager.wait(other, 400).status == "finished"
    eventually(lambda: not confirmations.get(unconfirmed).active, 60)
    found = confirmations.get(unconfirmed)
    assert (found.stage, found.trained, found.trainings) == ("done", 12, 12)
    assert [len(found.scores[trial]) for trial in (*best, 0)] == [4, 4, 4]
    recorded = read_recorded(manager.home.study(unconfirmed).confirmation.journal)
    assert recorded.of(found.trials, 4) == found.scores


def test_a_stopped_confirmation_is_continued(manager: Manager, whole: str) -> None:
    confirmations = manager.confirmations
    confirmations.begin(whole, [1, 2, 3, 4, 5], 10)
    confirmations.stop(whole, wait=True)
    found = confirmations.get(whole)
    assert found.stage == "stopped"
    assert found.trained < found.trainings == 50
    confirmations.begin(whole, [1, 2], 3)
    eventually(lambda: not confirmations.get(whole).active, 60)
    assert confirmations.get(whole).stage == "done"


@pytest.mark.parametrize(
    ("trials", "seeds", "said"),
    [
        ([1], 5, "trials: expected 2 to 5"),
        ([1, 1], 5, "received 1"),
        ([0, 1, 2, 3, 4, 5, 6], 5, "received 7"),
        ([1, 2], 2, "seeds: expected 3 to 10"),
        ([1, 2], 11, "seeds: expected 3 to 10"),
        ([1, 77], 3, "77 without a score"),
        ([1, -1], 3, "-1 without a score"),
    ],
)
def test_a_confirmation_that_says_nothing_is_refused(
    manager: Manager, whole: str, trials: list[int], seeds: int, said: str
) -> None:
    with pytest.raises(ManagerError, match=re.escape(said)):
        manager.confirmations.begin(whole, trials, seeds)


def test_the_best_models_answers_are_asked_once(manager: Manager, whole: str) -> None:
    answers = manager.predictions
    assert answers.cached(whole, "validation") is None
    answers.begin(whole, "validation")
    eventually(lambda: not answers.asking(whole, "validation"), 60)
    path = answers.cached(whole, "validation")
    assert path is not None
    found = read_predictions(path)
    assert found is not None
    best = manager.wait(whole)
    assert found.metrics["accuracy"].value == pytest.approx(best.best_score)
    assert len(found.truth) == best.rows["validation"]
    assert found.probabilities is not None
    assert found.probabilities.shape == (len(found.truth), len(found.classes))
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(found.probabilities.argmax(axis=1), found.predicted)
    written = path.stat().st_mtime_ns
    answers.begin(whole, "validation")
    assert not answers.asking(whole, "validation")
    assert path.stat().st_mtime_ns == written
    # Of a version that kept no probabilities, the model is asked again.
    note = path.with_name(f"{path.name}.of")
    note.write_text(note.read_text().removesuffix(f" {ANSWERS}"))
    assert answers.cached(whole, "validation") is None
    torn = path.with_name("torn.npz")
    torn.write_bytes(path.read_bytes()[:-40])
    assert read_predictions(torn) is None
    assert read_predictions(path.with_name("missing.npz")) is None


def test_why_there_are_no_answers_is_remembered(manager: Manager) -> None:
    study_id = manager.launch(digits(trials=1, epochs=1))
    assert manager.wait(study_id, 400).status == "finished"
    manager.predictions.begin(study_id, "test")
    eventually(lambda: not manager.predictions.asking(study_id, "test"), 60)
    assert "has not been revealed" in manager.predictions.refused(study_id, "test")
    manager.reveal_test(study_id)
    manager.predictions.begin(study_id, "test")
    eventually(lambda: manager.predictions.cached(study_id, "test"), 60)
    assert manager.predictions.refused(study_id, "test") == ""


def test_a_trial_is_explained_by_the_oracle_also_while_the_search_trains(
    manager: Manager, whole: str
) -> None:
    why = manager.explanations.ask(whole, 4)
    assert (why.trial, why.strategy, why.kind, why.reproduced) == (4, "random", "coverage", True)
    assert manager.explanations.cached(whole, 4) == why
    running = launch_and_wait_for_trial(manager, 2)
    manager.explanations.begin(running, 2)
    eventually(lambda: manager.explanations.cached(running, 2), 30)
    assert running in manager.running()
    with pytest.raises(ManagerError, match="expected a number from 1 to"):
        manager.explanations.ask(running, 99)
    manager.stop(running)
    manager.wait(running, 400)
