"""Columns of plain numbers are read another way than others, and give the very same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.datasets.own_table import written
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.csv import cells
from tuning_core.datasets.tables.readers import open_table
from tuning_core.datasets.tables.table import Table

FIRST = 300
"""Rows of the beginning, more than what is looked at to tell what a column holds."""

BEGINNINGS = {
    "decimals": [f"{n / 8}" for n in range(FIRST)],
    "signs": [f"{-n}" for n in range(FIRST)],
    "one figure": [str(n % 10) for n in range(FIRST)],
    "two lengths": [str(n) for n in range(FIRST)],
    "one length": [str(100 + n) for n in range(FIRST)],
    "powers": [f"{n}e-3" for n in range(FIRST)],
    "gaps": ["" if n % 3 else str(n) for n in range(FIRST)],
    "missing first": ["" if n < 250 else f"{n}" for n in range(FIRST)],
}
LATER = [
    *("7", "007", "1.5", "", "NA", "-", "?", "NaN", "inf", "-Infinity", " 3 ", "+4", "1,5"),
    *("1e400", "word", "5 %", "$7", "1_000", "0x1f", "1e5", "\u00a04", "None", ".5", "5."),
]


def as_texts_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> Table | str:
    with monkeypatch.context() as patch:
        patch.setattr(cells, "_plain_columns", lambda dialect: set())
        return opened(path)


def opened(path: Path) -> Table | str:
    try:
        return open_table(path)
    except DataError as error:
        return str(error)


@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_they_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beginning: str, later: str
) -> None:
    quoted = f'"{later}"' if "," in later else later
    column = [*BEGINNINGS[beginning], quoted, "9"]
    text = "a,b,y\n" + "".join(f"{v},{n / 2},{'yes' * (n % 2)}\n" for n, v in enumerate(column))
    path = written(tmp_path, text)
    expected, found = as_texts_first(path, monkeypatch), opened(path)
    assert isinstance(found, Table)
    assert isinstance(expected, Table)
    assert (found.names, dict(found.written), found.warnings) == (
        *(expected.names, dict(expected.written), expected.warnings),
    )
    for name, cell in expected.cells.items():
        other = found.cells[name]
        facts = (cell.infinite, cell.formatted, cell.code_length)
        assert facts == (other.infinite, other.formatted, other.code_length)
        for field in ("texts", "words"):
            one, two = getattr(cell, field), getattr(other, field)
            assert (one is None) == (two is None)
            assert one is None or one.equals(two)
        if cell.numbers is not None:
            np.testing.assert_array_equal(cell.numbers, other.numbers)


def test_plain_columns_are_read_in_one_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "plain_numbers", lambda *_: pytest.fail("read as text"))
    table = open_table(written(tmp_path, "a,y\n" + "".join(f"{n / 8},{n}\n" for n in range(500))))
    np.testing.assert_array_equal(table.cells["a"].numbers, np.arange(500) / 8)


def test_a_line_that_does_not_fit_is_named(tmp_path: Path) -> None:
    text = "a,y\n" + "1.5,2\n" * 500 + "1.5\n"
    with pytest.raises(DataError, match="Line 502 has 1 values"):
        open_table(written(tmp_path, text))
