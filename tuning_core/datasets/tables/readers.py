"""The readers of tables: a line each, and the one that reads a file."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.csv import CSV
from tuning_core.datasets.tables.excel import EXCEL
from tuning_core.datasets.tables.packed import PACKED, around
from tuning_core.datasets.tables.parquet import PARQUET
from tuning_core.datasets.tables.table import Table, TableReader, check_rows, unreadable
from tuning_core.spec.dataset import WRITTEN, DatasetSpec

READERS: list[TableReader] = [
    CSV,
    EXCEL,
    PARQUET,
    PACKED,
]
"""A file belongs to the first that has its ending, else to the first that takes any."""

MAX_BYTES = 2_000_000_000
_START = 1 << 20


def reader_of(name: str | Path) -> TableReader:
    """The reader of a file of this name; of one that is packed, what is in a path says more.

    Raises DataError for a packed file that holds other than one table.
    """
    ending = Path(name).suffix.lower()
    named = (reader for reader in READERS if ending in reader.endings)
    found = next(named, None) or next(reader for reader in READERS if reader.any_ending)
    if found is PACKED and isinstance(name, Path) and name.is_file():
        return around(name, [reader for reader in READERS if reader is not PACKED])
    return found


def labels() -> str:
    """The kinds of files that can be read, in words: ``CSV, Excel or Parquet``."""
    *first, last = (reader.label for reader in READERS if reader.label)
    return f"{', '.join(first)} or {last}" if first else last


def accepted_endings() -> list[str] | None:
    """The endings of the files that can be read; None where any ending is taken."""
    if any(reader.any_ending for reader in READERS):
        return None
    return [ending for reader in READERS for ending in reader.endings]


def open_table(
    path: Path,
    *,
    texts: Iterable[str] = (),
    only: Iterable[str] | None = None,
    wanted: Iterable[str] = (),
    least: int = 2,
    **written: Any,
) -> Table:
    """Reads a table whole, or ``only`` some of its columns; those in ``texts`` as texts.

    ``written`` says how the file is written, in the fields of a spec. What is None is found;
    ``wanted`` names of columns help with that. Raises DataError, also for a table of less than
    ``least`` columns.
    """
    reader, texts, before = reader_of(path), set(texts), time.time()
    only = None if only is None else list(only)
    check_file(path)
    given = {name: value for name, value in written.items() if value is not None}
    foreign = [name for name in given if name in WRITTEN and name not in reader.written]
    if foreign:
        raise DataError(f"dataset.{foreign[0]}: is not for {reader.label}; leave it out.")

    def read(texts: set[str], only: Iterable[str] | None) -> Table:
        table = reader.read(path, texts=texts, only=only, wanted=wanted, least=least, **given)
        check_rows(max(map(len, table.cells.values()), default=0))
        return table

    last = _LAST.get()
    if last is None:
        return read(texts, only)
    if last.table is not None and last.reads_alike(path, texts, given):
        # Of numbers that are to be texts nobody knows any more how they were written.
        cells = {
            name: cell for name, cell in last.table.cells.items() if only is None or name in only
        }
        numbers = {name for name, cell in cells.items() if name in texts and cell.texts is None}
        again = read(numbers, numbers).cells if numbers else {}
        return replace(last.table, cells={**cells, **again})
    table = read(texts, only)
    if only is None:
        last.note(table, texts, before)
    return replace(table, cells=dict(table.cells))


class _LastTable:
    """The table that was read last, whole."""

    def __init__(self) -> None:
        self.table: Table | None = None
        self._texts: set[str] = set()
        self._looks: tuple[int, ...] | None = None

    def note(self, table: Table, texts: set[str], started: float) -> None:
        """Remember it, if a change of its file since ``started`` would show."""
        looks, changed = looks_of(table.path)
        settled = started - changed > SETTLED_SECONDS
        self.table, self._texts, self._looks = (table if settled else None), texts, looks

    def reads_alike(self, path: Path, texts: set[str], given: Mapping[str, Any]) -> bool:
        """Whether reading the file anew would give the same but for more columns of ``texts``."""
        table = self.table
        return (
            table is not None
            and table.path.absolute() == path.absolute()
            and dict(table.written) == dict(given)
            and self._texts <= texts
            and looks_of(path)[0] == self._looks
        )


_LAST: ContextVar[_LastTable | None] = ContextVar("last table", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Within it a table is not read again to be opened in the way that was found before."""
    token = _LAST.set(_LastTable())
    try:
        yield
    finally:
        _LAST.reset(token)


SETTLED_SECONDS = 2.0
"""A file that changed so shortly before may change again without a sign: clocks tick slowly."""


def looks_of(path: Path) -> tuple[tuple[int, ...], float]:
    """(what a changed file has otherwise, when it was changed last)."""
    stat = path.stat()
    looks = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    return looks, max(stat.st_mtime, stat.st_ctime)


def recorded(spec: DatasetSpec, path: Path) -> dict[str, Any]:
    """How the spec of a study has its file written, as ``open_table`` takes it."""
    return reader_of(path).recorded(spec)


def likely(path: Path, spec: DatasetSpec) -> Iterator[dict[str, Any]]:
    """The ways in which a file of further rows may be written, as ``open_table`` takes them."""
    check_file(path)
    yield from reader_of(path).likely(path, spec)


def check_file(path: Path) -> None:
    """Raises DataError for a file that is not there, too large, or certainly no table."""
    try:
        if path.is_dir():
            raise DataError(f"{path.name} is a folder: name the {labels()} file in it.")
        if not path.is_file():
            raise DataError(f"{path.name} does not exist or is no file: check its path.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DataError(
                f"{path.name} has {size / 1e6:,.0f} MB, more than the {MAX_BYTES / 1e6:,.0f} MB "
                "that can be read: leave out rows or columns."
            )
        with path.open("rb") as stream:
            start = stream.read(_START)
    except (OSError, ValueError) as error:
        raise unreadable(error) from None
    reader_of(path).refuse(start)
