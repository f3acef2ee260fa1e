"""The cells of a CSV as columns of numbers or of texts, read in blocks by pyarrow."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.csv.dialect import Dialect
from tuning_core.datasets.tables.csv.encoding import MAX_LINE
from tuning_core.datasets.tables.csv.records import open_separated, records, single
from tuning_core.datasets.tables.numbers import MARKERS, MISSING
from tuning_core.datasets.tables.table import Cells, Records, check_rows
from tuning_core.datasets.tables.texts import (
    agreed,
    categorical,
    code_length,
    plain_numbers,
    written_numbers,
)

_BLOCK = 2 * MAX_LINE
_PLAIN = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NO_NUMBER = [word for word in MISSING if word not in MARKERS]
"""Words that stand for a missing value wherever they are."""


def table_records(path: Path, dialect: Dialect) -> AbstractContextManager[Records]:
    """The records below the names, each with its line; as ``records``."""
    return records(path, dialect.encoding, dialect.delimiter, dialect.quote, dialect.skip)


def check_records(path: Path, dialect: Dialect) -> None:
    """Raises DataError for the first record that does not fit, with its line.

    Pyarrow takes a quote that is never closed, or text behind a quoted value, as it is.
    """
    width = len(dialect.names)
    with table_records(path, dialect) as found:
        for line, row in found:
            if len(row) != width:
                raise DataError(
                    f"Line {line} has {len(row):,} values where the first line has {width:,}: "
                    "add or remove delimiters, or put quotes around a value that holds one."
                )


def read_cells(
    path: Path,
    dialect: Dialect,
    only: Sequence[str] | None = None,
    texts: Collection[str] = (),
) -> list[Cells]:
    """The columns of a file, or ``only`` some of them; those in ``texts`` are read as text.

    Any other column is numbers when all its values are. Raises DataError that says the line.
    """
    names = list(dialect.names if only is None else only)
    plain = _plain_columns(dialect) & set(names) - set(texts)
    if plain:
        with suppress(_NotPlainError):
            return _read_columns(path, dialect, names, texts, plain)
    return _read_columns(path, dialect, names, texts, set())


def _plain_columns(dialect: Dialect) -> set[str]:
    """Columns whose first values are numbers that pyarrow reads as we do, and no codes.

    Codes are whole numbers of one length: values of two lengths, or with a sign, say that these
    are none.
    """
    if dialect.decimal != ".":
        return set()
    rows = [row for row in dialect.sample if len(row) == len(dialect.names)]
    found: set[str] = set()
    for name, column in zip(dialect.names, zip(*rows, strict=True), strict=bool(rows)):
        words = [word for word in column if word not in _NO_NUMBER]
        if words and all(map(_PLAIN.fullmatch, words)):
            lengths = set(map(len, words))
            if len(lengths) > 1 or min(lengths) < 2 or not all(map(str.isdecimal, words)):
                found.add(name)
    return found


class _NotPlainError(Exception):
    """A column that began with plain numbers holds something else as well."""


def _read_columns(
    path: Path, dialect: Dialect, names: Sequence[str], texts: Collection[str], plain: set[str]
) -> list[Cells]:
    """As ``read_cells``; raises _NotPlainError when a ``plain`` column is more than numbers."""
    numbers: dict[str, list[np.ndarray]] = {name: [] for name in names if name not in texts}
    words: dict[str, list[pa.Array]] = {name: [] for name in names if name in texts}
    lengths: dict[str, set[int]] = {name: set() for name in numbers}
    failed: list[str] = []
    for first, batch in _batches(path, dialect, names, plain):
        for name in list(numbers):
            if name in plain:
                numbers[name].append(batch.column(name).to_numpy(zero_copy_only=False))
                lengths[name].add(0)
                continue
            values = plain_numbers(batch.column(name), dialect)
            if values is not None:
                numbers[name].append(values)
                lengths[name].add(code_length(batch.column(name)))
                continue
            del numbers[name]
            if first:
                words[name] = []
            else:
                failed.append(name)
        for name, chunks in words.items():
            chunks.append(batch.column(name).dictionary_encode())
    if failed:
        # What turned out to be text only later is read again from its beginning.
        for _, batch in _batches(path, dialect, failed):
            for name in failed:
                words.setdefault(name, []).append(batch.column(name).dictionary_encode())
    cells = {
        name: replace(Cells.of_numbers(name, _joined(chunks)), code_length=agreed(lengths[name]))
        for name, chunks in numbers.items()
    }
    for name, chunks in words.items():
        found = categorical(chunks)
        read = None if name in texts or dialect.plain else written_numbers(name, found, dialect)
        cells[name] = read or Cells.of_texts(name, found)
    return [cells[name] for name in names]


def _batches(
    path: Path, dialect: Dialect, names: Sequence[str], plain: Collection[str] = ()
) -> Iterator[tuple[bool, pa.RecordBatch]]:
    """(whether it is the first, batch) with the columns ``names`` as strings, missing as null.

    Those that are ``plain`` come as numbers.
    """
    rows = 0
    try:
        with open_separated(path, dialect.encoding, dialect.delimiter, dialect.quote) as stream:
            reader = csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                csv.ReadOptions(
                    column_names=list(dialect.names), skip_rows=dialect.skip, block_size=_BLOCK
                ),
                csv.ParseOptions(
                    delimiter=single(dialect.delimiter),
                    quote_char=dialect.quote or False,
                    newlines_in_values=dialect.multiline,
                ),
                csv.ConvertOptions(
                    column_types={
                        name: pa.float64() if name in plain else pa.string()
                        for name in dialect.names
                    },
                    include_columns=list(names),
                    null_values=_NO_NUMBER,
                    strings_can_be_null=True,
                ),
            )
            for batch in reader:
                if batch.num_rows:
                    yield rows == 0, batch
                rows += batch.num_rows
                check_rows(rows)
    except pa.ArrowInvalid as error:
        if plain:
            raise _NotPlainError from None
        check_records(path, dialect)
        raise DataError(f"The file cannot be read as a table ({error}).") from None
    if not rows:
        raise DataError("The table has a line of names and no line of values below it.")


def _joined(chunks: list[np.ndarray]) -> np.ndarray:
    joined = np.concatenate(chunks)
    chunks.clear()
    return joined
