"""Excel workbooks: which sheet, where its table is, what its cells are, and what is refused."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.datasets.workbooks import report, stacked, towns, workbook
from tuning_core.datasets import DataError, read_table
from tuning_core.datasets.tables.excel import package
from tuning_core.datasets.tables.readers import open_table, reader_of


def test_cells_are_numbers_dates_truths_and_texts(tmp_path: Path) -> None:
    reading = read_table(workbook(tmp_path / "towns.xlsx", Towns=towns()))
    kinds = {info.name: info.kind for info in reading.columns}
    assert kinds == {
        "town": "category",
        "size": "number",
        "since": "date",
        "open": "category",
        "price": "number",
        "y": "number",
    }
    written = {"decimal": ",", "thousands": ".", "header": True, "skip": 0, "sheet": "Towns"}
    assert (reading.rows, reading.target, dict(reading.written)) == (60, "y", written)
    table = open_table(tmp_path / "towns.xlsx")
    assert np.isnan(table.cells["size"].numbers[4])  # type: ignore[index]
    assert list(table.cells["price"].numbers[:3]) == [0.5, 1.5, 2.5]  # type: ignore[index]
    assert table.sample[1] == ("Oslo", "0,125", "2024-01-02", "FALSE", "1,5", "1,5")
    assert table.place_of(0) == "row 2"


def test_titles_names_over_two_rows_and_notes_are_told_apart(tmp_path: Path) -> None:
    path = workbook(tmp_path / "report.xlsx", Sales=report)
    reading = read_table(path, target="2024 sold")
    names = ["Region", "2023 sold", "2023 back", "2024 sold", "Note"]
    assert [info.name for info in reading.columns] == names
    assert (reading.rows, reading.written["skip"]) == (40, 3)
    assert (reading.columns[0].distinct, reading.columns[0].missing) == (3, 0)
    notes = "\n".join(reading.warnings)
    assert "Rows 1 to 3 are no part of the table and left out ('Sales of the year')" in notes
    assert "Rows 46 to 49 are no part of the table and left out ('Total 999')" in notes


def test_the_first_sheet_to_see_that_holds_a_table_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Old=towns(30), Cover=[["Hello"]], New=towns(), B=towns(20))
    book = openpyxl.load_workbook(path)
    book["Old"].sheet_state = "hidden"
    book.save(path)
    reading = read_table(path)
    assert (reading.rows, reading.written["sheet"]) == (60, "New")
    assert any("'New' is read, not 'Cover', 'B'" in warning for warning in reading.warnings)
    assert read_table(path, sheet="Old").rows == 30
    assert reader_of(path).choices(path) == {"sheet": ["Old", "Cover", "New", "B"]}
    with pytest.raises(DataError, match=r"dataset\.sheet: the workbook has no sheet 'X'; its"):
        read_table(path, sheet="X")


def test_formulas_are_what_was_stored_and_errors_are_missing(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["a", "b", "y"])
        for n in range(30):
            sheet.append([n / 2, "#DIV/0!" if n == 3 else n / 4, n])
        sheet["B5"].data_type = "e"
        sheet["A9"] = "=1+1"

    path = workbook(tmp_path / "f.xlsx", Sheet1=fill)
    table = open_table(path)
    assert np.flatnonzero(np.isnan(table.cells["b"].numbers)).tolist() == [3]  # type: ignore[arg-type]
    assert np.flatnonzero(np.isnan(table.cells["a"].numbers)).tolist() == [7]  # type: ignore[arg-type]
    assert any("1 formulas have no stored value" in warning for warning in table.warnings)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "g.xlsm", "w") as new:
        for name in old.namelist():
            stored = re.sub(rb"(<f>1\+1</f>)(<v ?/>|<v></v>)", rb"\1<v>2</v>", old.read(name))
            new.writestr(name, stored)
        new.writestr("xl/vbaProject.bin", b"a macro")
    table = open_table(tmp_path / "g.xlsm")
    assert table.cells["a"].numbers[7] == 2  # type: ignore[index]


def test_text_in_three_languages(tmp_path: Path) -> None:
    words = ["Größe", "размер", "大きさ", "حجم"]
    rows: list[list[Any]] = [
        ["название", "Wert", "尺寸"],
        *([words[n % 4], n / 2, n] for n in range(40)),
    ]
    reading = read_table(workbook(tmp_path / "t.xlsx", Лист=rows))
    assert [info.name for info in reading.columns] == ["название", "Wert", "尺寸"]
    assert reading.written["sheet"] == "Лист"
    table = open_table(tmp_path / "t.xlsx")
    assert set(table.cells["название"].as_texts().categories) == set(words)


def test_a_million_empty_rows_cost_nothing(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        for row in towns(40):
            sheet.append(row)
        sheet.row_dimensions[1_048_576].height = 20
        sheet.cell(1_048_576, 3).font = openpyxl.styles.Font(bold=True)

    assert read_table(workbook(tmp_path / "e.xlsx", S=fill)).rows == 40


def test_a_cell_far_away_is_refused_before_room_is_made_for_all_before_it(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        for row in towns(40):
            sheet.append(row)
        sheet["XFD1048576"] = "here"

    path = workbook(tmp_path / "far.xlsx", S=fill)
    with pytest.raises(DataError, match="reaches over 1,048,576 rows and 16,384 columns"):
        open_table(path)


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "bomb.xlsx", S=towns(2_000))
    monkeypatch.setattr(package, "MOST_BYTES", 100_000)
    with pytest.raises(DataError, match="unpacks to more than 0 MB"):
        open_table(path)


def test_few_texts_in_many_cells_are_counted_where_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "a.xlsx", S=towns(100))
    words: list[bytes] = []

    def shared(found: re.Match[bytes]) -> bytes:
        words.append(found[2])
        return b'%s t="s"><v>%d</v></c>' % (found[1], len(words) - 1)

    inline = rb'(<c [^>]*?) t="inlineStr"><is><t>([^<]*)</t></is></c>'
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(inline, shared, old.read(name)))
        items = b"".join(b"<si><t>%s</t></si>" % word for word in words)
        space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (space, items))
    table = open_table(tmp_path / "b.xlsx")
    assert list(table.cells["town"].as_texts()[:2]) == ["Rome", "Oslo"]
    monkeypatch.setattr(package, "MOST_LETTERS", sum(map(len, words)))
    assert table.names == open_table(tmp_path / "b.xlsx").names
    monkeypatch.setattr(package, "MOST_LETTERS", sum(map(len, words)) - 1)
    with pytest.raises(DataError, match="letters: leave columns of long texts out"):
        open_table(tmp_path / "b.xlsx")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "protected by a password, or of an old Excel"),
        (b"a,b\n1,2\n", "no Excel workbook, whatever its name says"),
        (b"PK\x03\x04 and no more", "no Excel workbook, or it is damaged"),
        (b"", "no Excel workbook"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        open_table(path)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
@pytest.mark.parametrize("content", [b"<a", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b""])
def test_a_damaged_part_is_a_sentence(part: str, content: bytes, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", S=towns(30))
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    with pytest.raises(DataError, match=r"xlsx|\.xlsx"):
        open_table(tmp_path / "b.xlsx")


def test_an_empty_sheet_and_one_of_names_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No sheet of the workbook holds a table"):
        open_table(workbook(tmp_path / "a.xlsx", S=[]))
    with pytest.raises(DataError, match="No sheet of the workbook holds a table"):
        open_table(workbook(tmp_path / "b.xlsx", S=[["a", "b"]]))
    with pytest.raises(DataError, match="Sheet 'S' is empty"):
        open_table(workbook(tmp_path / "c.xlsx", S=[], T=towns()), sheet="S")


@pytest.mark.parametrize(
    "content",
    [
        b"<a>" * 2_000 + b"</a>" * 2_000,
        b'<c r="%s1"><v>1</v></c>' % (b"A" * 5_000),
        b'<row r="%s"><c><v>1</v></c></row>' % (b"9" * 4_000),
        b'<c r="A%s"><v>1</v></c>' % (b"9" * 4_000),
    ],
    ids=["deep", "letters", "row", "place"],
)
def test_what_no_sheet_has_is_refused_before_it_takes_room(content: bytes, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", S=towns(30))
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            kept = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                kept = kept.replace(b"</sheetData>", content + b"</sheetData>")
            new.writestr(name, kept)
    with pytest.raises(DataError, match=r"b\.xlsx is no Excel workbook, or it is damaged"):
        open_table(tmp_path / "b.xlsx")


def test_another_table_below_is_left_out_and_said(tmp_path: Path) -> None:
    path = workbook(tmp_path / "two.xlsx", S=stacked)
    table = open_table(path)
    assert [len(table.cells[name]) for name in table.names] == [29, 29, 29]
    assert table.cells["y"].numbers[-1] == 58  # type: ignore[index]
    assert [note for note in table.warnings if "Another table begins in A34" in note]
    with table.records() as rows:
        assert list(rows)[-1] == (31, ["n29", "7.25", "58"])
    below = open_table(path, skip=33)
    assert below.names == ("good", "price", "sold")
    assert len(below.cells["price"]) == 20


@pytest.mark.parametrize(
    "behind", [["n", "n/a"], ["n", 3], ["Total", None], ["many words", "unclear", 4]]
)
def test_an_empty_row_within_a_table_does_not_end_it(behind: list[Any], tmp_path: Path) -> None:
    rows: list[list[Any]] = [["a", "y"], *([f"v{n}", n] for n in range(9)), [None]]
    table = open_table(workbook(tmp_path / "one.xlsx", S=[*rows, behind, *rows[1:-1]]))
    assert len(table.cells["a"]) == 19
    assert not [note for note in table.warnings if "Another table" in note]


@pytest.mark.parametrize(("right", "cell"), [("c", "E1"), (None, "E")])
def test_an_empty_column_within_a_table_is_said(
    right: str | None, cell: str, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [["a", "b", "y", None, right], *([n, n, n, None, n] for n in range(9))]
    table = open_table(workbook(tmp_path / "beside.xlsx", S=rows))
    assert table.names == ("a", "b", "y", right or "column_5")
    said = f"Column D is empty; what begins right of it in {cell} is"
    assert [note for note in table.warnings if said in note]
