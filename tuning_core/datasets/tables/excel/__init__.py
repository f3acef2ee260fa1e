"""Reads tables from Excel's workbooks (``.xlsx``, ``.xlsm``): a sheet, its values as stored.

Macros are never looked at, formulas are the values that they had when the file was saved, and a
cell with an error, such as #N/A, is missing.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import dropwhile, pairwise
from pathlib import Path
from typing import Any

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.excel import layout
from tuning_core.datasets.tables.excel.columns import form_of, gathered, values_of
from tuning_core.datasets.tables.excel.layout import (
    Row,
    cell_text,
    filled,
    filled_rows,
    first_table,
)
from tuning_core.datasets.tables.excel.package import Package, Sheet, open_package
from tuning_core.datasets.tables.excel.place import (
    Place,
    cell_place,
    column_letters,
    peeked,
    placed,
)
from tuning_core.datasets.tables.table import Records, Table, TableReader
from tuning_core.datasets.tables.texts import questions
from tuning_core.spec.dataset import DatasetSpec

_OLD, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"


def _refuse(start: bytes) -> None:
    """Raises DataError for what is certainly no workbook of today's Excel."""
    if start.startswith(_OLD):
        raise DataError(
            "The file is protected by a password, or of an old Excel (.xls): open it there, take "
            "the password away, and save it as .xlsx."
        )
    if not start.startswith(_ZIP):
        raise DataError(
            "The file is no Excel workbook, whatever its name says: give it the ending of what it "
            "is, or save it as .xlsx."
        )


def read(
    path: Path,
    *,
    sheet: str | None = None,
    header: bool | None = None,
    skip: int | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    texts: Iterable[str] = (),
    only: Iterable[str] | None = None,
    wanted: Iterable[str] = (),
    least: int = 2,
) -> Table:
    """Reads a sheet as ``open_table`` says; where its table begins is found where it is None."""
    with path.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    notes, another = list[Row](), list[Row]()
    asked, texts = None if only is None else set(only), set(texts)
    with open_package(path) as package:
        chosen = _chosen(package, sheet, least)
        with _opened(package, chosen) as opened:
            place, rows = placed(opened, chosen.name, header, skip, set(wanted))
            rows = first_table(rows, another)
            head, rows = peeked(values_of(rows, place.width, notes))
            left = opened.start[1]
            columns = gathered(rows, place.names, asked)
        warnings = [*place.warnings, *_remarks(package, chosen, sheet, notes)]
    warnings += _others(another, left, place, [column.empty for column in columns])
    kept = [at for at, column in enumerate(columns) if not column.empty or place.named(at)]
    if not head:
        raise DataError(f"Sheet {chosen.name!r} has a row of names and no row of values below it.")
    if len(kept) < least:
        raise DataError(
            f"The table of sheet {chosen.name!r} has one column, and two are needed: one to learn "
            "from and one to predict. If it is another sheet, say so in dataset.sheet."
        )
    form = form_of((columns[at] for at in kept), decimal, thousands)
    names = tuple(place.names[at] for at in kept)
    written = {"decimal": form.decimal, "thousands": form.thousands, "header": place.header}
    return Table(
        path,
        content,
        names,
        {
            name: columns[at].cells(name, form, as_text=name in texts)
            for name, at in zip(names, kept, strict=True)
            if asked is None or name in asked
        },
        tuple(tuple(cell_text(row[at], form.decimal) for at in kept) for _, row in head),
        partial(_records, path, chosen, place, kept, form.decimal),
        {**written, "skip": place.skip, "sheet": chosen.name},
        (*warnings, *questions(form)),
        "row",
    )


def _chosen(package: Package, name: str | None, least: int) -> Sheet:
    """The sheet of this name, or the first one to see that holds a table."""
    if name is not None:
        named = [sheet for sheet in package.sheets if sheet.name == name]
        if not named:
            listed = ", ".join(repr(sheet.name) for sheet in package.sheets[:12])
            raise DataError(
                f"dataset.sheet: the workbook has no sheet {name!r}; its sheets are {listed}."
            )
        return named[0]
    shown = [sheet for sheet in package.sheets if sheet.visible]
    for sheet in shown:
        extent = package.extent(sheet)
        if extent.rows > 1 and extent.columns >= least:
            return sheet
    hidden = [repr(sheet.name) for sheet in package.sheets if not sheet.visible]
    hint = f" Hidden are {', '.join(hidden[:12])}: name one in dataset.sheet." if hidden else ""
    raise DataError(
        "No sheet of the workbook holds a table: a row of names and rows of values below it, with "
        f"a column to learn from and one to predict.{hint}"
    )


@contextmanager
def _opened(package: Package, sheet: Sheet) -> Iterator[Any]:
    from python_calamine import CalamineError, CalamineWorkbook

    package.extent(sheet)
    with package.copy(sheet) as path:
        try:
            yield CalamineWorkbook.from_path(path).get_sheet_by_name(sheet.name)
        except CalamineError as error:
            raise DataError(
                f"Sheet {sheet.name!r} cannot be read ({error}): open the workbook in Excel or "
                "LibreOffice and save it as .xlsx."
            ) from None


def _remarks(package: Package, sheet: Sheet, asked: str | None, notes: list[Row]) -> Iterator[str]:
    """Sentences on other sheets, on what stands below the table, on formulas without a value."""
    others = [other for other in package.sheets if other.visible and other != sheet]
    if asked is None and others:
        listed = ", ".join(repr(other.name) for other in others[:5])
        more = f" and {len(others) - 5:,} more" if len(others) > 5 else ""
        yield (
            f"Sheet {sheet.name!r} is read, not {listed}{more}: set dataset.sheet if it is another."
        )
    if notes:
        words = " ".join(cell_text(cell).strip() for cell in notes[0][1]).strip()[:40]
        last = f"Rows {notes[0][0]:,} to {notes[-1][0]:,} are" if len(notes) > 1 else ""
        yield (
            f"{last or f'Row {notes[0][0]:,} is'} no part of the table and left out ({words!r}): "
            "remove what stands below the table if that is wrong."
        )
    if unstored := package.extent(sheet).unstored:
        yield (
            f"{unstored:,} formulas have no stored value and count as missing: open the workbook "
            "in Excel or LibreOffice and save it."
        )


def _others(another: list[Row], left: int, place: Place, empty: list[bool]) -> Iterator[str]:
    """Sentences on a table below, which is left out, and on what may be one at the right."""
    for number, cells in another:
        first = next(at for at, cell in enumerate(cells) if filled(cell))
        words = " ".join(cell_text(cell).strip() for cell in cells).strip()[:40]
        yield (
            f"Another table begins in {cell_place(number, left + first)} ({words!r}) and is left "
            f"out: set dataset.skip to {number - 1:,} to read it instead, or put it on a sheet of "
            "its own."
        )
    used = [at for at, nothing in enumerate(empty) if not nothing or place.named(at)]
    for before, after in pairwise(used):
        if after - before > 1:
            letters = column_letters(left + after)
            cell = cell_place(place.begin, left + after) if place.named(after) else letters
            yield (
                f"Column {column_letters(left + before + 1)} is empty; what begins right of it in "
                f"{cell} is read as columns of the same table: put it on a sheet of its own if it "
                "is another table."
            )
            return


@contextmanager
def _records(
    path: Path, sheet: Sheet, place: Place, kept: list[int], decimal: str
) -> Iterator[Records]:
    with open_package(path) as package, _opened(package, sheet) as opened:
        rows = dropwhile(lambda row: row[0] <= place.begin, filled_rows(opened))
        yield (
            (number, [cell_text(cells[at], decimal) for at in kept])
            for number, cells in values_of(first_table(rows, []), place.width, [])
        )


def _sheets(path: Path) -> dict[str, list[Any]]:
    with open_package(path) as package:
        return {"sheet": [sheet.name for sheet in package.sheets]}


def _recorded(spec: DatasetSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in EXCEL.written}


def _likely(path: Path, own: DatasetSpec) -> Iterator[dict[str, Any]]:
    """As the study's file is written or, where that does not fit, as it looks by itself."""
    signs = {"decimal": own.decimal, "thousands": own.thousands, "header": own.header}
    if own.sheet in _sheets(path)["sheet"]:
        yield {**signs, "sheet": own.sheet}
    yield signs
    yield {}


_SCRIPT = '''

def read(path):
    """The cells of a sheet as texts; names that come twice are numbered."""
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_path(path).get_sheet_by_name(SHEET)
    merged = sheet.merged_cell_ranges or []
    rows = [row for row in filled_rows(sheet) if row[0] > SKIP]
    end = names_end(merged, rows[0][0]) if HEADER else 0
    top = [row for row in rows if row[0] <= end]
    first = [""] * len(rows[0][1])
    if HEADER:
        first = joined_names(top, merged, sheet.start[1])
        first = ["".join(c if c.isprintable() else " " for c in cell) for cell in first]
    values = list(first_table(rows[len(top) :], []))
    below = notes_below(values[-LAST:], sum(map(bool, first)) or len(first))
    values = values[: len(values) - below]
    names = []
    for number, cell in enumerate(first, start=1):
        given = name = cell or f"column_{number}"
        copy = 1
        while name in names or (copy > 1 and name in first):
            copy += 1
            name = f"{given} ({copy})"
        names.append(name)
    texts = [[cell_text(cell, DECIMAL) for cell in row] for _, row in values]
    return pd.DataFrame(texts, columns=names)'''


def _script() -> str:
    """The functions that say what stands where, as the app has them, and ``read``."""
    source = inspect.getsource(layout)
    return source[source.index("import datetime") :].rstrip() + "\n" + _SCRIPT


EXCEL = TableReader(
    id="excel",
    label="Excel",
    endings=(".xlsx", ".xlsm"),
    read=read,
    written=("decimal", "thousands", "header", "skip", "sheet"),
    refuse=_refuse,
    recorded=_recorded,
    likely=_likely,
    choices=_sheets,
    script=_script(),
    constants=lambda own: {
        "SHEET": own.sheet,
        "SKIP": own.skip or 0,
        "HEADER": own.header is not False,
    },
)
