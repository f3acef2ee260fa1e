"""Study files: what goes out comes back in, and nothing else does."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.manager.conftest import spec_named
from tests.manager.study_file import (
    SPEC,
    events,
    lines,
    packed,
    parts,
)
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.library import study_archive
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec
from tuning_core.study_export.archive.members import ArchiveError


def test_an_exported_study_comes_back_under_a_new_id(manager: Manager, tmp_path: Path) -> None:
    study_id = manager.launch(spec_named("plain"))
    row = manager.wait(study_id, 30)
    manager.editing.rename(study_id, "My <b>search</b>")
    files = manager.home.study(study_id)
    # The scripted worker makes up configurations and weights.
    told = [json.loads(line) for line in files.journal.read_bytes().splitlines()]
    config = spec_named("plain").search_space.complete({"units": 8})
    for event in told:
        if event["kind"] == "trial_started":
            event["config"] = config
        if event["kind"] == "epoch":
            event["metrics"]["val_loss"] = None
    files.journal.write_bytes(lines(told))
    files.best.unlink()
    manager.archive.export_study(manager.wait(study_id), tmp_path / "study")
    copy = manager.archive.import_study(tmp_path / "study")
    found = manager.wait(copy)
    assert copy != study_id
    assert (found.name, found.status, found.trials) == ("My <b>search</b>", "finished", 3)
    assert (found.best_score, found.epochs) == (row.best_score, row.epochs)
    assert found.message.startswith("Imported from a file of ")
    assert manager.store.history(copy)[-1].details["message"] == found.message
    assert manager.planned(copy) == manager.planned(study_id)
    assert [p.name for p in tmp_path.iterdir() if "study" in p.name] == ["study"]


def test_a_study_that_ran_when_it_was_exported_is_stopped(manager: Manager) -> None:
    study_id = manager.archive.import_study(packed(parts(events=lines(events(None)))))
    row = manager.wait(study_id)
    assert (row.status, row.trials) == ("stopped", 2)
    assert "It ran when it was exported" in row.message
    assert [str(t.status) for t in manager.store.trials(study_id)][-1] == "waiting"


def test_a_trial_that_went_on_elsewhere_comes_back(manager: Manager) -> None:
    told = events(None)
    told.append({**told[-1], "seq": len(told) + 1, "lane": 1, "node": "second"})
    study_id = manager.archive.import_study(packed(parts(events=lines(told))))
    last = manager.store.trials(study_id)[-1]
    assert (last.number, last.lane, last.node) == (3, 1, "second")


def test_a_study_that_never_started_is_stopped(manager: Manager) -> None:
    study_id = manager.archive.import_study(packed(parts(events=b"", best=None)))
    assert manager.wait(study_id).status == "stopped"


def test_a_table_of_this_machine_goes_out_by_its_hash_alone(
    manager: Manager, tmp_path: Path
) -> None:
    study_id = manager.archive.import_study(packed(parts()))
    files = manager.home.study(study_id)
    dataset = {"id": "csv:/home/me/secret.csv", "target": "y", "task": "regression"}
    files.spec.write_text(json.dumps({**SPEC, "dataset": {**dataset, "sha256": "a" * 64}}))
    manager.archive.export_study(manager.wait(study_id), tmp_path / "study")
    with zipfile.ZipFile(tmp_path / "study") as archive:
        spec = json.loads(archive.read("spec.json"))
    assert spec["dataset"]["id"] == "upload:" + "a" * 64
    assert "/home/me" not in json.dumps(spec)


def test_a_long_journal_lets_others_write_between_its_parts(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = manager.archive.import_study(packed(parts()))
    monkeypatch.setattr(study_archive, "_PART_BYTES", 500)
    writes: list[int] = []
    record = manager.store.apply

    def counted(study_id: str, told: Any) -> None:
        record(study_id, told)
        manager.store.rename(whole, f"after part {len(writes) + 1}")
        writes.append(manager.store.last_seq(study_id))

    monkeypatch.setattr(manager.store, "apply", counted)
    study_id = manager.archive.import_study(packed(parts()))
    assert len(writes) > 2
    assert writes == sorted({*writes})
    again, once = ([*map(asdict, manager.store.trials(id))] for id in (study_id, whole))
    assert again == [{**trial, "study_id": study_id} for trial in once]
    assert manager.store.epochs(study_id) == manager.store.epochs(whole)
    assert manager.store.last_seq(study_id) == manager.store.last_seq(whole)


NAMES = ("a\nb", "a\u200bb", "\u202eevil", "\u200d", "\u00a0", "x" * 201, "", "a\x00b", "\ud800")
FINE = (
    "Ключ 42",
    "👩\u200d💻 search",
    "\u0645\u06cc\u200c\u062e\u0648",
    "<b>&amp;",
    "x" * 200,
    " trimmed ",
)


def test_one_rule_for_names(manager: Manager, tmp_path: Path) -> None:
    study_id = manager.archive.import_study(packed(parts()))
    for name in FINE:
        manager.editing.rename(study_id, name)
        manager.archive.export_study(manager.wait(study_id), tmp_path / "study")
        copy = manager.wait(manager.archive.import_study(tmp_path / "study"))
        assert copy.name == parse_spec({**SPEC, "name": name}).name == name.strip()
    manifest = json.loads(parts()["study.json"])
    for name in NAMES:
        with pytest.raises(ManagerError, match=r"^name: expected"):
            manager.editing.rename(study_id, name)
        if name.strip():
            with pytest.raises(SpecError, match=r"^name: "):
                parse_spec({**SPEC, "name": name})
        named = json.dumps({**manifest, "name": name}).encode()
        with pytest.raises(ArchiveError, match=r"name|hex escape"):
            manager.archive.import_study(packed(parts(study=named)))
        if name.isascii() or name.isspace():
            # One that an earlier version took.
            manager.store.rename(study_id, name)
            manager.archive.export_study(manager.wait(study_id), tmp_path / "study")
            copy = manager.wait(manager.archive.import_study(tmp_path / "study"))
            assert copy.name.isprintable()


@pytest.mark.parametrize("target", [".", "..", "/", "", "folder", "gone/file", "x" * 300, "pipe"])
def test_a_target_that_cannot_be_written_is_said_in_a_sentence(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    row = manager.wait(manager.archive.import_study(packed(parts())))
    for write in (
        lambda: manager.archive.export_study(row, Path(target)),
        lambda: manager.study_exports.write("optuna", row.id, Path(target)),
    ):
        with pytest.raises(ManagerError, match=r"^--to: .*\.$"):
            write()
    if target != "folder":
        with pytest.raises(ManagerError, match=r"^--to: .*\.$"):
            manager.study_exports.write("tensorboard", row.id, Path(target))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "home", "pipe"]
