"""Homes that cannot be used are refused in one sentence, and full disks lose nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.manager.conftest import eventually, spec_named
from tuning_core.cli.main import main
from tuning_core.home.home import Home
from tuning_core.manager import HomeError, Manager, ManagerError, default_home
from tuning_core.store import StoreError

ROOT = Path(__file__).parents[3]


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system in memory; skips the test where that needs more rights."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "size=1m") as folder:
        yield folder


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that this user cannot write, root included."""
    if os.getuid() == 0:
        with mounted(tmp_path / "disk", "ro") as folder:
            yield folder
    else:
        folder = tmp_path / "disk"
        folder.mkdir(0o555)
        yield folder


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 512)
        except OSError:
            return ballast


def test_the_environment_chooses_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNESCAPE_HOME", "/somewhere/else")
    assert default_home() == Path("/somewhere/else")
    monkeypatch.setenv("TUNESCAPE_HOME", "")
    assert default_home() == ROOT / ".tunescape"


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    for home in (path, path / "home"):
        with pytest.raises(HomeError, match=r"a file and not a folder\. Set TUNESCAPE_HOME"):
            Home(home)


def test_a_read_only_home_is_refused(read_only: Path) -> None:
    for home in (read_only, read_only / "home"):
        with pytest.raises(HomeError, match=r"cannot be written .* set TUNESCAPE_HOME") as refused:
            Manager(home, spare=False)
        assert len(str(refused.value).splitlines()) == 1


def test_a_full_disk_is_said_at_the_start(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(HomeError, match=r"The disk of .* is full. Free some space"):
        Manager(small_disk, spare=False)


def test_a_disk_that_fills_up_stops_the_study_and_loses_nothing(
    small_disk: Path, open_manager
) -> None:
    manager = open_manager(home=small_disk / "home")
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: len(manager.store.epochs(study_id, 2)) == 2)
    ballast = fill(small_disk)
    manager.stop(study_id)
    row = manager.wait(study_id, 30)
    assert row.status in ("interrupted", "stopped")
    with pytest.raises(ManagerError, match="The study cannot be stored: "):
        manager.launch(spec_named("plain"))
    ballast.unlink()
    manager.resume(study_id)
    assert manager.wait(study_id, 30).status == "finished"
    assert [trial.number for trial in manager.store.trials(study_id)] == [1, 2, 3]


@pytest.mark.parametrize("open_elsewhere", [False, True])
def test_a_full_disk_does_not_keep_anyone_from_reading(
    small_disk: Path,
    open_manager,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    open_elsewhere: bool,
) -> None:
    home = small_disk / "home"
    manager = open_manager(home=home)
    study_id = manager.launch(spec_named("plain"))
    manager.wait(study_id, 30)
    if not open_elsewhere:
        manager.close()
    fill(small_disk)
    monkeypatch.setenv("TUNESCAPE_HOME", str(home))
    answers = []
    for arguments in (["list"], ["show", study_id], ["history", study_id]):
        assert main([*arguments, "--json"]) == 0
        said = capsys.readouterr()
        assert "is full. Free some space" in said.err
        assert len(said.err.splitlines()) == 1
        answers.append(json.loads(said.out))
    assert answers[0] == [
        {"study_id": study_id, "name": "plain", "status": "finished", "trials": 3, "source": None}
    ]
    assert len(answers[1]["trials"]) == 3
    assert [event["kind"] for event in answers[2]] == ["study_started", "study_ended"]
    assert main(["show", "abcd1234"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("study: expected the id of a study")


def test_a_home_that_is_deleted_while_it_is_used_is_said(manager: Manager, home: Path) -> None:
    study_id = manager.launch(spec_named("endless"))
    waiting = manager.launch(spec_named("plain"))
    eventually(lambda: len(manager.store.epochs(study_id, 2)) == 2)
    aside = home.with_name("aside")
    home.rename(aside)
    for action in (
        lambda: manager.launch(spec_named("plain")),
        lambda: manager.editing.rename(study_id, "other"),
        lambda: manager.stop(waiting),
        lambda: manager.resume(study_id),
        lambda: manager.delete(study_id),
        lambda: manager.editing.extend(study_id, trials=9),
        lambda: manager.wait(study_id, 0),
        lambda: manager.store.studies(),
    ):
        with pytest.raises((ManagerError, StoreError), match=r"was deleted or moved while"):
            action()
    assert not home.exists()
    # Another home in its place is not taken for it.
    Manager(home, spare=False).close()
    with pytest.raises(StoreError, match="was deleted or moved while"):
        manager.store.studies()
    shutil.rmtree(home)
    aside.rename(home)
    manager.stop(study_id)
    assert manager.wait(study_id, 30).status in ("stopped", "interrupted")
