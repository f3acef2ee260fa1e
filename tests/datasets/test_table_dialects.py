"""A table written in any dialect is read as the same table, or refused by name."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuning_core.datasets import DataError
from tuning_core.datasets.tables.reading import read_table
from tuning_core.datasets.tables.rows import load_table
from tuning_core.spec.dataset import DatasetSpec


@dataclass(frozen=True)
class Written:
    """How a program writes tables."""

    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    quote: str = '"'
    every: bool = False
    end: str = "\n"
    encoding: str = "utf-8"
    top: str = ""
    missing: str = ""
    date: str = "%Y-%m-%d"
    money: str = ""


DIALECTS = {
    "plain": Written(),
    "excel": Written(end="\r\n", encoding="utf-8-sig", date="%m/%d/%Y"),
    "excel, german": Written(";", ",", end="\r\n", encoding="cp1252", date="%d.%m.%Y"),
    "excel, german, grouped": Written(";", ",", ".", top="sep=;\r\n", end="\r\n", date="%d.%m.%Y"),
    "excel, french": Written(";", ",", "\u202f", end="\r\n", date="%d/%m/%Y"),
    "excel, swiss": Written(";", ".", "'", encoding="cp1252", date="%d.%m.%Y"),
    "excel, text for mac": Written("\t", end="\r", encoding="utf-8"),
    "excel, unicode text": Written("\t", end="\r\n", encoding="utf-16"),
    "excel, money": Written(",", ".", ",", money="$", missing="-"),
    "pandas": Written(missing="NaN"),
    "r": Written(every=True, missing="NA"),
    "r, tabs": Written("\t", every=True, missing="NA"),
    "weka": Written(quote="'", missing="?"),
    "weka, all": Written(quote="'", every=True),
    "sql": Written("|", missing="NULL"),
    "oracle": Written("|", date="%d-%b-%y"),
    "logger": Written(top="# made by a logger, for you\n# on a day\n", date="%Y%m%dT%H%M%S"),
    "report": Written(top="Report,2026\n\nBy,me\n\n", date="%Y%m%d"),
    "us thousands between tabs": Written("\t", ".", ",", date="%m/%d/%y"),
    "big endian": Written(encoding="utf-16-be"),
    "eastern europe": Written(";", ",", encoding="cp1250", date="%d.%m.%Y"),
    "no quotes": Written("\t", quote=""),
    "blanks": Written(" ", every=True, missing="NA"),
}


def number(value: float, how: Written) -> str:
    grouped = f"{value:,.2f}".replace(",", "\0").replace(".", how.decimal)
    text = grouped.replace("\0", how.thousands)
    return how.money + text if value >= 0 else "-" + how.money + text[1:]


def text_of(table: dict[str, list[Any]], how: Written) -> bytes:
    """A table as a program of these habits writes it."""
    stream = io.StringIO()
    quoting: Literal[0, 1, 3] = csv.QUOTE_ALL if how.every else csv.QUOTE_MINIMAL
    if not how.quote:
        quoting = csv.QUOTE_NONE
    writer = csv.writer(
        stream, delimiter=how.delimiter, quotechar=how.quote or None, quoting=quoting,
        lineterminator=how.end,
    )  # fmt: skip
    writer.writerow(table)
    for row in zip(*table.values(), strict=True):
        writer.writerow(
            how.missing if cell is None
            else number(cell, how) if isinstance(cell, float)
            else cell.strftime(how.date) if hasattr(cell, "strftime")
            else cell
            for cell in row
        )  # fmt: skip
    return (how.top + stream.getvalue()).encode(how.encoding)


WORDS = ["Oslo", "Köln", "a b", "x-1", "Zürich"]
TRICKY = ["left, up", "a;b", "c|d", "New\tYork", "it's", 'say "no"']


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(25, 40))
    seed = draw(st.integers(0, 2**16))
    random = np.random.RandomState(seed)
    scale = draw(st.sampled_from([1.0, 50.0, 4_000.0, 3e6]))
    values = (random.normal(0, scale, rows).round(2) + 0.25).round(2).tolist()
    gaps = random.rand(rows) < draw(st.sampled_from([0.0, 0.3]))
    words = draw(st.lists(st.sampled_from(WORDS + TRICKY), min_size=2, max_size=5, unique=True))
    start = np.datetime64("1995-03-31") + draw(st.integers(0, 9_000))
    days = [(start + 29 * n).item() for n in range(rows)]
    return {
        "day": days,
        draw(st.sampled_from(["x", "größe", "4046"])): [
            None if gap and at > 0 else value
            for at, (gap, value) in enumerate(zip(gaps, values, strict=True))
        ],
        "town": [words[n % len(words)] for n in range(rows)],
        "y": random.normal(0, scale, rows).round(2).tolist(),
    }


def suits(table: dict[str, list[Any]], how: Written) -> bool:
    """Whether a table can be written so at all: nothing but quotes could save its words."""
    words = [*table["town"], *table]
    if not how.quote and any(how.delimiter in word or "\n" in word for word in words):
        return False
    # A text that is itself in single quotes' alphabet needs another way to be written.
    return not (how.quote == "'" and any("'" in word for word in words))


@settings(max_examples=12)
@given(table=tables())
@pytest.mark.parametrize("name", DIALECTS)
def test_a_table_comes_back_from_any_dialect_or_is_refused(
    name: str, table: dict[str, list[Any]]
) -> None:
    how = DIALECTS[name]
    if not suits(table, how):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(text_of(table, how))
        try:
            reading = read_table(path, target="y")
        except DataError:
            if name != "weka":
                raise
            return
        spec = DatasetSpec.model_validate(
            {
                "id": f"csv:{path}",
                "target": "y",
                "task": "regression",
                "columns": {c.name: c.kind for c in reading.columns if c.name != "y"},
            },
            context={"local_files": True},
        )
        raw = load_table(spec, Path(folder))
    warnings = "\n".join(reading.warnings)
    assert [column.name for column in reading.columns] == list(table)
    np.testing.assert_allclose(raw.y, table["y"])
    kinds = {column.name: column for column in reading.columns}
    for column, values in table.items():
        if column == "y":
            continue
        info = kinds[column]
        if isinstance(values[0], float):
            assert info.kind == "number", (info, warnings)
            expected = [np.nan if value is None else value for value in values]
            np.testing.assert_allclose(raw.x[column], expected)
        elif isinstance(values[0], str):
            if info.kind == "category":
                assert raw.x[column].astype(str).tolist() == values
        elif info.kind == "date":
            days = [(value - np.datetime64("1970-01-01").item()).days for value in values]
            assert raw.x[column].tolist() == days, warnings
        else:
            # A question: day and month the other way round.
            assert "either way round" in warnings or "identifier" in warnings
