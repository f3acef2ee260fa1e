"""How a CSV is written: its delimiter, decimal sign and header, found in its first lines."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.scan import MAX_LINE, Scan, open_utf8
from tuning_core.spec_dataset import MAX_COLUMN_NAME, MAX_COLUMNS

DELIMITERS = (",", ";", "\t", "|")
MISSING = ("", "NA", "N/A", "n/a", "na", "#N/A", "null", "NULL", "NaN", "nan", "?", "-", "None")
"""How tables write that a value is missing."""

_SAMPLE = 200
_DOT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?$")
_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?$")
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?$")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


@dataclass(frozen=True)
class Dialect:
    """``names`` are those of the columns, made unique; ``skip`` lines stand before the values.

    ``sample`` holds the first records, without the header; ``warnings`` are sentences.
    """

    encoding: str
    delimiter: str
    decimal: str
    header: bool
    quotes: bool
    names: tuple[str, ...]
    skip: int
    sample: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...] = ()


def find_dialect(
    path: Path,
    scan: Scan,
    delimiter: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    least: int = 2,
) -> Dialect:
    """What is given is taken as given, the rest is found. Raises DataError.

    ``least`` is how many columns there have to be.
    """
    if delimiter is not None and (not delimiter.isprintable() and delimiter != "\t"):
        raise DataError("dataset.delimiter: expected a printable character or a tab.")
    found = delimiter or _delimiter(path, scan)
    if found in ('"', "\n", "\r"):
        raise DataError("dataset.delimiter: expected another character than a quote or line end.")
    with records(path, scan.encoding, found, bool(scan.quotes)) as rows:
        lines: list[tuple[int, list[str]]] = []
        for line, row in rows:
            if len(row) > MAX_COLUMNS:
                raise DataError(
                    f"Line {line} has {len(row):,} columns, more than the {MAX_COLUMNS:,} that can "
                    "be used: leave some out."
                )
            lines.append((line, row))
            if len(lines) > _SAMPLE:
                break
    if not lines:
        raise DataError("The file is empty: a table needs a line of names and lines of values.")
    first = lines[0][1]
    if len(first) < least:
        raise DataError(
            "The table has one column, and two are needed: one to learn from and one to predict. "
            "If its columns are separated by something else than , ; tab or |, say so in "
            "dataset.delimiter."
        )
    has_header = _has_header([row for _, row in lines]) if header is None else header
    values = lines[1:] if has_header else lines
    if not values:
        raise DataError("The table has a line of names and no line of values below it.")
    names, warnings = _names(first, has_header)
    used = decimal or _decimal([row for _, row in values], found)
    if used == found:
        raise DataError("dataset.decimal: expected another sign than the delimiter.")
    return Dialect(
        encoding=scan.encoding,
        delimiter=found,
        decimal=used,
        header=has_header,
        quotes=bool(scan.quotes),
        names=names,
        skip=lines[0][0] if has_header else 0,
        sample=tuple(tuple(row) for _, row in values[:_SAMPLE]),
        warnings=warnings,
    )


@contextmanager
def records(
    path: Path, encoding: str, delimiter: str, quotes: bool
) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """All records that are not empty, each with the number of its last line, from 1.

    Raises DataError for a quote that is never closed.
    """
    csv.field_size_limit(MAX_LINE)
    with io.TextIOWrapper(open_utf8(path, encoding), "utf-8", newline="") as text:
        yield _records(text, delimiter, quotes)


def _records(
    text: io.TextIOWrapper, delimiter: str, quotes: bool
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(
        text,
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
        strict=True,
    )
    before = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):
                raise DataError(
                    f'Line {before + 1}: a quote (") opens a value and is not closed; close it, or '
                    'write "" for a quote within a value.'
                ) from None
            raise DataError(
                f"Line {reader.line_num}: a quoted value goes on after its closing quote; write "
                '"" for a quote within a value.'
            ) from None
        if row:
            yield reader.line_num, row
        before = reader.line_num


def is_number(text: str) -> bool:
    """Whether a cell reads as a number, with either decimal sign."""
    return bool(_NUMBER.match(text.strip()))


def _delimiter(path: Path, scan: Scan) -> str:
    """The one that cuts the first lines into the most columns, alike in most of them."""
    best, score = DELIMITERS[0], (0.0, 0)
    for candidate in DELIMITERS:
        widths: Counter[int] = Counter()
        # Where the quotes do not fit this delimiter, the lines before them count.
        with (
            suppress(DataError),
            records(path, scan.encoding, candidate, bool(scan.quotes)) as rows,
        ):
            for (_, row), _number in zip(rows, range(50), strict=False):
                widths[len(row)] += 1
        if widths:
            width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
            share = count / widths.total() if width > 1 else 0.0
            score, best = max((score, best), ((round(share, 1), width), candidate))
    return best


def _decimal(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    if delimiter == ",":
        # Only quoted values could hold a decimal comma.
        return "."
    cells = [cell.strip() for row in rows for cell in row]
    commas = sum(bool(_COMMA.match(cell)) for cell in cells)
    return "," if commas > sum(bool(_DOT.match(cell)) for cell in cells) else "."


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """A header names columns: no cell of it is a number or a date, and none comes twice below."""
    first = [cell.strip() for cell in rows[0]]
    if any(is_number(cell) or _DATE.match(cell) for cell in first) or not any(first):
        return False
    below = rows[1:]
    if any(is_number(cell) for row in below for cell in row):
        return True
    # All of it is text: then the first line is a header unless its words come again below.
    again = sum(
        any(column < len(row) and row[column].strip() == cell for row in below)
        for column, cell in enumerate(first)
    )
    return again * 2 < len(first)


def _names(first: Sequence[str], header: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not header:
        return tuple(f"column_{number}" for number in range(1, len(first) + 1)), ()
    names: list[str] = []
    warnings: list[str] = []
    taken = {cell.strip() for cell in first}
    for number, cell in enumerate(first, start=1):
        given = "".join(c if c.isprintable() else " " for c in cell.strip())
        given = given[: MAX_COLUMN_NAME - 10] or f"column_{number}"
        name, copy = given, 1
        while name in names or (copy > 1 and name in taken):
            copy += 1
            name = f"{given} ({copy})"
        if copy > 1:
            warnings.append(f"Two columns are named {given!r}: column {number} is now {name!r}.")
        names.append(name)
    return tuple(names), tuple(warnings)
