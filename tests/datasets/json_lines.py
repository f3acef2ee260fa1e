"""A toy reader, of tables as JSON lines: all that a kind of file takes, and its registration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuning_core.datasets import DataError
from tuning_core.datasets.tables import readers
from tuning_core.datasets.tables.table import (
    Cells,
    Records,
    Table,
    TableReader,
    categories,
)

SCRIPT = '''\
def read(path):
    """The cells as texts."""
    import json

    rows = pd.DataFrame([json.loads(line) for line in open(path, encoding="utf-8")])
    return rows.map(lambda cell: "" if pd.isna(cell) else str(cell))'''


def _objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@contextmanager
def _records(path: Path, names: tuple[str, ...]) -> Iterator[Records]:
    rows = enumerate(_objects(path), start=1)
    yield ((place, [str(row.get(name, "")) for name in names]) for place, row in rows)


def _cells(name: str, values: list[Any], as_texts: bool) -> Cells:
    if not as_texts and all(isinstance(value, (int, float)) or value is None for value in values):
        return Cells.of_numbers(name, np.array(values, np.float64))
    words = sorted({str(value) for value in values if value is not None})
    codes = [-1 if value is None else words.index(str(value)) for value in values]
    return Cells.of_texts(name, categories(np.array(codes), words))


def _read(path: Path, *, texts: Any, only: Any, wanted: Any, least: int) -> Table:
    rows = _objects(path)
    names = tuple(rows[0])
    chosen = names if only is None else [name for name in names if name in set(only)]
    cells = {
        name: _cells(name, [row.get(name) for row in rows], name in set(texts)) for name in chosen
    }
    records = partial(_records, path, names)
    with records() as found:
        sample = tuple(tuple(row) for _, row in found)
    return Table(path, hashlib.sha256(path.read_bytes()).hexdigest(), names, cells, sample, records)


def _refuse(start: bytes) -> None:
    if not start.startswith(b"{"):
        raise DataError("The file is no JSON lines: each line needs an object.")


JSON_LINES = TableReader(
    id="json_lines",
    label="JSON lines",
    endings=(".jsonl", ".ndjson"),
    read=_read,
    refuse=_refuse,
    script=SCRIPT,
)
UNSCRIPTED = replace(JSON_LINES, script="")


def register(patch: pytest.MonkeyPatch, reader: TableReader = JSON_LINES) -> None:
    """The one line."""
    patch.setattr(readers, "READERS", [*readers.READERS, reader])


def cars(rows: int = 60) -> bytes:
    """Rows with a number, a text, a gap and a class."""
    lines = [
        json.dumps(
            {
                "price": None if row % 9 == 4 else row * 1.5,
                "colour": ("red", "green", "blue")[row % 3],
                "sold": ("yes", "no")[row % 7 % 2],
            }
        )
        for row in range(rows)
    ]
    return ("\n".join(lines) + "\n").encode()
