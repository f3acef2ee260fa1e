"""Parquet: the types of its columns, what is left out, and what is too much to read."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tuning_core.datasets import DataError, read_table
from tuning_core.datasets.tables import parquet
from tuning_core.datasets.tables.readers import open_table

ROWS = 40
MONDAY = datetime.datetime(2024, 1, 1)


def written(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_types_are_taken_over(tmp_path: Path) -> None:
    days = [MONDAY + datetime.timedelta(days=n) for n in range(ROWS)]
    path = written(
        tmp_path / "a.parquet",
        whole=pa.array([None, *(n % 9 for n in range(1, ROWS))], pa.int32()),
        price=pa.array([Decimal(n) / 4 for n in range(ROWS)], pa.decimal128(10, 2)),
        open=pa.array([n % 3 == 0 for n in range(ROWS)]),
        town=pa.array([("Rome", "Oslo")[n % 2] for n in range(ROWS)]).dictionary_encode(),
        money=[f"${n + 1},000" for n in range(ROWS)],
        day=pa.array(days, pa.date32()),
        at=pa.array([day.replace(hour=7) for day in days], pa.timestamp("us", "Europe/Berlin")),
        took=pa.array([datetime.timedelta(hours=6 * n) for n in range(ROWS)]),
        y=np.arange(ROWS) / 8,
    )
    reading = read_table(path)
    kinds = {info.name: info.kind for info in reading.columns}
    assert kinds == {
        **dict.fromkeys(("whole", "price", "money", "took", "y"), "number"),
        **dict.fromkeys(("open", "town"), "category"),
        **dict.fromkeys(("day", "at"), "date"),
    }
    cells = open_table(path).cells
    assert np.isnan(cells["whole"].numbers[0])  # type: ignore[index]
    for name, value in {"price": 0.75, "money": 4000, "took": 0.75, "y": 0.375}.items():
        assert cells[name].numbers[3] == value  # type: ignore[index]
    assert list(cells["open"].as_texts()[:2]) == ["True", "False"]
    assert reading.head["at"][0] == "2024-01-01 07:00:00"
    assert reading.head["whole"][1] == "1"


def test_nested_columns_are_left_out_and_named(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.parquet",
        a=np.arange(ROWS) / 2,
        place=[{"x": n} for n in range(ROWS)],
        tags=[["a"] for _ in range(ROWS)],
        raw=[b"\xff" for _ in range(ROWS)],
        y=np.arange(ROWS) / 4,
    )
    table = open_table(path)
    assert table.names == ("a", "y")
    assert "Left out is 'place', 'raw', 'tags': nested" in "\n".join(table.warnings)
    only = written(tmp_path / "b.parquet", place=[{"x": n} for n in range(ROWS)])
    with pytest.raises(DataError, match=r"one column to read, and two are needed.*'place'"):
        open_table(only)


def test_long_whole_numbers_keep_their_digits_as_categories(tmp_path: Path) -> None:
    numbers = [2**60 + n % 3 for n in range(ROWS)]
    path = written(tmp_path / "a.parquet", key=numbers, y=np.arange(ROWS) / 4)
    found = open_table(path, texts=["key"]).cells["key"].as_texts()
    assert list(found[:3]) == [str(2**60), str(2**60 + 1), str(2**60 + 2)]


def test_what_is_too_much_is_refused_by_the_end_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.parquet", a=np.arange(ROWS), y=np.arange(ROWS) / 4)
    monkeypatch.setattr(pq.ParquetFile, "read", lambda *_, **__: pytest.fail("read"))
    monkeypatch.setattr(parquet, "MOST_CELLS", 2 * ROWS - 1)
    with pytest.raises(DataError, match=r"80 cells in 0 MB, more than the 79"):
        open_table(path)
    monkeypatch.setenv("TUNESCAPE_LIMITS", "rows=39")
    with pytest.raises(DataError, match="more than 39 rows"):
        open_table(path)
    wide = pd.DataFrame({f"c{n}": [1.0] for n in range(1_001)})
    wide.to_parquet(tmp_path / "wide.parquet")
    with pytest.raises(DataError, match="1,001 columns, more than the 1,000"):
        open_table(tmp_path / "wide.parquet")


def test_long_texts_and_very_many_parts_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{'x' * 1_000}{n}" for n in range(ROWS)]
    path = written(tmp_path / "a.parquet", a=texts, raw=[b"r" * 9_000] * ROWS, y=np.arange(ROWS))
    monkeypatch.setattr(parquet, "MOST_OF_TEXTS", 60_000)
    assert open_table(path).names == ("a", "y")
    monkeypatch.setattr(pq.ParquetFile, "read", lambda *_, **__: pytest.fail("read"))
    monkeypatch.setattr(parquet, "MOST_OF_TEXTS", 30_000)
    with pytest.raises(DataError, match="leave columns of long texts out"):
        open_table(path)
    monkeypatch.setattr(parquet, "LONGEST_END", 100)
    monkeypatch.setattr(pq, "ParquetFile", lambda *_, **__: pytest.fail("listed"))
    with pytest.raises(DataError, match="too many small parts"):
        open_table(path)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PAR1 and no more", b"PAR1" * 9])
def test_what_is_no_parquet_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(DataError, match="Parquet"):
        open_table(tmp_path / "a.parquet")


def test_every_byte_may_be_wrong(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", a=np.arange(ROWS), b=["x"] * ROWS, y=np.arange(ROWS))
    content = path.read_bytes()
    for place in range(4, len(content), 97):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            open_table(path)
        except DataError as error:
            assert str(error).count(".") >= 1  # noqa: PT017
