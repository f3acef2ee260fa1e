"""A database that is damaged or gone, and studies that a dead server left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.manager.conftest import eventually, spec_named
from tests.manager.test_manager import ALL_DONE, in_second_trial, numbers
from tuning_core.manager import HomeError, Manager

Open = Callable[..., Manager]


@pytest.fixture
def two_studies(open_manager: Open) -> list[str]:
    """A finished and a stopped study; nobody runs them any more."""
    manager = open_manager()
    done = manager.launch(spec_named("plain"))
    manager.wait(done, 30)
    manager.editing.rename(done, "another name")
    cut = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, cut))
    manager.stop(cut)
    manager.wait(cut, 30)
    manager.close()
    return [done, cut]


def damage(home: Path) -> None:
    """Overwrite the middle of the file, as a failing disk does."""
    path = home / "tunescape.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("how", ["middle", "head", "gone"])
def test_a_damaged_database_is_made_anew_from_the_journals(
    open_manager: Open, two_studies: list[str], home: Path, how: str
) -> None:
    before = open_manager()
    rows = {row.id: row for row in before.store.studies()}
    epochs = {study: before.store.epochs(study) for study in two_studies}
    before.close()
    for part in ("-wal", "-shm"):
        (home / f"tunescape.db{part}").unlink(missing_ok=True)
    if how == "middle":
        damage(home)
    elif how == "head":
        (home / "tunescape.db").write_bytes(b"no database at all" * 500)
    else:
        (home / "tunescape.db").unlink()
    manager = open_manager(server=True)
    assert "with 2 studies from the journals" in str(manager.database_rebuild)
    assert len(list(home.glob("tunescape.db.damaged-*"))) == (how != "gone")
    again = {row.id: row for row in manager.store.studies()}
    assert {i: (r.name, r.status, r.best_score, r.epochs) for i, r in again.items()} == {
        i: (r.name, r.status, r.best_score, r.epochs) for i, r in rows.items()
    }
    assert {study: manager.store.epochs(study) for study in two_studies} == epochs
    manager.resume(two_studies[1])
    assert manager.wait(two_studies[1], 30).status == "finished"
    assert numbers(manager, two_studies[1]) == ALL_DONE
    manager.close()
    assert open_manager(server=True).database_rebuild is None


def test_a_study_whose_spec_is_damaged_does_not_keep_the_others_away(
    open_manager: Open, two_studies: list[str], home: Path
) -> None:
    (home / "studies" / two_studies[0] / "spec.json").write_text("{")
    (home / "tunescape.db").unlink()
    manager = open_manager(server=True)
    assert f"Not readable: {two_studies[0]}" in str(manager.database_rebuild)
    assert [row.id for row in manager.store.studies()] == [two_studies[1]]


def test_a_database_that_a_server_uses_is_not_set_aside(
    open_manager: Open, two_studies: list[str], home: Path
) -> None:
    open_manager(server=True)
    for part in ("-wal", "-shm"):
        (home / f"tunescape.db{part}").unlink(missing_ok=True)
    damage(home)
    with pytest.raises(HomeError, match=r"is damaged|not a readable"):
        open_manager()
    assert not list(home.glob("tunescape.db.damaged-*"))


def test_what_ran_when_the_server_ended_is_offered(open_manager: Open) -> None:
    manager = open_manager()
    first = manager.launch(spec_named("endless"))
    second = manager.launch(spec_named("plain"))
    eventually(lambda: in_second_trial(manager, first))
    manager.close()
    manager = open_manager(server=True)
    assert [row.id for row in manager.interrupted.studies()] == [first, second]
    manager.interrupted.leave()
    assert manager.interrupted.studies() == []
    assert manager.wait(first).status == "stopped"


def test_a_server_that_is_told_to_resumes_what_ran(open_manager: Open) -> None:
    manager = open_manager()
    ids = [manager.launch(spec_named("endless")), manager.launch(spec_named("plain"))]
    eventually(lambda: in_second_trial(manager, ids[0]))
    manager.close()
    manager = open_manager(server=True, resumes=True)
    eventually(lambda: all(manager.wait(i, 0).status == "finished" for i in ids))
    assert numbers(manager, ids[0]) == ALL_DONE
