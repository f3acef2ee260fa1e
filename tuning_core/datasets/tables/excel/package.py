"""The parts of a workbook: which sheets it has, how far they reach, and a copy to read safely.

A workbook is a zip of XML. What reads it (``python-calamine``) takes room for every cell between
the first and the last one, and as much as a zip unpacks to; both are looked at here before.
"""

from __future__ import annotations

import posixpath
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

from tuning_core.catalog.limits import most
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.excel.place import column_number, row_number
from tuning_core.files import zip_lists_at_most
from tuning_core.spec.dataset import MAX_COLUMNS

MOST_CELLS = 10_000_000
"""Of a sheet, empty ones among them."""
MOST_BYTES = 1_000_000_000
"""Of the parts that are read, unpacked."""
MOST_LETTERS = 500_000_000
"""Of the texts of all cells together."""

_LISTED = 1_000_000
_DEEPEST = 100
_SMALL = 20_000_000
_CHUNK = 1 << 20
_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_TEXTS = "xl/sharedStrings.xml"
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError),
    *(RuntimeError, KeyError, OverflowError),
)
_UNSTORED = (b"</f><v></v>", b"</f><v/>", b"</f><v />", b"</f></c>")
"""How formulas end whose value was not stored."""
_SHARED = ("[Content_Types].xml", "_rels/.rels", _BOOK, _LINKS, "xl/styles.xml", _TEXTS)


@dataclass(frozen=True)
class Sheet:
    """A worksheet: its name, its part of the zip, whether Excel shows it."""

    name: str
    part: str
    visible: bool


@dataclass
class Extent:
    """How far the cells that hold something reach, counted from 1; ``unstored`` formulas."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0
    rows: int = 0
    referring: int = 0
    unstored: int = 0

    @property
    def columns(self) -> int:
        """Columns from the first to the last that holds something."""
        return self.right - self.left + 1 if self.rows else 0


class Package:
    """An open workbook; reads raise DataError."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._parts = {info.filename: info for info in archive.infolist()}
        if _BOOK not in self._parts or _LINKS not in self._parts:
            raise _damaged(name)
        self.sheets = self._listed()
        self._extents: dict[str, Extent] = {}

    def _listed(self) -> tuple[Sheet, ...]:
        targets: dict[str, str] = {}
        sheets: list[Sheet] = []

        def link(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship" and given.get("Type", "").endswith("/worksheet"):
                path = given.get("Target", "")
                targets[given.get("Id", "")] = posixpath.normpath(
                    path.lstrip("/") if path.startswith("/") else posixpath.join("xl", path)
                )

        def sheet(tag: str, given: dict[str, str]) -> None:
            where = next((value for name, value in given.items() if name.endswith(":id")), "")
            part = targets.get(where, "")
            if tag == "sheet" and part in self._parts:
                shown = given.get("state", "visible") == "visible"
                sheets.append(Sheet(given.get("name", ""), part, shown))

        self._parse(_LINKS, link, limit=_SMALL)
        self._parse(_BOOK, sheet, limit=_SMALL)
        if not sheets:
            raise DataError(f"{self._name} has no worksheet: a table needs one.")
        return tuple(sheets)

    def extent(self, sheet: Sheet) -> Extent:
        """How far a sheet reaches; raises DataError for more than is read."""
        if sheet.part not in self._extents:
            self._extents[sheet.part] = self._measured(sheet)
        return self._extents[sheet.part]

    def _measured(self, sheet: Sheet) -> Extent:
        found = Extent()
        row = column = last = 0
        columns: dict[str, int] = {}

        def begin(tag: str, given: dict[str, str]) -> None:
            nonlocal row, column, last
            if tag == "c":
                place = given.get("r", "")
                letters = place.rstrip("0123456789")
                # What says no place follows the one before.
                column = columns.get(letters, 0) if letters else column + 1
                if not column:
                    column = columns[letters] = column_number(letters)
                row = row_number(place[len(letters) :], row)
                found.referring += given.get("t") == "s"
            elif tag == "row":
                row, column = row_number(given.get("r", ""), row + 1), 0
            elif tag in ("v", "is"):
                found.rows += row != last
                last = row
                found.top = min(found.top or row, row)
                found.bottom = max(found.bottom, row)
                found.left = min(found.left or column, column)
                found.right = max(found.right, column)

        def count(chunk: bytes) -> None:
            found.unstored += sum(map(chunk.count, _UNSTORED))

        self._parse(sheet.part, begin, seen=count)
        self._check(sheet, found)
        return found

    def _check(self, sheet: Sheet, found: Extent) -> None:
        height = found.bottom - found.top + 1 if found.rows else 0
        if height > most("rows") or found.columns * height > MOST_CELLS:
            raise DataError(
                f"Sheet {sheet.name!r} reaches over {height:,} rows and {found.columns:,} columns, "
                f"more than the {MOST_CELLS:,} cells that are read of a sheet: remove what stands "
                "far from the table, or save it as CSV or Parquet."
            )
        if found.columns > MAX_COLUMNS:
            raise DataError(
                f"Sheet {sheet.name!r} reaches over {found.columns:,} columns, more than the "
                f"{MAX_COLUMNS:,} that can be used: leave some out."
            )
        shared = self._parts.get(_TEXTS)
        if shared is not None and found.referring * shared.file_size > MOST_LETTERS:
            self._check_letters(sheet)

    def _check_letters(self, sheet: Sheet) -> None:
        """Raises DataError where few texts stand in so many cells that they fill the memory."""
        lengths: list[int] = []
        letters, number, of_text = 0, "", False

        def text(tag: str, given: dict[str, str]) -> None:
            if tag == "si":
                lengths.append(0)

        def count(data: str) -> None:
            lengths[-1:] = [lengths[-1] + len(data)] if lengths else []

        self._parse(_TEXTS, text, letters=count)

        def cell(tag: str, given: dict[str, str]) -> None:
            nonlocal number, of_text
            of_text = given.get("t") == "s" if tag == "c" else of_text
            number = "" if tag == "v" else number

        def figure(data: str) -> None:
            nonlocal number
            number += data

        def end(tag: str) -> None:
            nonlocal letters
            if tag == "v" and of_text and number.strip().isdecimal():
                place = int(number)
                letters += lengths[place] if place < len(lengths) else 0
                if letters > MOST_LETTERS:
                    raise DataError(
                        f"The texts of sheet {sheet.name!r} have more than {MOST_LETTERS:,} "
                        "letters: leave columns of long texts out, or save it as Parquet."
                    )

        self._parse(sheet.part, cell, end, figure)

    def _parse(
        self,
        part: str,
        begin: Callable[[str, dict[str, str]], Any],
        end: Callable[[str], Any] | None = None,
        letters: Callable[[str], Any] | None = None,
        *,
        seen: Callable[[bytes], Any] | None = None,
        limit: int | None = None,
    ) -> None:
        """Calls with the elements, named without their prefix, and their attributes."""
        parser = expat.ParserCreate()
        depth = 0

        def opened(tag: str, given: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEEPEST:  # The parser keeps each that is open.
                raise _damaged(self._name)
            begin(tag.rpartition(":")[2] if ":" in tag else tag, given)

        def closed(tag: str) -> None:
            nonlocal depth
            depth -= 1
            if end is not None:
                end(tag.rpartition(":")[2])

        def declared(*_: object) -> None:
            raise _damaged(self._name)

        parser.StartElementHandler = opened
        parser.EndElementHandler = closed
        if letters is not None:
            parser.CharacterDataHandler = letters
        # No writer of tables declares entities, which only grow.
        parser.StartDoctypeDeclHandler = declared
        try:
            for chunk in self._chunks(part, limit):
                if seen is not None:
                    seen(chunk)
                parser.Parse(chunk)
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError):
            raise _damaged(self._name) from None

    def _chunks(self, part: str, limit: int | None = None) -> Iterator[bytes]:
        limit = limit or MOST_BYTES
        if self._parts[part].file_size > limit:
            raise DataError(
                f"{self._name} unpacks to more than {limit / 1e6:,.0f} MB, more than is read of a "
                "workbook: leave rows or columns out, or save it as Parquet."
            )
        with self._archive.open(part) as stream:
            # No more than what it declares comes out of it.
            while chunk := stream.read(_CHUNK):
                yield chunk

    @contextmanager
    def copy(self, sheet: Sheet) -> Iterator[Path]:
        """A workbook of this sheet alone, without what is not read, which unpacks to no more."""
        with tempfile.TemporaryDirectory(prefix="tunescape-") as place:
            path = Path(place) / "sheet.xlsx"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as copied:
                for part in (*_SHARED, sheet.part):
                    if part in self._parts:
                        with copied.open(part, "w") as stream:
                            for chunk in self._chunks(part):
                                stream.write(chunk)
            yield path


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """An open workbook; raises DataError for what is none."""
    name = path.name[:80]
    try:
        if not zip_lists_at_most(path, _LISTED):
            raise _damaged(name)
        with zipfile.ZipFile(path) as archive:
            yield Package(archive, name)
    except _DAMAGED as error:
        raise _damaged(name) from error


def _damaged(name: str) -> DataError:
    return DataError(
        f"{name} is no Excel workbook, or it is damaged: open it in Excel or LibreOffice and save "
        "it as .xlsx."
    )
