"""The cells of a CSV as columns of numbers or of texts, read in blocks by pyarrow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from tuning_core.catalog.limits import most
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.dialect import MISSING, Dialect, records
from tuning_core.datasets.tables.scan import MAX_LINE, MAX_ROWS, open_utf8

_BLOCK = 2 * MAX_LINE


@dataclass(frozen=True)
class Cells:
    """One column: ``numbers`` (n,) float64 with NaN for missing, or ``texts``."""

    name: str
    numbers: np.ndarray | None = None
    texts: pd.Categorical | None = None

    def __len__(self) -> int:
        return len(self.numbers if self.numbers is not None else self.codes)

    @property
    def codes(self) -> np.ndarray:
        """Positions of the texts in their categories, -1 for missing."""
        assert self.texts is not None
        return self.texts.codes

    @property
    def absent(self) -> np.ndarray:
        """Whether each value is missing, bool (n,)."""
        return np.isnan(self.numbers) if self.numbers is not None else self.codes < 0

    def as_texts(self) -> pd.Categorical:
        """The values as texts: a whole number without its decimals."""
        if self.texts is not None:
            return self.texts
        assert self.numbers is not None
        codes, values = pd.factorize(self.numbers, sort=True)
        return pd.Categorical.from_codes(
            codes, pd.Index([number_text(value) for value in values], dtype=object)
        )


def number_text(value: float) -> str:
    """A number as a label: 3 for 3.0."""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


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
    numbers: dict[str, list[np.ndarray]] = {name: [] for name in names if name not in texts}
    words: dict[str, list[pa.Array]] = {name: [] for name in names if name in texts}
    failed: list[str] = []
    for first, batch in _batches(path, dialect, names):
        for name in list(numbers):
            values = _numbers(batch.column(name), dialect.decimal)
            if values is not None:
                numbers[name].append(values)
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
    cells = {name: Cells(name, numbers=_joined(chunks)) for name, chunks in numbers.items()}
    cells |= {name: Cells(name, texts=_categorical(chunks)) for name, chunks in words.items()}
    return [cells[name] for name in names]


def _batches(
    path: Path, dialect: Dialect, names: Sequence[str]
) -> Iterator[tuple[bool, pa.RecordBatch]]:
    """(whether it is the first, batch) with the columns ``names`` as strings, missing as null."""
    rows, allowed = 0, int(min(MAX_ROWS, most("rows")))
    try:
        with open_utf8(path, dialect.encoding) as stream:
            reader = csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                csv.ReadOptions(
                    column_names=list(dialect.names), skip_rows=dialect.skip, block_size=_BLOCK
                ),
                csv.ParseOptions(
                    delimiter=dialect.delimiter,
                    quote_char='"' if dialect.quotes else False,
                    newlines_in_values=dialect.quotes,
                ),
                csv.ConvertOptions(
                    column_types=dict.fromkeys(dialect.names, pa.string()),
                    include_columns=list(names),
                    null_values=list(MISSING),
                    strings_can_be_null=True,
                ),
            )
            for batch in reader:
                if batch.num_rows:
                    yield rows == 0, batch
                rows += batch.num_rows
                if rows > allowed:
                    raise DataError(
                        f"The table has more than {allowed:,} rows: take a sample of it."
                    )
    except pa.ArrowInvalid as error:
        _explain(path, dialect)
        raise DataError(f"The file cannot be read as a table ({error}).") from None
    if not rows:
        raise DataError("The table has a line of names and no line of values below it.")


def check_quotes(path: Path, dialect: Dialect) -> None:
    """Raises DataError for a quote that is never closed, which pyarrow takes as it is."""
    _explain(path, dialect)


def line_of(path: Path, dialect: Dialect, row: int) -> int:
    """The line of the file on which row number ``row`` (from 0) ends."""
    with records(path, dialect.encoding, dialect.delimiter, dialect.quotes) as found:
        for number, (line, _) in enumerate(found):
            if number == row + dialect.header:
                return line
    return row + 1 + dialect.header


def _explain(path: Path, dialect: Dialect) -> None:
    """Raises DataError for the first record that does not fit, with its line."""
    width = len(dialect.names)
    with records(path, dialect.encoding, dialect.delimiter, dialect.quotes) as found:
        for line, row in found:
            if len(row) != width:
                raise DataError(
                    f"Line {line} has {len(row):,} values where the first line has {width:,}: "
                    "add or remove delimiters, or put quotes around a value that holds one."
                )


def _numbers(texts: pa.Array, decimal: str) -> np.ndarray | None:
    """Texts as numbers, or None when one of them is none; what is not finite is missing."""
    if decimal == ",":
        texts = pc.replace_substring(texts, ",", ".")
    for attempt in (texts, None):
        try:
            # Blanks around numbers are rare, and looking for them takes as long as reading.
            source = pc.utf8_trim_whitespace(texts) if attempt is None else attempt
            if attempt is None:
                source = pc.if_else(pc.is_in(source, pa.array(MISSING)), None, source)
            values = pc.cast(source, pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            continue
        if not np.isfinite(values).all():
            values = np.where(np.isfinite(values), values, np.nan)
        return values
    return None


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
    kept = sorted(set(trimmed) - set(MISSING))
    place = {word: number for number, word in enumerate(kept)}
    # The last entry is for the code -1: it stays missing.
    moved = np.array([*(place.get(word, -1) for word in trimmed), -1], dtype=np.int64)
    return pd.Categorical.from_codes(moved[codes.astype(np.int64)], pd.Index(kept, dtype=object))
