"""A reader of tables is one file and one line: shown by one for JSON lines."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.datasets.json_lines import JSON_LINES, cars, register
from tuning_core.datasets import (
    DataError,
    check_own,
    describe,
    load_rows,
    prepare,
    preview_own,
    resolve,
    store_upload,
)
from tuning_core.datasets.tables import readers
from tuning_core.datasets.tables.csv import CSV
from tuning_core.datasets.tables.table import TableReader
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.datasets.uploads import uploaded_files
from tuning_core.spec.dataset import WRITTEN
from tuning_core.spec.study import parse_spec


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch)


COLUMNS = {"price": "number", "colour": "category"}
FRAME = pd.read_json(io.BytesIO(cars()), lines=True)


def _written(write: str) -> bytes:
    content = io.BytesIO()
    getattr(FRAME, write)(content, index=False)
    return content.getvalue()


SAMPLES = {
    "csv": _written("to_csv"),
    "excel": _written("to_excel"),
    "parquet": _written("to_parquet"),
    "packed": gzip.compress(_written("to_csv")),
    JSON_LINES.id: cars(),
}
"""One table as each reader's files hold it: a price with gaps, a colour, whether it was sold."""


def resolved(dataset: dict[str, Any], home: Path, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = resolve({"dataset": dataset}, home, **options)["dataset"]
    return found


@pytest.mark.parametrize("reader", [*readers.READERS, JSON_LINES], ids=lambda reader: reader.id)
def test_every_reader_reads_the_same_table(reader: TableReader, tmp_path: Path) -> None:
    for ending in reader.endings:
        identity = store_upload(SAMPLES[reader.id], tmp_path, f"cars{ending}")
        part = resolved({"id": identity, "target": "sold"}, tmp_path)
        assert part["columns"] == COLUMNS
        used = readers.reader_of(table_path(identity, tmp_path))
        assert set(used.written) == {name for name in WRITTEN if name in part}
        raw = load_rows(parse_spec({"dataset": part}).dataset, tmp_path)
        np.testing.assert_array_equal(raw.x["price"], FRAME["price"])
        assert list(raw.x["colour"]) == list(FRAME["colour"])
        assert [part["classes"][label] for label in raw.y] == list(FRAME["sold"])
        table = readers.open_table(table_path(identity, tmp_path), only=["price"])
        with table.records() as records:
            rows = [cells for _, cells in records]
        assert (len(rows), len(rows[0])) == (60, 3)
        assert rows[: len(table.sample)] == [list(cells) for cells in table.sample]
        assert set(table.cells) == {"price"}


def test_an_upload_goes_the_whole_way_to_the_rows_of_a_search(tmp_path: Path) -> None:
    identity = store_upload(cars(), tmp_path, "cars.JSONL", user="ann")
    path = table_path(identity, tmp_path)
    assert path.suffix == ".jsonl"
    assert list(uploaded_files(tmp_path)) == [path]
    part = resolved({"id": identity, "target": "sold"}, tmp_path)
    assert (part["task"], part["classes"]) == ("classification", ["no", "yes"])
    assert part["columns"] == COLUMNS
    assert "delimiter" not in part
    spec = parse_spec({"dataset": part}).dataset
    assert check_own(spec, 3, tmp_path) == []
    assert describe(spec, tmp_path).rows == 60
    assert preview_own(spec, tmp_path).table[1]["price"] == "1.5"
    raw = load_rows(spec, tmp_path)
    assert list(raw.x["colour"][:3]) == ["red", "green", "blue"]
    assert np.isnan(raw.x["price"][4])
    assert prepare(spec, tmp_path).train.x.shape == (42, 6)


def test_a_file_of_the_command_line_is_read_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "cars.ndjson"
    path.write_bytes(cars())
    part = resolved({"id": f"csv:{path}", "target": "price"}, tmp_path, local_files=True)
    spec = parse_spec({"dataset": part}, local_files=True).dataset
    assert spec.task == "regression"
    assert len(load_rows(spec, tmp_path).y) == 53
    path.write_bytes(cars(61))
    with pytest.raises(DataError, match="has changed since this study was made"):
        load_rows(spec, tmp_path)


def test_its_refusals_name_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no JSON lines"):
        store_upload(b"a,b\n1,2\n", tmp_path, "cars.jsonl")
    assert not list(uploaded_files(tmp_path))
    path = tmp_path / "cars.jsonl"
    path.write_bytes(cars())
    with pytest.raises(DataError, match=r"dataset\.delimiter: is not for JSON lines"):
        readers.open_table(path, delimiter=";")
    lines = [json.loads(line) for line in cars().splitlines()]
    lines[7]["price"] = "dear"
    path.write_text("\n".join(map(json.dumps, lines)))
    columns = {"price": "number"}
    document = {"id": f"csv:{path}", "target": "sold", "columns": columns}
    part = resolved(document, tmp_path, local_files=True)
    with pytest.raises(DataError, match=r"columns\.price: line 8 holds 'dear', which is no number"):
        load_rows(parse_spec({"dataset": part}, local_files=True).dataset, tmp_path)


def test_a_server_s_limit_of_rows_holds_for_every_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNESCAPE_LIMITS", "rows=50")
    path = tmp_path / "cars.jsonl"
    path.write_bytes(cars())
    with pytest.raises(DataError, match="more than 50 rows"):
        readers.open_table(path)


def test_what_no_reader_names_is_taken_for_a_csv() -> None:
    assert readers.reader_of("cars.jsonl") is JSON_LINES
    for name in ("iris.data", "cars", "cars.csv", "cars.tsv", "a.b/c.txt"):
        assert readers.reader_of(name) is CSV
    assert readers.labels() == "CSV, Excel, Parquet or JSON lines"
    assert readers.accepted_endings() is None


def test_an_uploader_is_told_the_endings_where_no_reader_takes_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readers, "READERS", [JSON_LINES])
    assert readers.accepted_endings() == [".jsonl", ".ndjson"]


def test_the_content_of_an_upload_is_read_as_the_later_of_two_endings(tmp_path: Path) -> None:
    first = store_upload(cars(), tmp_path, "cars.csv")
    assert store_upload(cars(), tmp_path, "cars.jsonl") == first
    assert table_path(first, tmp_path).suffix == ".jsonl"


def test_ids_and_endings_of_readers_are_their_own() -> None:
    assert len({reader.id for reader in readers.READERS}) == len(readers.READERS)
    endings = [ending for reader in readers.READERS for ending in reader.endings]
    assert len(set(endings)) == len(endings)
    assert all(ending == ending.lower() and ending[0] == "." for ending in endings)
