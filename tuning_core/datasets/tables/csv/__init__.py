"""Reads tables from CSV and its kin: text with a value between delimiters."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables import numbers
from tuning_core.datasets.tables.csv.cells import check_records, read_cells, table_records
from tuning_core.datasets.tables.csv.dialect import Dialect, find_dialect
from tuning_core.datasets.tables.csv.encoding import Scan, scan
from tuning_core.datasets.tables.csv.records import WHITESPACE, QuoteError
from tuning_core.datasets.tables.table import Cells, Table, TableReader
from tuning_core.datasets.tables.texts import questions
from tuning_core.spec.dataset import DatasetSpec, Quotes

_FIELDS = ("delimiter", "decimal", "thousands", "encoding", "header", "quotes", "skip")
_WRITTEN = 5_000
_PLAIN = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DISGUISES = (
    (b"PK\x03\x04", "a zip or Excel file"),
    (b"PK\x05\x06", "an empty zip file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"7z\xbc\xaf", "a 7-Zip file"),
    (b"(\xb5/\xfd", "a Zstandard file"),
    (b"Rar!", "a RAR file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x7fELF", "a program"),
)


def _refuse(start: bytes) -> None:
    """Raises DataError when a file that begins like this is certainly no CSV."""
    if not start.strip():
        raise DataError("The file is empty: a table needs a line of names and lines of values.")
    for magic, what in _DISGUISES:
        if start.startswith(magic):
            raise DataError(
                f"The file is {what}, not a CSV: give it the ending of what it is, or open it "
                "where it was made and save the table as CSV (UTF-8)."
            )


def read(
    path: Path,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    thousands: str | None = None,
    quotes: Quotes | None = None,
    skip: int | None = None,
    plain: bool = False,
    texts: Iterable[str] = (),
    only: Iterable[str] | None = None,
    wanted: Iterable[str] = (),
    least: int = 2,
) -> Table:
    """Reads a CSV as ``open_table`` says; how it is written is found where it is None.

    ``plain`` numbers have no thousands signs and no others around them: so read versions that
    knew none.
    """
    found = scan(path, encoding)
    dialect = find_dialect(
        path,
        found,
        delimiter,
        decimal,
        header,
        quote=None if quotes is None else quotes or "",
        thousands=thousands,
        skip=skip,
        wanted=set(wanted),
        least=least,
    )
    if plain:
        dialect = replace(dialect, plain=True, thousands="")
    chosen = None if only is None else [name for name in dialect.names if name in set(only)]
    named = set(texts)
    dialect, cells = _read_quoted(path, dialect, found, quotes is None, chosen, named)
    form = numbers.NumberForm(dialect.decimal, dialect.thousands)
    if not plain:
        form = numbers.find_form(_written(dialect, cells), dialect.delimiter, decimal, thousands)
    if (form.decimal, form.thousands) != (dialect.decimal, dialect.thousands):
        # The first lines did not show how numbers are written that come later.
        dialect = replace(dialect, decimal=form.decimal, thousands=form.thousands)
        cells = read_cells(path, dialect, chosen, named)
    return Table(
        path,
        found.sha256,
        dialect.names,
        {column.name: column for column in cells},
        dialect.sample,
        partial(table_records, path, dialect),
        dialect.written(),
        (*dialect.warnings, *_warnings(dialect, found.guessed, form)),
    )


def _read_quoted(
    path: Path,
    dialect: Dialect,
    found: Scan,
    free: bool,
    only: list[str] | None,
    texts: set[str],
) -> tuple[Dialect, list[Cells]]:
    """The cells, once it is sure that quotes enclose values; without quotes where that is free."""
    count = {'"': found.quotes, "'": found.apostrophes}.get(dialect.quote, 0)
    unquoted = free and dialect.delimiter == "\t"
    try:
        if count % 2 or (count and unquoted):
            check_records(path, dialect)
        cells = read_cells(path, dialect, only, texts)
        rows = len(cells[0]) if cells else 0
        if count and rows < found.lines - 1 - dialect.skip:
            # Values of several lines, or quotes that swallow the lines between them.
            check_records(path, dialect)
    except QuoteError:
        if not unquoted:
            raise
        dialect = replace(dialect, quote="", multiline=False)
        check_records(path, dialect)
        cells = read_cells(path, dialect, only, texts)
    return dialect, cells


def _written(dialect: Dialect, cells: Iterable[Cells]) -> Iterable[Sequence[str]]:
    """What is known of the texts of each column: all that differ, or its first ones."""
    whole = {column.name: column.words for column in cells if column.words is not None}
    for place, name in enumerate(dialect.names):
        if name in whole and len(whole[name].categories):
            yield list(whole[name].categories[:_WRITTEN])
        else:
            yield [row[place] for row in dialect.sample if place < len(row)]


def _warnings(dialect: Dialect, guessed: bool, form: numbers.NumberForm) -> Iterator[str]:
    """Sentences on a guessed encoding, on numbers that could be two, and on names made up."""
    if dialect.encoding not in _PLAIN:
        how = "was guessed to be" if guessed else "was read as"
        yield (
            f"The file is not UTF-8 and {how} {dialect.encoding}: if letters look wrong, choose "
            "another encoding."
        )
    yield from questions(form)
    if not dialect.header:
        yield "The first line holds values, not names: the columns are numbered."


def _recorded(spec: DatasetSpec) -> dict[str, Any]:
    given = {name: getattr(spec, name) for name in _FIELDS}
    if spec.sha256 is not None and spec.thousands is None:
        # Recorded by a version that knew no other numbers and quotes, nor lines above the names.
        given |= {"plain": True, "quotes": '"', "skip": 0}
    return given


def _likely(path: Path, own: DatasetSpec) -> Iterator[dict[str, Any]]:
    """As the study's file is written or, where that does not fit, as it looks by itself."""
    found = scan(path).encoding
    # Bytes that are UTF-8 are hardly ever anything else; other bytes are whatever one says.
    guessed = found.startswith("utf") or (own.encoding or "utf").startswith("utf")
    given = {"encoding": found if guessed else own.encoding, "header": own.header}
    # What stands above the names is each file's own.
    yield {**_recorded(own), "skip": None, **given}
    yield given


class _LineCounter:
    """Counts the lines of a table while it passes by, rather too few than too many.

    Neither line ends inside quotes nor empty lines nor a line of names are rows, and of UTF-16
    the bytes say nothing.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._quoted = 0
        self._counts: bool | None = None

    def count(self, chunk: bytes) -> None:
        """Goes on with the next bytes."""
        if self._counts is None:
            self._counts = b"\0" not in chunk and not chunk.startswith(_UTF16)
        if not self._counts:
            return
        # The line of names; and where two pieces meet an empty line may be counted.
        self.rows -= 1
        parts = chunk.split(b'"')
        for part in parts[self._quoted :: 2]:
            self.rows += part.count(b"\n") - part.count(b"\n\n") - part.count(b"\n\r\n")
        self._quoted = (self._quoted + len(parts) - 1) % 2


_SCRIPT = '''\
def read(path):
    """The cells as they stand in the file; names that come twice are numbered."""
    options = {"header": None, "dtype": str, "keep_default_na": False, **CSV}
    try:
        rows = pd.read_csv(path, **options)
    except pd.errors.ParserError:
        # The line of names lacks one: that of row names, or of an empty last column.
        rows = pd.read_csv(path, **{**options, "names": range(1_000)}).fillna("")
        rows = rows.loc[:, rows.ne("").any()]
        if rows.iloc[0, -1] == "":
            rows.iloc[0] = rows.iloc[0].shift(1, fill_value="")
    first = rows.iloc[0].str.strip().tolist() if HEADER else [""] * rows.shape[1]
    first = ["".join(c if c.isprintable() else " " for c in cell) for cell in first]
    names = []
    for number, cell in enumerate(first, start=1):
        given = name = cell or f"column_{number}"
        copy = 1
        while name in names or (copy > 1 and name in first):
            copy += 1
            name = f"{given} ({copy})"
        names.append(name)
    rows.columns = names
    return rows.iloc[1:].reset_index(drop=True) if HEADER else rows'''


def _constants(own: DatasetSpec) -> dict[str, Any]:
    options: dict[str, Any] = {
        "sep": r"\s+" if own.delimiter == WHITESPACE else own.delimiter or ",",
        "encoding": own.encoding or "utf-8",
    }
    if own.quotes is False:
        options["quoting"] = 3
    elif own.quotes:
        options["quotechar"] = own.quotes
    if own.skip:
        options["skiprows"] = own.skip
    return {"CSV": options, "HEADER": own.header is not False}


CSV = TableReader(
    id="csv",
    label="CSV",
    endings=(".csv",),
    any_ending=True,
    read=read,
    written=_FIELDS,
    refuse=_refuse,
    row_counter=_LineCounter,
    recorded=_recorded,
    likely=_likely,
    script=_SCRIPT,
    constants=_constants,
)
