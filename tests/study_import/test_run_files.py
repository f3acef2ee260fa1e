"""Folders and zips of strangers: nothing is followed out of them, nothing explodes."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.study_import.test_keras_tuner_projects import hp, project, trial
from tuning_core.study_import import ReadOptions, RunsError, read_runs
from tuning_core.study_import.run_files import opened

GOOD = json.dumps(trial(0.5, [hp("u")], {"u": 1}))


def packed(path: Path, fill: Callable[[zipfile.ZipFile], object]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p/oracle.json", "{}")
        archive.writestr("p/trial_0/trial.json", GOOD)
        fill(archive)
    return path


def link(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("p/trial_1/trial.json")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


@pytest.mark.parametrize(
    ("fill", "sentence"),
    [
        (lambda z: z.writestr("../evil.json", "x"), "names a file outside itself"),
        (lambda z: z.writestr("/etc/evil.json", "x"), "names a file outside itself"),
        (lambda z: z.writestr("a\\\\..\\\\b.json", "x"), "names a file outside itself"),
        (lambda z: z.writestr("big", b"0" * 20_000_000), "200 times as large"),
    ],
)
def test_tricks_of_zips_are_refused(
    tmp_path: Path, fill: Callable[[zipfile.ZipFile], object], sentence: str
) -> None:
    with pytest.raises(RunsError, match=sentence):
        read_runs(packed(tmp_path / "runs.zip", fill), ReadOptions())


def test_links_are_not_followed(tmp_path: Path) -> None:
    _, found = read_runs(packed(tmp_path / "runs.zip", link), ReadOptions())
    assert len(found.trials) == 1
    folder = project(tmp_path / "p", {"0": GOOD}, {})
    (folder / "trial_1").mkdir()
    (folder / "trial_1" / "trial.json").symlink_to("/etc/passwd")
    (folder / "trial_2").symlink_to(folder / "trial_0")
    os.mkfifo(folder / "oracle.fifo")
    with opened(folder) as files:
        assert files.names == ["oracle.json", "trial_0/trial.json"]


def test_a_zip_that_says_another_size_or_is_torn_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "runs.zip", lambda z: z.writestr("x", "y"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunsError, match="the zip is damaged"):
        read_runs(path, ReadOptions())
    place = whole.rindex(b"PK\x01\x02", 0, whole.rindex(b"trial.json"))
    changed = bytearray(whole)
    changed[place + 24 : place + 28] = (5).to_bytes(4, "little")  # Its size, unpacked.
    path.write_bytes(changed)
    with pytest.raises(RunsError, match="Of the project no trial can be read: Trial 0 left out"):
        read_runs(path, ReadOptions())


def test_a_table_of_contents_that_never_ends_is_not_read(tmp_path: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        for place in range(400):
            info = zipfile.ZipInfo(f"{place}")
            info.comment = b"x" * 60_000
            archive.writestr(info, "")

    with pytest.raises(RunsError, match="more than 50,000 files"):
        read_runs(packed(tmp_path / "many.zip", fill), ReadOptions())


def test_a_single_file_in_a_zip_is_read_as_that_file(tmp_path: Path) -> None:
    path = tmp_path / "table.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("runs.csv", "lr,val_loss\n0.1,2\n0.2,1\n")
    reader, found = read_runs(path, ReadOptions(objective="val_loss"))
    assert (reader.id, found.name, len(found.trials)) == ("csv", "table", 2)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_bytes(b"\x00\x01")])
def test_what_is_nothing_known_is_one_sentence(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "thing"
    make(path)
    with pytest.raises(RunsError, match="thing is nothing that is known here"):
        read_runs(path, ReadOptions())
    with pytest.raises(RunsError, match="does not exist"):
        read_runs(tmp_path / "nowhere", ReadOptions())
