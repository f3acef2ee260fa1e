"""The readers of tables: a line each, and the one that reads a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.csv import CSV
from tuning_core.datasets.tables.table import Table, TableReader, check_rows, unreadable
from tuning_core.spec.dataset import WRITTEN, DatasetSpec

READERS: list[TableReader] = [
    CSV,
]
"""A file belongs to the first that has its ending, else to the first that takes any."""

MAX_BYTES = 2_000_000_000
_START = 1 << 20


def reader_of(name: str | Path) -> TableReader:
    """The reader of a file of this name."""
    ending = Path(name).suffix.lower()
    named = (reader for reader in READERS if ending in reader.endings)
    return next(named, None) or next(reader for reader in READERS if reader.any_ending)


def labels() -> str:
    """The kinds of files that can be read, in words: ``CSV``."""
    return " or ".join(reader.label for reader in READERS)


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
    reader = reader_of(path)
    check_file(path)
    given = {name: value for name, value in written.items() if value is not None}
    foreign = [name for name in given if name in WRITTEN and name not in reader.written]
    if foreign:
        raise DataError(f"dataset.{foreign[0]}: is not for {reader.label}; leave it out.")
    table = reader.read(path, texts=texts, only=only, wanted=wanted, least=least, **given)
    check_rows(max(map(len, table.cells.values()), default=0))
    return table


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
