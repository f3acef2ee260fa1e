"""The cells of a CSV as columns of numbers or of texts, read in blocks by pyarrow."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.csv.dialect import Dialect
from tuning_core.datasets.tables.csv.encoding import MAX_LINE
from tuning_core.datasets.tables.csv.records import open_separated, records, single
from tuning_core.datasets.tables.numbers import MARKERS, MISSING, read_numbers
from tuning_core.datasets.tables.table import Cells, Records, categories, check_rows

_BLOCK = 2 * MAX_LINE
_HEAD = 1_000
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
            values = _numbers(batch.column(name), dialect)
            if values is not None:
                numbers[name].append(values)
                lengths[name].add(_code_length(batch.column(name)))
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
        name: replace(Cells.of_numbers(name, _joined(chunks)), code_length=_agreed(lengths[name]))
        for name, chunks in numbers.items()
    }
    for name, chunks in words.items():
        found = _categorical(chunks)
        read = None if name in texts or dialect.plain else _written_numbers(name, found, dialect)
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


def _numbers(texts: pa.Array, dialect: Dialect) -> np.ndarray | None:
    """Texts as numbers, or None when one of them is none or not written plainly."""
    if dialect.decimal == ",":
        # As the scripts of a bundle have it: a table has one decimal sign.
        if not dialect.plain and pc.any(pc.match_substring(texts, ".")).as_py():
            return None
        texts = pc.replace_substring(texts, ",", ".")
    try:
        return pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        pass
    # Words for what is missing and blanks around numbers are rare; to look for them takes as long
    # as reading.
    for trimmed in (texts, None):
        source = pc.utf8_trim_whitespace(texts) if trimmed is None else trimmed
        source = pc.if_else(pc.is_in(source, pa.array(MISSING)), None, source)
        try:
            return pc.cast(source, pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            continue
    return None


def _code_length(texts: pa.Array) -> int:
    """Digits of whole numbers of one length, negative when none begins with 0; 0 for others."""
    for part in (texts[:_HEAD], texts):
        # Few columns pass the first look, which keeps the second from taking as long as reading.
        words = part.filter(pc.invert(pc.is_in(part, pa.array(MISSING)))).drop_null()
        ends = pc.min_max(pc.binary_length(words)).as_py()
        if ends["min"] != ends["max"] or (ends["min"] or 0) < 2:
            return 0
        if not pc.all(pc.utf8_is_digit(words)).as_py():
            return 0
    return int(ends["max"]) * (1 if pc.any(pc.starts_with(words, "0")).as_py() else -1)


def _agreed(lengths: set[int]) -> int:
    """The length of the codes of all blocks, 0 when they are none."""
    return max(lengths) if max(lengths) > 0 and {abs(n) for n in lengths} == {max(lengths)} else 0


def _written_numbers(name: str, words: pd.Categorical, dialect: Dialect) -> Cells | None:
    """The column as numbers with thousands signs or with $, % and their like, if it is such."""
    values = read_numbers(list(words.categories), dialect.decimal, dialect.thousands)
    if values is None or not np.isfinite(values).any():
        return None
    read = Cells.of_numbers(name, np.append(values, np.nan)[words.codes])
    return replace(read, formatted=True, words=words)


def _joined(chunks: list[np.ndarray]) -> np.ndarray:
    joined = np.concatenate(chunks)
    chunks.clear()
    return joined


def _categorical(chunks: list[pa.DictionaryArray]) -> pd.Categorical:
    """Trimmed texts with sorted categories."""
    unified = pa.chunked_array(chunks).unify_dictionaries()
    words = unified.chunk(0).dictionary.to_pylist()
    codes = np.concatenate(
        [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in unified.chunks]
    )
    trimmed = [word.strip() for word in words]
    return categories(codes.astype(np.int64), trimmed, set(MISSING) - set(MARKERS))
