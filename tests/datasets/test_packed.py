"""A table in a .gz or .zip is read as if it lay there by itself."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.workbooks import towns, workbook
from tuning_core.datasets import DataError, read_table, store_upload
from tuning_core.datasets.tables import packed
from tuning_core.datasets.tables.readers import open_table, reader_of
from tuning_core.datasets.tables.uploads import table_path

CSV = b"a;b;y\n" + b"".join(b"%d;x%d;%d,5\n" % (n, n % 3, n) for n in range(40))


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def parquet(folder: Path) -> bytes:
    read_table(workbook(folder / "towns.xlsx", Towns=towns())).head.to_parquet(folder / "a.parquet")
    return (folder / "a.parquet").read_bytes()


def test_each_kind_of_table_is_found_by_its_name_or_its_first_bytes(tmp_path: Path) -> None:
    book = workbook(tmp_path / "towns.xlsx", Towns=towns(), Other=towns(10)).read_bytes()
    for name, content, within in (
        ("t.csv", CSV, "packed csv"),
        ("t.xlsx", book, "packed excel"),
        ("t.parquet", parquet(tmp_path), "packed parquet"),
    ):
        gz = tmp_path / f"{name}.gz"
        gz.write_bytes(gzip.compress(content))
        nameless = tmp_path / "0123.gz"
        nameless.write_bytes(gzip.compress(content))
        both = {"__MACOSX/._t": b"x", ".DS_Store": b"x", f"folder/{name}": content}
        for path in (gz, nameless, zipped(tmp_path / "t.zip", **both)):
            assert reader_of(path).id == within
            table = open_table(path)
            plain = tmp_path / name
            plain.write_bytes(content)
            expected = open_table(plain)
            assert (table.names, table.written) == (expected.names, expected.written)
            assert (table.sample, table.warnings) == (expected.sample, expected.warnings)
            for column, cells in expected.cells.items():
                if cells.numbers is not None:
                    np.testing.assert_array_equal(table.cells[column].numbers, cells.numbers)
            with table.records() as rows, expected.records() as others:
                assert list(rows) == list(others)
    assert reader_of(tmp_path / "t.xlsx.gz").choices(tmp_path / "t.xlsx.gz") == {
        "sheet": ["Towns", "Other"]
    }


def test_an_upload_stays_packed_and_is_read(tmp_path: Path) -> None:
    identity = store_upload(gzip.compress(CSV), tmp_path, "houses.csv.gz")
    reading = read_table(table_path(identity, tmp_path))
    assert (reading.rows, reading.written["delimiter"]) == (40, ";")
    with pytest.raises(DataError, match="neither gzip nor a zip"):
        store_upload(CSV, tmp_path, "houses.zip")


def test_what_holds_no_table_or_several_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"The packed file holds 2 files \('a\.csv', 'b\.csv'\): leave one table in it",
    ):
        open_table(zipped(tmp_path / "a.zip", **{"a.csv": CSV, "b.csv": CSV}))
    with pytest.raises(DataError, match="holds no file"):
        open_table(zipped(tmp_path / "b.zip", **{"__MACOSX/a": b"x"}))
    book = workbook(tmp_path / "towns.xlsx", Towns=towns())
    with pytest.raises(DataError, match=r"an Excel workbook: give it the ending \.xlsx"):
        open_table(book.rename(tmp_path / "c.zip"))
    with pytest.raises(DataError, match="a picture"):
        open_table(zipped(tmp_path / "d.zip", **{"a.png": b"\x89PNG and more"}))


def test_unpacking_ends_at_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST_BYTES", 3_000_000)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(bytes(4_000_000)))
    with pytest.raises(DataError, match="unpacks to more than 3 MB"):
        open_table(tmp_path / "a.csv.gz")


@pytest.mark.parametrize("cut", [3, 12, -9])
def test_a_damaged_one_is_a_sentence(cut: int, tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", **{"a.csv": CSV}).read_bytes()
    (tmp_path / "a.zip").write_bytes(whole[:cut])
    (tmp_path / "a.gz").write_bytes(gzip.compress(CSV)[:cut])
    for name in ("a.zip", "a.gz"):
        with pytest.raises(DataError, match="cannot be unpacked"):
            open_table(tmp_path / name)
