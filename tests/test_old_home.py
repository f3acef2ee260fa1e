"""A home of version 1.0.0 (commit d8abc6b) opens, and what is written now has the same names.

``tests/data/old_home.tar.gz`` is such a home as it lay on the disk once its server and its worker
had been killed in the third of six trials. Its other studies are a finished one with its best
model, a confirmation, answers and a revealed test split, and an import of that one's study file.
"""

from __future__ import annotations

import json
import sqlite3
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.manager.conftest import eventually
from tuning_core.cli.main import main
from tuning_core.manager import Manager
from tuning_core.manager.questions.best_model import read_predictions
from tuning_core.spec.study import parse_spec

FINISHED, IMPORTED, KILLED = "q6rwrd13", "quzbwztj", "efk5gdwt"
NAMES = {
    FINISHED: "Finished in the old home",
    IMPORTED: "Imported in the old home",
    KILLED: "Killed in the old home",
}


def unpack(folder: Path) -> Path:
    with tarfile.open(Path(__file__).parent / "data" / "old_home.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home as it was left; never opened."""
    return unpack(tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    manager = Manager(unpack(tmp_path_factory.mktemp("opened")), server=True, spare=True)
    yield manager
    manager.close()


@pytest.fixture(scope="module")
def uninterrupted(manager: Manager) -> str:
    """The killed study's spec, run whole by the present version."""
    study_id = manager.launch(parse_spec(manager.wait(KILLED).spec))
    assert manager.wait(study_id, 400).status == "finished"
    return study_id


@pytest.fixture(scope="module")
def resumed(manager: Manager) -> str:
    assert manager.wait(KILLED).status == "interrupted"
    manager.resume(KILLED)
    assert manager.wait(KILLED, 400).status == "finished"
    return KILLED


def outcome(manager: Manager, study_id: str) -> list[dict[str, Any]]:
    """Its trials with their epochs, without seconds and places in the journal."""
    return [
        {
            **{
                name: getattr(trial, name)
                for name in ("number", "status", "config", "score", "best_epoch", "epochs")
            },
            "curve": [row.metrics for row in manager.store.epochs(study_id, trial.number)],
        }
        for trial in manager.store.trials(study_id)
    ]


def journal_fields(journal: Path) -> dict[str, set[str]]:
    """Names of the fields of each kind of event."""
    fields: dict[str, set[str]] = {}
    for line in journal.read_text().splitlines():
        event = json.loads(line)
        fields.setdefault(event["kind"], set()).update(event)
    return fields


def array_names(path: Path) -> set[str]:
    """Names of the arrays of a file, and of the fields of its ``meta``."""
    with np.load(path) as arrays:
        return {*arrays.files, *(f"meta.{name}" for name in json.loads(bytes(arrays["meta"])))}


def columns(database: Path) -> set[str]:
    """Every column of a database as "table.column"."""
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            f"{table}.{row[1]}"
            for (table,) in tables.fetchall()
            for row in connection.execute(f"PRAGMA table_info({table})")
        }


def test_its_studies_are_listed_with_names_and_owners(manager: Manager) -> None:
    listed = {row.id: row for row in manager.store.studies()}
    assert {study_id: listed[study_id].name for study_id in NAMES} == NAMES
    assert listed[FINISHED].status == listed[IMPORTED].status == "finished"
    assert listed[IMPORTED].message.startswith("Imported from a file of ")
    assert [manager.store.readers.of(study) for study in NAMES] == ["someone", "", "someone"]


def test_the_finished_and_the_imported_study_are_read_whole(manager: Manager) -> None:
    row = manager.wait(FINISHED)
    assert (row.trials, row.epochs, row.best_trial, row.best_score) == (4, 48, 1, 1.0)
    assert row.rows == {"train": 90, "validation": 30, "test": 30}
    assert outcome(manager, FINISHED) == outcome(manager, IMPORTED)
    assert [len(trial["curve"]) for trial in outcome(manager, FINISHED)] == [12, 12, 12, 12]
    assert row.test == {"loss": 0.16768101169339691, "accuracy": 0.9666666666666667}
    assert manager.reveal_test(FINISHED) == row.test == manager.wait(IMPORTED).test
    planned = manager.planned(FINISHED)
    assert planned is not None
    assert planned.plan.trials == 4


def test_its_confirmation_and_its_answers_are_still_known(manager: Manager) -> None:
    confirmed = manager.confirmations.get(FINISHED)
    assert (confirmed.stage, confirmed.trained) == ("done", 6)
    assert [len(confirmed.scores[trial]) for trial in (1, 2)] == [3, 3]
    answers = read_predictions(manager.home.study(FINISHED).answers("validation"))
    assert answers is not None
    assert len(answers.truth) == 30
    assert answers.metrics["accuracy"].value == 1.0


def test_the_killed_study_ends_as_if_nobody_had_killed_it(
    manager: Manager, resumed: str, uninterrupted: str
) -> None:
    ended, whole = outcome(manager, resumed), outcome(manager, uninterrupted)
    assert len(ended) == len(whole) == 6
    # The first two were trained by the old version, maybe on another kind of processor.
    assert ended[2:] == whole[2:]
    for before, now in zip(ended[:2], whole[:2], strict=True):
        exact = ("number", "status", "config", "epochs")
        assert [before[name] for name in exact] == [now[name] for name in exact]
        assert before["score"] == pytest.approx(now["score"], abs=0.07)
        losses = [[epoch["val_loss"] for epoch in trial["curve"]] for trial in (before, now)]
        assert losses[0] == pytest.approx(losses[1], rel=0.05, abs=0.01)


@pytest.mark.parametrize("study_id", NAMES)
def test_each_study_goes_into_a_file_and_into_another_home(
    manager: Manager, resumed: str, study_id: str, tmp_path: Path
) -> None:
    file = tmp_path / "study.tunescape"
    manager.archive.export_study(manager.wait(study_id), file)
    assert set(zipfile.ZipFile(file).namelist()) >= {
        *("study.json", "spec.json", "events.jsonl", "best.npz"),
    }
    other = Manager(tmp_path / "other", spare=False)
    try:
        copy = other.archive.import_study(file)
        assert other.wait(copy).name == NAMES[study_id]
        assert other.wait(copy).status == "finished"
        assert outcome(other, copy) == outcome(manager, study_id)
    finally:
        other.close()


@pytest.mark.parametrize("study_id", [FINISHED, IMPORTED])
def test_the_best_model_is_exported(manager: Manager, study_id: str) -> None:
    assert zipfile.is_zipfile(manager.best_model.export_model(study_id))
    bundle = zipfile.ZipFile(manager.best_model.export_bundle(study_id)).namelist()
    assert {
        *("model.keras", "train.py", "requirements.txt", "spec.json", "config.json"),
        *("history.csv", "MODEL_CARD.md"),
    } <= set(bundle)


def test_events_are_written_with_the_same_names(
    manager: Manager, uninterrupted: str, old: Path
) -> None:
    manager.reveal_test(uninterrupted)
    written = journal_fields(manager.home.study(uninterrupted).journal)
    before = journal_fields(old / "studies" / FINISHED / "events.jsonl")
    assert before.keys() == written.keys()
    for kind, fields in before.items():
        assert fields <= written[kind], kind


def test_weights_and_answers_are_written_with_the_same_names(
    manager: Manager, uninterrupted: str, old: Path
) -> None:
    before = old / "studies" / FINISHED
    assert array_names(before / "best.npz") <= array_names(manager.home.study(uninterrupted).best)
    manager.predictions.begin(uninterrupted, "validation")
    eventually(lambda: manager.predictions.cached(uninterrupted, "validation"), 60)
    written = manager.predictions.cached(uninterrupted, "validation")
    assert written is not None
    assert array_names(before / "answers-validation.npz") <= array_names(written)


def test_a_study_lies_in_files_of_the_same_names(
    manager: Manager, uninterrupted: str, old: Path
) -> None:
    now = {path.name for path in manager.home.study(uninterrupted).folder.iterdir()}
    assert {"spec.json", "plan.json", "events.jsonl", "best.npz", "log.txt", "lock"} <= now
    assert {path.name for path in (old / "studies" / KILLED).iterdir()} - {"owner.json"} <= now


def test_the_database_keeps_its_columns(manager: Manager, old: Path, tmp_path: Path) -> None:
    for name in ("tunescape.db", "tunescape.db-wal"):
        (tmp_path / name).write_bytes((old / name).read_bytes())
    before = columns(tmp_path / "tunescape.db")
    assert {"studies.spec", "epochs.val_loss", "readers.reader"} <= before
    assert before <= columns(manager.home.database)


def test_the_command_line_shows_it_under_the_names_that_scripts_know(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUNESCAPE_HOME", str(unpack(tmp_path)))
    assert main(["show", FINISHED, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {"study_id", "status", "seconds", "trials", "best", "test"} <= shown.keys()
    assert set(shown["best"]) == {"number", "score", "config"}
    for trial in shown["trials"]:
        assert {
            *("number", "status", "score", "config", "epochs", "seconds", "parent"),
        } <= trial.keys()
    assert main(["list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {study["study_id"]: study["name"] for study in listed} == NAMES
    assert listed[0].keys() >= {"study_id", "name", "status", "trials"}
