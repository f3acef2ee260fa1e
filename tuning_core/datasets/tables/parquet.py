"""Reads tables from Parquet: numbers, texts and dates with the types that they have there.

It has more than 300 lines because what looks at a file before it is read stands beside the reader.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tuning_core.catalog.limits import most
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables import numbers
from tuning_core.datasets.tables.csv.header import column_names
from tuning_core.datasets.tables.numbers import NumberForm
from tuning_core.datasets.tables.table import Cells, Records, Table, TableReader, number_text
from tuning_core.datasets.tables.texts import Signs, cells_of, questions
from tuning_core.spec.dataset import MAX_COLUMNS

MOST_CELLS = 200_000_000
"""Of a table, in columns that can be read."""
MOST_BYTES = 8_000_000_000
"""Of a table, unpacked."""
MOST_OF_TEXTS = 1_000_000_000
"""Bytes of these in columns of texts, which take more room than numbers once they are read."""
LONGEST_END = 50_000_000
"""Bytes of the end of a file, where all of its parts are listed."""

_TOGETHER = 8
_SAMPLE = 200
_FORMED = 5_000
_BATCH = 5_000
_NAMED = 5
_MAGIC = b"PAR1"


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A column as numbers (float64) or as texts; None for one that holds other than one value."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return plain(column.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "True", "False")
    if pa.types.is_null(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return column.cast(pa.float64(), safe=False)
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64(), safe=False)
    if pa.types.is_duration(kind):
        micros = column.cast(pa.duration("us"), safe=False).cast(pa.int64())
        return pc.divide(micros.cast(pa.float64(), safe=False), 86_400e6)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        texts = pc.strftime(column.cast(pa.timestamp("s"), safe=False), "%Y-%m-%d %H:%M:%S")
        dates = pc.all(pc.ends_with(texts, " 00:00:00")).as_py()
        return pc.utf8_slice_codeunits(texts, 0, 10) if dates else texts
    if pa.types.is_time(kind):
        return column.cast(pa.time64("us")).cast(pa.time32("s"), safe=False).cast(pa.string())
    texts = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return column.cast(pa.string()) if texts or pa.types.is_string_view(kind) else None


def _refuse(start: bytes) -> None:
    """Raises DataError when a file that begins like this is no Parquet."""
    if not start.startswith(_MAGIC):
        raise DataError(
            "The file is no Parquet, whatever its name says: give it the ending of what it is."
        )


def read(
    path: Path,
    *,
    decimal: str | None = None,
    thousands: str | None = None,
    texts: Iterable[str] = (),
    only: Iterable[str] | None = None,
    wanted: Iterable[str] = (),
    least: int = 2,
) -> Table:
    """Reads a Parquet file as ``open_table`` says; the signs are those of numbers in texts."""
    with path.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    asked, texts = None if only is None else set(only), set(texts)
    try:
        _check_end(path)
        file = _opened(path)
        _check(file)
        columns = _Columns(file)
        if len(columns.read) < least:
            raise DataError(
                "The table has one column to read, and two are needed: one to learn from and one "
                f"to predict. {columns.note}".strip()
            )
        names = [name for name in columns.read if asked is None or name in asked]
        cells, form = _cells(path, columns, names, texts, decimal, thousands)
        with _records(path, _SAMPLE) as records:
            sample = tuple(tuple(row) for _, row in islice(records, _SAMPLE))
    except (pa.ArrowException, OSError, EOFError) as error:
        raise DataError(
            f"The file cannot be read as Parquet ({str(error)[:200]}): write it anew where it "
            "was made."
        ) from None
    return Table(
        path,
        content,
        tuple(columns.read),
        {name: cells[name] for name in names},
        sample,
        partial(_records, path),
        {"decimal": form.decimal, "thousands": form.thousands},
        (*columns.warnings, *questions(form)),
        "row",
    )


def _opened(path: Path, dictionaries: Sequence[str] = ()) -> pq.ParquetFile:
    return pq.ParquetFile(path, memory_map=True, read_dictionary=list(dictionaries) or None)


def _check_end(path: Path) -> None:
    """Raises DataError for a list of parts that takes much room before it says anything."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 8))
        length = int.from_bytes(stream.read(4), "little")
    if LONGEST_END < length < path.stat().st_size:
        raise DataError(
            "The table is written in too many small parts: write it anew in larger row groups."
        )


def _check(file: pq.ParquetFile) -> None:
    """Raises DataError for more than is read, as the end of the file says before any of it is."""
    facts = file.metadata
    rows, columns = facts.num_rows, len(file.schema_arrow.names)
    if rows > most("rows"):
        raise DataError(f"The table has more than {most('rows'):,.0f} rows: take a sample of it.")
    if not rows:
        raise DataError("The table has columns and no row of values.")
    if columns > MAX_COLUMNS:
        raise DataError(
            f"The table has {columns:,} columns, more than the {MAX_COLUMNS:,} that can be used: "
            "leave some out."
        )
    unpacked = sum(
        max(facts.row_group(group).total_byte_size, 0) for group in range(facts.num_row_groups)
    )
    if rows * columns > MOST_CELLS or unpacked > MOST_BYTES:
        raise DataError(
            f"The table has {rows * columns:,} cells in {unpacked / 1e6:,.0f} MB, more than the "
            f"{MOST_CELLS:,} and {MOST_BYTES / 1e6:,.0f} MB that are read: leave out rows or "
            "columns."
        )
    if unpacked > MOST_OF_TEXTS and (texts := _bytes_of_texts(file)) > MOST_OF_TEXTS:
        raise DataError(
            f"The texts of the table have {texts / 1e6:,.0f} MB, more than the "
            f"{MOST_OF_TEXTS / 1e6:,.0f} MB that are read: leave columns of long texts out."
        )


def _bytes_of_texts(file: pq.ParquetFile) -> int:
    facts = file.metadata
    names = {field.name for field in file.schema_arrow if _of_texts(field.type)}
    places = [at for at in range(facts.num_columns) if file.schema.column(at).path in names]
    groups = map(facts.row_group, range(facts.num_row_groups))
    return sum(
        max(group.column(at).total_uncompressed_size, 0) for group in groups for at in places
    )


class _Columns:
    """The columns of a file that hold one value a row; ``read`` names them as the file does."""

    def __init__(self, file: pq.ParquetFile) -> None:
        schema = file.schema_arrow
        known = set(schema.names)
        flat = [
            field
            for field in schema
            if schema.names.count(field.name) == 1 and plain(_nothing(field.type)) is not None
        ]
        names, self.warnings = column_names([field.name for field in flat], True)
        self.kinds = {name: field.type for name, field in zip(names, flat, strict=True)}
        self.read = {name: field.name for name, field in zip(names, flat, strict=True)}
        left_out = sorted(known - set(self.read.values()))
        self.note = ""
        if left_out:
            listed = ", ".join(map(repr, left_out[:_NAMED]))
            more = f" and {len(left_out) - _NAMED:,} more" if len(left_out) > _NAMED else ""
            self.note = (
                f"Left out is {listed}{more}: nested, bytes, or named twice. Write a column for "
                "each value to learn from it."
            )
            self.warnings = (*self.warnings, self.note)


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    found = plain(column)
    assert found is not None
    return found


def _nothing(kind: pa.DataType) -> pa.ChunkedArray:
    return pa.chunked_array([], kind)


def _of_texts(kind: pa.DataType) -> bool:
    words = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(of(words) for of in (pa.types.is_string, pa.types.is_large_string))


def _cells(
    path: Path,
    columns: _Columns,
    names: Sequence[str],
    texts: set[str],
    decimal: str | None,
    thousands: str | None,
) -> tuple[dict[str, Cells], NumberForm]:
    """(the columns of these names, how the numbers in texts are written)."""
    spoken = [columns.read[name] for name in names if _of_texts(columns.kinds[name])]
    file = _opened(path, spoken)
    cells: dict[str, Cells] = {}
    words: dict[str, pa.ChunkedArray] = {}
    for first in range(0, len(names), _TOGETHER):
        together = names[first : first + _TOGETHER]
        table = file.read(columns=[columns.read[name] for name in together])
        for name in together:
            column = table.column(columns.read[name])
            if name in texts and pa.types.is_integer(column.type):
                # Digits, however many; numbers would lose those of long codes.
                column = column.cast(pa.string())
            if _of_texts(column.type):
                words[name] = _encoded(column)
                continue
            found = _flat(column)
            if pa.types.is_floating(found.type):
                read = Cells.of_numbers(name, found.to_numpy())
                cells[name] = Cells.of_texts(name, read.as_texts()) if name in texts else read
            else:
                words[name] = _encoded(found)
    form = numbers.find_form(
        (_some(column) for name, column in words.items() if _of_texts(columns.kinds[name])),
        ",",
        decimal,
        thousands,
    )
    signs = Signs(form.decimal, form.thousands)
    for name, column in words.items():
        cells[name] = cells_of(name, column, signs, as_text=name in texts)
    return cells, form


def _encoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type):
        return column.cast(pa.string()).dictionary_encode()
    return column.cast(pa.dictionary(pa.int32(), pa.string()))


def _some(column: pa.ChunkedArray) -> list[str]:
    words = dict.fromkeys(
        word for chunk in column.chunks for word in chunk.dictionary[:_FORMED].to_pylist()
    )
    return [word for word in words if word is not None][:_FORMED]


def _rows(batch: pa.RecordBatch, read: Sequence[str]) -> Iterator[list[str]]:
    """The rows of a batch as texts, a whole number without decimals."""
    texts = []
    for name in read:
        column = _flat(pa.chunked_array([batch.column(name)]))
        if pa.types.is_floating(column.type):
            found = column.to_numpy()
            texts.append(["" if np.isnan(number) else number_text(number) for number in found])
        else:
            texts.append(column.fill_null("").to_pylist())
    return map(list, zip(*texts, strict=True))


@contextmanager
def _records(path: Path, together: int = _BATCH) -> Iterator[Records]:
    file = _opened(path)
    read = list(_Columns(file).read.values())
    batches = file.iter_batches(together, columns=read)
    yield enumerate(chain.from_iterable(_rows(batch, read) for batch in batches), start=1)


_SCRIPT = '''

def read(path):
    """The columns as numbers and texts; nested ones are left out."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    found = {name: plain(column) for name, column in zip(table.column_names, table.columns)}
    frame = {name: column.to_pandas() for name, column in found.items() if column is not None}
    return pd.DataFrame({
        name: column if column.dtype.kind == "f" else column.fillna("").astype(object)
        for name, column in frame.items()
    })'''


PARQUET = TableReader(
    id="parquet",
    label="Parquet",
    endings=(".parquet", ".pq"),
    read=read,
    written=("decimal", "thousands"),
    refuse=_refuse,
    recorded=lambda spec: {"decimal": spec.decimal, "thousands": spec.thousands},
    likely=lambda path, own: [{"decimal": own.decimal, "thousands": own.thousands}, {}],
    script=(
        "import pyarrow as pa\nimport pyarrow.compute as pc\n\n\n"
        f"{inspect.getsource(plain)}{_SCRIPT}"
    ),
)
