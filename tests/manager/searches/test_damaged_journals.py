"""Journals that a disk has damaged: the database and what is behind the damage complete them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pages.components.study.history_list import history_words
from tests.manager.conftest import eventually, spec_named
from tests.manager.test_manager import ALL_DONE, in_second_trial, numbers
from tuning_core.journal.reading import read_events
from tuning_core.manager import Manager
from tuning_core.manager.searches.journal_catch_up import align

Open = Callable[..., Manager]


def finished(manager: Manager) -> str:
    study_id = manager.launch(spec_named("plain"))
    assert manager.wait(study_id, 100).status == "finished"
    # What the scripted worker writes there is none, which an import would refuse.
    manager.home.study(study_id).best.unlink()
    return study_id


def journal_of(manager: Manager, study_id: str) -> Path:
    return manager.home.study(study_id).journal


def damage(path: Path, line: int) -> None:
    """Overwrite the middle of a line, counted from 0, as a failing disk does."""
    lines = path.read_bytes().splitlines(keepends=True)
    middle = len(lines[line]) // 2
    lines[line] = lines[line][: middle - 4] + b"\xff\0\xff\0" + lines[line][middle:]
    path.write_bytes(b"".join(lines))


def known(manager: Manager, study_id: str) -> list[object]:
    """All that a reader sees of the trials of a study."""
    trials = [
        (t.number, t.status, t.score, t.config, t.epochs, t.best_epoch, t.seconds, t.parameters)
        for t in manager.store.trials(study_id)
    ]
    epochs = [
        (e.trial, e.execution, e.epoch, e.metrics, e.seconds)
        for e in manager.store.epochs(study_id)
    ]
    executions = manager.store.executions(study_id, [1, 2, 3])
    return [trials, epochs, executions, manager.wait(study_id, 0).best_score]


@pytest.mark.parametrize("line", [0, 1, 2, 4, 9, -2, -1])
def test_a_damaged_study_is_exported_whole(manager: Manager, tmp_path: Path, line: int) -> None:
    study_id = finished(manager)
    before, path = known(manager, study_id), journal_of(manager, study_id)
    damage(path, line)
    content = path.read_bytes()
    manager.archive.export_study(manager.wait(study_id, 0), tmp_path / "study.zip")
    again = manager.archive.import_study(tmp_path / "study.zip")
    assert known(manager, again) == before
    assert known(manager, study_id) == before
    for each in (study_id, again):
        row = manager.wait(each, 0)
        assert (row.status, row.trials, row.epochs) == ("finished", 3, 6)
    if line != -1:  # As a kill leaves it.
        (aside,) = path.parent.glob("events.jsonl.damaged-*")
        assert aside.read_bytes() == content
        said = " ".join(history_words(manager.store.history(study_id)))
        assert "The journal was damaged at line" in said
        assert aside.name in said


def test_a_resumed_study_trains_nothing_that_the_database_has(manager: Manager) -> None:
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, study_id))
    manager.stop(study_id)
    manager.wait(study_id, 100)
    path = journal_of(manager, study_id)
    ended = [e for e in read_events(path) if e["kind"] == "trial_ended"]
    damage(path, 0)
    manager.resume(study_id)
    assert manager.wait(study_id, 100).status == "finished"
    assert numbers(manager, study_id) == ALL_DONE
    events = read_events(path)
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    first = [e for e in events if e["kind"] in ("trial_started", "trial_ended") and e["trial"] == 1]
    assert [e["kind"] for e in first] == ["trial_started", "trial_ended"]
    kept = ("trial", "status", "score", "best_epoch", "epochs", "seconds", "executions")
    assert {k: first[1][k] for k in kept} == {k: ended[0][k] for k in kept}
    said = " ".join(history_words(manager.store.history(study_id)))
    assert "1 ended trial and 4 epochs came back" in said


def test_what_the_database_knows_of_a_torn_end_is_not_trained_again(manager: Manager) -> None:
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, study_id))
    manager.stop(study_id)
    manager.wait(study_id, 100)
    path = journal_of(manager, study_id)
    lines = path.read_bytes().splitlines(keepends=True)
    assert json.loads(lines[-2])["kind"] == "epoch"
    path.write_bytes(b"".join(lines[:-2]) + lines[-2][:-1])
    manager.resume(study_id)
    assert manager.wait(study_id, 100).status == "finished"
    epochs = [(e["trial"], e["epoch"]) for e in read_events(path) if e["kind"] == "epoch"]
    assert set(epochs) == {(trial, epoch) for trial in (1, 2, 3) for epoch in (1, 2)}
    assert "The end of the journal was missing" in " ".join(
        history_words(manager.store.history(study_id))
    )
    assert not list(path.parent.glob("events.jsonl.damaged-*"))


@pytest.mark.parametrize(
    ("line", "trials", "words"),
    [
        (0, ALL_DONE, "3 ended trials and 6 epochs came back"),
        (2, ALL_DONE, "3 ended trials and 5 epochs came back"),
        (5, ALL_DONE[:1], "Trials 2 to 3 did not, and are trained again"),
    ],
)
def test_without_a_database_what_is_behind_the_damage_is_used(
    open_manager: Open, home: Path, line: int, trials: list[object], words: str
) -> None:
    manager = open_manager()
    study_id = finished(manager)
    manager.close()
    damage(manager.home.study(study_id).journal, line)
    for part in ("", "-wal", "-shm"):
        (home / f"tunescape.db{part}").unlink(missing_ok=True)
    manager = open_manager(server=True)
    assert numbers(manager, study_id) == trials
    assert words in " ".join(history_words(manager.store.history(study_id)))


def test_an_edited_study_is_restored_with_its_edits(manager: Manager, tmp_path: Path) -> None:
    study_id = finished(manager)
    manager.editing.extend(study_id, trials=4)
    manager.wait(study_id, 100)
    manager.editing.add_trial(study_id, {"units": 32})
    manager.wait(study_id, 100)
    manager.home.study(study_id).best.unlink(missing_ok=True)
    damage(journal_of(manager, study_id), 0)
    manager.archive.export_study(manager.wait(study_id, 0), tmp_path / "study.zip")
    for each in (study_id, manager.archive.import_study(tmp_path / "study.zip")):
        row = manager.wait(each, 0)
        assert (row.spec["budget"]["trials"], row.trials) == (4, 3)
        edits = [e for e in read_events(journal_of(manager, each)) if e["kind"] == "edited"]
        assert [e["what"] for e in edits] == ["budget", "trial"]
        assert edits[1]["config"]["units"] == 32
        said = " ".join(history_words(manager.store.history(each)))
        assert "4 trials in all" in said
        assert "trial of the reader's own" in said


def test_a_study_that_runs_is_not_touched(manager: Manager) -> None:
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, study_id))
    path = journal_of(manager, study_id)
    damage(path, 0)
    content = path.read_bytes()
    align(manager.store, study_id, manager.home.study(study_id))
    assert path.read_bytes() == content
    manager.stop(study_id)
    assert manager.wait(study_id, 100).status == "stopped"
