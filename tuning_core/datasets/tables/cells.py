"""The cells of a CSV as columns of numbers or of texts, read in blocks by pyarrow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from tuning_core.catalog.limits import most
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.dialect import Dialect
from tuning_core.datasets.tables.numbers import MARKERS, MISSING, read_numbers
from tuning_core.datasets.tables.records import open_separated, records, single
from tuning_core.datasets.tables.scan import MAX_LINE, MAX_ROWS

_BLOCK = 2 * MAX_LINE
_HEAD = 1_000


@dataclass(frozen=True)
class Cells:
    """One column: ``numbers`` (n,) float64 with NaN for missing, or ``texts``.

    ``words`` are the texts with those that may stand for a missing value, such as NA. ``texts`` are
    without them, unless fewer than two others would be left. ``infinite`` counts numbers that are
    not finite and taken as missing, with the row of the first. ``formatted`` numbers are written
    with thousands signs, $, % or their like. ``code_length`` is that of whole numbers that are all
    equally long, some with leading zeros, such as 01685; else 0.
    """

    name: str
    numbers: np.ndarray | None = None
    texts: pd.Categorical | None = None
    words: pd.Categorical | None = None
    infinite: tuple[int, int] = (0, 0)
    formatted: bool = False
    code_length: int = 0

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

    def as_answers(self, classes: Collection[str] | None = None) -> Cells:
        """The column as a target: NA, None, - and their like are classes.

        Where ``classes`` are given and do not name them, they are missing.
        """
        if self.words is None or self.texts is None:
            return self
        known = self.words.categories if classes is None else classes
        return replace(self, texts=_without(self.words, set(MARKERS) - set(known)))

    def text_of(self, number: float) -> str:
        """A number of this column as the file has it, as far as its zeros go."""
        return number_text(number).zfill(self.code_length)

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
    lengths: dict[str, set[int]] = {name: set() for name in numbers}
    failed: list[str] = []
    for first, batch in _batches(path, dialect, names):
        for name in list(numbers):
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
        name: replace(_finite(name, _joined(chunks)), code_length=_agreed(lengths[name]))
        for name, chunks in numbers.items()
    }
    for name, chunks in words.items():
        found = _categorical(chunks)
        read = None if name in texts or dialect.plain else _written_numbers(name, found, dialect)
        cells[name] = read or Cells(name, texts=_without(found, set(MARKERS)), words=found)
    return [cells[name] for name in names]


def _batches(
    path: Path, dialect: Dialect, names: Sequence[str]
) -> Iterator[tuple[bool, pa.RecordBatch]]:
    """(whether it is the first, batch) with the columns ``names`` as strings, missing as null."""
    rows, allowed = 0, int(min(MAX_ROWS, most("rows")))
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
                    column_types=dict.fromkeys(dialect.names, pa.string()),
                    include_columns=list(names),
                    null_values=[word for word in MISSING if word not in MARKERS],
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
        check_records(path, dialect)
        raise DataError(f"The file cannot be read as a table ({error}).") from None
    if not rows:
        raise DataError("The table has a line of names and no line of values below it.")


def line_of(path: Path, dialect: Dialect, row: int) -> int:
    """The line of the file on which row number ``row`` (from 0) ends."""
    with table_records(path, dialect) as found:
        for number, (line, _) in enumerate(found):
            if number == row:
                return line
    return row + 1 + dialect.skip


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


def table_records(
    path: Path, dialect: Dialect
) -> AbstractContextManager[Iterator[tuple[int, list[str]]]]:
    """The records below the names, each with its line; as ``records``."""
    return records(path, dialect.encoding, dialect.delimiter, dialect.quote, dialect.skip)


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


def _finite(name: str, numbers: np.ndarray) -> Cells:
    """Numbers of which those that are not finite are missing."""
    if np.isfinite(numbers).all() or not np.isinf(numbers).any():
        return Cells(name, numbers=numbers)
    endless = np.flatnonzero(np.isinf(numbers))
    numbers = np.where(np.isinf(numbers), np.nan, numbers)
    return Cells(name, numbers=numbers, infinite=(len(endless), int(endless[0])))


def _written_numbers(name: str, words: pd.Categorical, dialect: Dialect) -> Cells | None:
    """The column as numbers with thousands signs or with $, % and their like, if it is such."""
    values = read_numbers(list(words.categories), dialect.decimal, dialect.thousands)
    if values is None or not np.isfinite(values).any():
        return None
    return replace(
        _finite(name, np.append(values, np.nan)[words.codes]), formatted=True, words=words
    )


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
    return _from_codes(codes.astype(np.int64), trimmed, set(MISSING) - set(MARKERS))


def _without(texts: pd.Categorical, markers: Collection[str]) -> pd.Categorical:
    """The texts with the markers missing, unless fewer than two others would be left."""
    words = list(texts.categories)
    left = len(set(words) - set(markers))
    if left == len(words) or left < 2:
        return texts
    return _from_codes(texts.codes.astype(np.int64), words, markers)


def _from_codes(codes: np.ndarray, words: list[str], missing: Collection[str]) -> pd.Categorical:
    """Texts of codes into ``words``, -1 for missing, with sorted categories."""
    kept = sorted(set(words) - set(missing))
    place = {word: number for number, word in enumerate(kept)}
    # The last entry is for the code -1: it stays missing.
    moved = np.array([*(place.get(word, -1) for word in words), -1], dtype=np.int64)
    return pd.Categorical.from_codes(moved[codes], pd.Index(kept, dtype=object))
