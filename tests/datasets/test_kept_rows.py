"""Rows that were read before are found again as they were, and never instead of others."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.datasets.own_table import TABLES, written
from tuning_core.datasets import check_own, load_rows, reading_once, resolve
from tuning_core.datasets.raw import DataError, RawData
from tuning_core.datasets.tables import forget_rows, kept_rows
from tuning_core.datasets.tables.csv import CSV
from tuning_core.home.home import Home
from tuning_core.space import SpecError
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.study import parse_spec

TEXT = "when,town,code,amount,y\n" + "".join(
    f"2024-01-{day:02d},{'Rome' if day % 3 else 'Oslo'},{day % 7:03d},{day / 4},{word}\n"
    for day, word in zip(range(1, 29), ["yes", "no", "yes", ""] * 7, strict=True)
)


@pytest.fixture(autouse=True)
def small_tables_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rows, "LEAST_BYTES", 0)


def spec_of(path: Path, home: Path, **fields: Any) -> DatasetSpec:
    document = {"dataset": {"id": f"csv:{path}", **fields}}
    return parse_spec(resolve(document, home, local_files=True), local_files=True).dataset


def same(one: RawData, other: RawData) -> None:
    pd.testing.assert_frame_equal(one.x, other.x, check_exact=True)
    assert (one.info, one.ordered, dict(one.date_forms)) == (
        *(other.info, other.ordered, dict(other.date_forms)),
    )
    for name in ("y", "groups"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are read from now on."""
    found: list[Path] = []
    read = CSV.read

    def counted(path: Path, **given: Any) -> Any:
        found.append(path)
        return read(path, **given)

    object.__setattr__(CSV, "read", counted)
    monkeypatch.setattr(kept_rows, "_HASHES", {})
    return found


@pytest.fixture
def read_files(monkeypatch: pytest.MonkeyPatch) -> Any:
    before = CSV.read
    yield reads(monkeypatch)
    object.__setattr__(CSV, "read", before)


@pytest.mark.parametrize(
    "fields",
    [
        {"target": "y"},
        {"target": "amount"},
        {"target": "y", "group": "town"},
        {"target": "y", "time": "when"},
        {"target": "y", "columns": {"code": "category", "amount": "category"}},
        {"target": "y", "columns": {"code": "number"}},
    ],
    ids=str,
)
def test_kept_rows_are_those_that_were_read(
    tmp_path: Path, read_files: list[Path], fields: dict[str, Any]
) -> None:
    home = tmp_path / "home"
    spec = spec_of(written(tmp_path, TEXT), home, **fields)
    first = load_rows(spec, home)
    read_files.clear()
    second = load_rows(spec, home)
    assert not read_files
    same(first, second)
    same(first, load_rows(spec, tmp_path / "another"))


def test_rows_of_other_bytes_or_of_another_spec_are_not_found(
    tmp_path: Path, read_files: list[Path]
) -> None:
    path, home = written(tmp_path, TEXT), tmp_path / "home"
    spec = spec_of(path, home, target="y")
    load_rows(spec, home)
    others = spec_of(path, home, target="y", columns={"amount": "category"})
    read_files.clear()
    assert isinstance(load_rows(others, home).x["amount"].dtype, pd.CategoricalDtype)
    assert read_files
    stat = path.stat()
    path.write_text(TEXT.replace("Rome", "Bari"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(DataError, match="has changed since this study was made"):
        load_rows(spec, home)
    assert "Bari" in set(load_rows(spec_of(path, home, target="y"), home).x["town"])


@pytest.mark.parametrize("damage", ["short", "empty", "another byte", "gone"])
def test_a_damaged_file_is_none(tmp_path: Path, read_files: list[Path], damage: str) -> None:
    home = tmp_path / "home"
    spec = spec_of(written(tmp_path, TEXT), home, target="y")
    first = load_rows(spec, home)
    [kept] = (home / "data" / "rows").iterdir()
    content = bytearray(kept.read_bytes())
    kept.unlink()
    if damage != "gone":
        content[100] ^= 1
        kept.write_bytes(bytes({"short": content[:-1], "empty": content[:0]}.get(damage, content)))
    read_files.clear()
    same(first, load_rows(spec, home))
    assert read_files


def test_the_longest_unused_rows_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    folder = home / "data" / "rows"
    path = written(tmp_path, TEXT)
    load_rows(spec_of(path, home, target="y"), home)
    [first] = folder.iterdir()
    os.utime(first, (1, 1))
    monkeypatch.setattr(kept_rows, "MOST_BYTES", 2 * first.stat().st_size + 100)
    load_rows(spec_of(path, home, target="amount"), home)
    load_rows(spec_of(path, home, target="town"), home)
    assert len(list(folder.iterdir())) == 2
    assert not first.exists()
    monkeypatch.setattr(kept_rows, "MOST_BYTES", 10)
    load_rows(spec_of(path, home, target="code"), home)
    assert len(list(folder.iterdir())) == 2


def test_drafts_of_killed_writers_count_and_go_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    folder = home / "data" / "rows"
    path = written(tmp_path, TEXT)
    load_rows(spec_of(path, home, target="y"), home)
    [first] = folder.iterdir()
    size = first.stat().st_size
    for name in (".draft-new", ".draft-old"):
        (folder / name).mkdir()
        (folder / name / "draft").write_bytes(bytes(size))
    os.utime(folder / ".draft-old", (0, 0))
    monkeypatch.setattr(kept_rows, "MOST_BYTES", 2 * size)
    load_rows(spec_of(path, home, target="amount"), home)
    assert not (folder / ".draft-old").exists()
    assert (folder / ".draft-new").exists()
    assert not first.exists()
    os.utime(folder / ".draft-new", (0, 0))
    Home(home).empty_trash()
    assert not (folder / ".draft-new").exists()


def test_rows_of_a_file_that_changes_while_it_is_read_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, home = written(tmp_path, TEXT), tmp_path / "home"
    spec = spec_of(path, home, target="y").model_copy(update={"sha256": None})
    key_of = kept_rows.key_of

    def changing(*given: Any) -> str | None:
        key = key_of(*given)
        path.write_text(TEXT.replace("Rome", "Bari"))
        return key

    monkeypatch.setattr(kept_rows, "key_of", changing)
    load_rows(spec, home)
    assert not (home / "data" / "rows").exists()


def test_nothing_is_kept_of_what_no_study_can_be_made_of(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = written(
        tmp_path, "a,g,y\n" + "".join(f"{n / 4},{n % 3},{n % 3 == 0}\n" for n in range(30))
    )
    spec = spec_of(path, home, target="y", group="g")
    with pytest.raises(SpecError):
        check_own(spec.model_copy(update={"group": "none"}), 1, home)
    assert not home.exists()


def old(path: Path) -> Path:
    """A file that has not changed lately, as far as anyone can see."""
    moment = time.time() - 60
    os.utime(path, (moment, moment))
    return path


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.csv")), ids=lambda path: path.name)
def test_a_table_is_read_once_to_be_resolved_and_checked(
    tmp_path: Path, read_files: list[Path], monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    monkeypatch.setattr("tuning_core.datasets.tables.readers.SETTLED_SECONDS", -1.0)
    document = {"dataset": {"id": f"csv:{path}", "target": "y"}}
    try:
        expected = spec_of(path, tmp_path, target="y")
        rows = load_rows(expected, tmp_path / "one")
    except (DataError, SpecError):
        pytest.skip("no study can be made of it")
    read_files.clear()
    with reading_once(document):
        found = resolve(document, tmp_path, local_files=True)
        spec = parse_spec(found, local_files=True).dataset
        again = load_rows(spec, tmp_path / "two")
    assert spec == expected
    same(rows, again)
    assert len(read_files) <= 2  # Numbers that are categories are read once more, as texts.


def test_a_table_that_changes_meanwhile_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    document = {"dataset": {"id": f"csv:{path}", "target": "y"}}
    with reading_once(document):
        resolve(document, tmp_path, local_files=True)
        stat = path.stat()
        path.write_text(TEXT.replace("Rome", "Bari"))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        spec = spec_of(path, tmp_path, target="y")
        assert "Bari" in set(load_rows(spec, tmp_path).x["town"])


def test_a_removed_table_takes_its_rows_with_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    spec = spec_of(written(tmp_path, TEXT), home, target="y")
    load_rows(spec, home)
    assert spec.sha256 is not None
    assert forget_rows(home, "0" * 64) == 0
    [kept] = (home / "data" / "rows").iterdir()
    size = kept.stat().st_size
    assert forget_rows(home, spec.sha256) == size
    assert not list((home / "data" / "rows").iterdir())
