"""Where the table of a sheet is: titles above it, its names, its first values."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain, dropwhile, islice
from statistics import median
from typing import Any

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.csv.header import column_names, has_header
from tuning_core.datasets.tables.excel.layout import (
    Merged,
    Row,
    cell_text,
    filled,
    filled_rows,
    joined_names,
    names_end,
)

_LOOKED = 200
_SHARE = 0.6
_MOST_MERGED = 50_000
_LETTERS, _DIGITS = 3, 7
"""Of the place of a cell, such as XFD1048576."""


@dataclass(frozen=True)
class Place:
    """Where the table of a sheet is: ``skip`` rows above its names, ``begin`` above its values.

    ``names`` are those of all columns, ``width`` counts the columns that are named.
    """

    skip: int
    begin: int
    header: bool
    names: tuple[str, ...]
    width: int
    warnings: tuple[str, ...]

    def named(self, at: int) -> bool:
        """Whether the file gives the column at this place a name."""
        return self.header and self.names[at] != f"column_{at + 1}"


def placed(
    sheet: Any, name: str, header: bool | None, skip: int | None, wanted: set[str]
) -> tuple[Place, Iterator[Row]]:
    """(where the table is, its rows of values and all that stands below them)."""
    merged: Merged = sheet.merged_cell_ranges or []
    if len(merged) > _MOST_MERGED:
        raise DataError(
            f"Sheet {name!r} has more than {_MOST_MERGED:,} merged cells: unmerge them first."
        )
    left = sheet.start[1] if sheet.start else 0
    head, rows = peeked(dropwhile(lambda row: row[0] <= (skip or 0), filled_rows(sheet)))
    if not head:
        raise DataError(
            f"Sheet {name!r} is empty: a table needs a row of names and rows of values."
        )
    above = _above(head, merged, wanted) if skip is None else 0
    first = head[above][0]
    end = names_end(merged, first)
    tops = [row for row in head[above:] if row[0] <= end]
    given = joined_names(tops, merged, left)
    if header is None:
        below = [[cell_text(cell) for cell in cells] for _, cells in head[above + len(tops) :]]
        header = len(tops) > 1 or has_header([given, *below], wanted)
    names, warnings = column_names(given, header)
    if above:
        warnings = (_skipped(head[0], first - 1), *warnings)
    if not header:
        warnings = (*warnings, "The first row holds values, not names: the columns are numbered.")
    begin = end if header else first - 1
    place = Place(
        skip=first - 1 if skip is None else skip,
        begin=begin,
        header=header,
        names=names,
        width=sum(map(bool, given)) if header else len(names),
        warnings=warnings,
    )
    return place, dropwhile(lambda row: row[0] <= begin, rows)


def _above(head: list[Row], merged: Merged, wanted: Collection[str]) -> int:
    """How many of the first rows are titles: they fill few of the columns that rows have here."""
    counts = [_covered(row, merged) for row in head]
    usual = median(counts)
    for at, (_, cells) in enumerate(head):
        if wanted and set(wanted) <= {cell.strip() for cell in cells if isinstance(cell, str)}:
            return at
    return next(at for at, count in enumerate(counts) if count >= _SHARE * usual)


def _covered(row: Row, merged: Merged) -> int:
    """How many columns the cells of a row reach over; one title over all of them counts once."""
    number, cells = row
    count = sum(map(filled, cells))
    if count == 1:
        return 1
    return count + sum(
        right - left for (top, left), (_, right) in merged if top + 1 == number and right > left
    )


def _skipped(first: Row, above: int) -> str:
    words = " ".join(cell_text(cell).strip() for cell in first[1]).strip()[:40]
    rows = "Row 1 is" if above == 1 else f"Rows 1 to {above:,} are"
    return (
        f"{rows} no part of the table and left out ({words!r}): set dataset.skip to the number of "
        "rows above the names if that is wrong."
    )


def peeked(rows: Iterator[Row]) -> tuple[list[Row], Iterator[Row]]:
    """(the first rows, all of them)."""
    head = list(islice(rows, _LOOKED))
    return head, chain(head, rows)


def row_number(digits: str, otherwise: int) -> int:
    """The row that a cell's place says; raises ValueError for more than a sheet has."""
    if len(digits) > _DIGITS:
        raise ValueError(f"{len(digits)} digits")
    return int(digits or otherwise)


def column_number(letters: str) -> int:
    """The column, from 1, that a cell's place says; raises ValueError as above."""
    if len(letters) > _LETTERS:
        raise ValueError(f"{len(letters)} letters")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter.upper()) - 64
    return number


def column_letters(column: int) -> str:
    """The letters of a column, counted from 0, such as AB."""
    more, last = divmod(column, 26)
    return (column_letters(more - 1) if more else "") + chr(65 + last)


def cell_place(row: int, column: int) -> str:
    """The place of a cell in a row, from 1, and a column, from 0, such as AB7."""
    return f"{column_letters(column)}{row}"
