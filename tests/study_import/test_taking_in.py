"""What another tool recorded becomes a study of the home, by a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.study_import.test_optuna_storages import V2_0, older
from tuning_core.catalog import StudyStatus
from tuning_core.files import drafts_in
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.access import Person
from tuning_core.manager.library import run_imports
from tuning_core.manager.library.run_imports import RunsRefusedError
from tuning_core.space import SpecError
from tuning_core.study_import import ReadOptions

NOBODY = ReadOptions()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "home", spare=False)
    yield manager
    manager.close()


def test_a_storage_becomes_a_finished_study_of_whoever_brought_it(
    manager: Manager, tmp_path: Path
) -> None:
    path = older(tmp_path / "old.db", V2_0)
    with manager.run_imports.kept(BytesIO(path.read_bytes()), "../my runs.db") as kept:
        assert kept.name == "my runs.db"
        found = manager.run_imports.look(kept, NOBODY)
        assert (found.label, found.trials, found.objective) == ("Optuna storage", 1, "value")
        study_id, _ = manager.run_imports.take_in(kept, NOBODY, by=Person("ab" * 12))
    assert not list(drafts_in(manager.home.path))
    row = manager.study(study_id)
    assert (row.status, row.name, row.best_score) == (StudyStatus.FINISHED, "old", 0.5)
    assert row.spec["source"]["tool"] == "optuna"
    assert row.message.startswith("Imported from Optuna on ")
    assert manager.access.may_change(study_id, Person("ab" * 12))
    trials = manager.store.trials(study_id)

    whole = tmp_path / "whole.tunescape"
    manager.archive.export_study(row, whole)
    again = manager.archive.import_study(whole)
    assert [trial.score for trial in manager.store.trials(again)] == [trials[0].score]

    manager.close()
    manager.home.database.unlink()
    rebuilt = Manager(manager.home.path, spare=False)
    assert [(t.score, t.config, t.seconds) for t in rebuilt.store.trials(study_id)] == [
        (t.score, t.config, t.seconds) for t in trials
    ]
    assert rebuilt.study(study_id).best_score == 0.5
    rebuilt.close()


def test_limits_of_training_are_not_for_what_was_trained_elsewhere(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNESCAPE_LIMITS", "trials=1 epochs=1")
    path = tmp_path / "runs.csv"
    path.write_text("lr,val_loss\n0.1,2\n0.2,1\n")
    study_id, _ = manager.run_imports.take_in(path, ReadOptions(objective="val_loss"))
    assert manager.study(study_id).trials == 2


def test_what_a_killed_reader_has_unpacked_is_cleared_away(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere := tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    dies = "import os, tempfile; tempfile.mkdtemp(); os.kill(os.getpid(), 9)"
    monkeypatch.setattr(run_imports, "_COMMAND", (sys.executable, "-c", dies))
    (path := tmp_path / "runs.csv").write_text("lr,val_loss\n0.1,2\n")
    with pytest.raises(RunsRefusedError, match="more memory or time"):
        manager.run_imports.look(path, NOBODY)
    assert not list(elsewhere.iterdir())
    assert not list(drafts_in(manager.home.path))


def test_names_without_end_do_not_reach_the_process_that_serves(
    manager: Manager, tmp_path: Path
) -> None:
    name = "INSERT INTO studies VALUES (2, printf('%.*c', 3000000, 'x'), 'MINIMIZE')"
    path = older(tmp_path / "two.db", V2_0, name)
    with pytest.raises(RunsRefusedError, match="choose one with --study: 'old'") as refused:
        manager.run_imports.look(path, NOBODY)
    assert refused.value.choices == ["old"]
    assert len(str(refused.value)) <= 1_000


def test_what_is_refused_leaves_nothing_behind(manager: Manager, tmp_path: Path) -> None:
    path = older(tmp_path / "two.db", V2_0, "INSERT INTO studies VALUES (2, 'other', 'MINIMIZE')")
    with pytest.raises(RunsRefusedError, match="choose one with --study") as refused:
        manager.run_imports.take_in(path, NOBODY)
    assert (refused.value.needs, refused.value.choices) == ("study", ["old", "other"])
    path.write_text(json.dumps({}))
    with pytest.raises(ManagerError, match="is nothing that is known here"):
        manager.run_imports.take_in(path, NOBODY)
    assert not manager.store.studies()
    assert not list(manager.home.studies.iterdir())
    assert not list(drafts_in(manager.home.path))


def test_nobody_can_go_on_with_such_a_study(manager: Manager, tmp_path: Path) -> None:
    study_id, _ = manager.run_imports.take_in(older(tmp_path / "old.db", V2_0), NOBODY)
    spec = manager.editing.spec(study_id)
    ways: list[Callable[[], object]] = [
        lambda: manager.resume(study_id),
        lambda: manager.launch(spec),
        lambda: manager.editing.add_trial(study_id, {"x": 0.5}),
        lambda: manager.editing.extend(study_id, trials=9),
        lambda: manager.editing.change_ranges(study_id, {"x": 0.5}),
        lambda: manager.editing.retry_lost(study_id),
        lambda: manager.races.start(spec, ["random", "tpe"], 2),
        lambda: manager.confirmations.begin(study_id, [1], 2),
        lambda: manager.reveal_test(study_id),
        lambda: manager.best_model.export_bundle(study_id),
        lambda: manager.best_model.export_model(study_id),
        lambda: manager.best_model.predict(study_id, "validation"),
        lambda: manager.new_rows.of_study(study_id).prepare(),
    ]
    for way in ways:
        with pytest.raises((ManagerError, SpecError), match=r"recorded|not raced"):
            way()
    assert manager.study(study_id).status is StudyStatus.FINISHED
    assert len(manager.store.studies()) == 1
