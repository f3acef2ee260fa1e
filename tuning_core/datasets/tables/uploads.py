"""Where tables lie: uploads in the home under their hash, others where the command line says."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from tuning_core.catalog.limits import most
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables import readers
from tuning_core.datasets.tables.csv import CSV
from tuning_core.datasets.tables.readers import reader_of
from tuning_core.datasets.tables.table import TableReader
from tuning_core.datasets.uploads import NewUpload, gone, keep_upload, upload_path
from tuning_core.spec.dataset import TABLE, TABLES, DatasetSpec, local_path


def table_path(dataset_id: str, home: Path) -> Path:
    """The file of ``table:PATH`` or ``upload:HASH``; raises DataError when an upload is gone."""
    if dataset_id.startswith(TABLES):
        return Path(local_path(dataset_id)).expanduser()
    endings = tuple(reader.endings[0] for reader in readers.READERS)
    path = upload_path(dataset_id, home, endings)
    if path is None:
        raise gone()
    return path


def study_reader(spec: DatasetSpec, home: Path) -> TableReader:
    """The reader of a study's table; that of CSV for other data."""
    return reader_of(table_path(spec.id, home)) if spec.own and not spec.pictures else CSV


def store_upload(content: bytes | Path | BinaryIO, home: Path, name: str, *, user: str = "") -> str:
    """Keeps an uploaded file below ``home`` and returns its id, ``upload:<sha256>``.

    ``name`` is what the user calls the file: its ending says which reader takes it. What a
    ``user`` has stored is bounded in all. Raises DataError for what is too large or no table,
    and when it cannot be written; nothing of it stays.
    """
    reader = reader_of(name)
    shown = Path(name).name[:80] or "The file"
    upload = NewUpload(
        name=shown,
        ending=reader.endings[0],
        check=_TableCheck(reader, shown),
        less="leave out rows or columns",
        id=TABLE,
    )
    return keep_upload(content, home, upload, user=user)


class _TableCheck:
    """Whether a file is no table of its reader, by its first bytes, or has too many rows."""

    def __init__(self, reader: TableReader, name: str) -> None:
        self._reader, self._name = reader, name
        self._counter = reader.row_counter() if reader.row_counter else None
        self._begun = False

    def see(self, chunk: bytes) -> None:
        """Raises DataError."""
        if not self._begun:
            self._reader.refuse(chunk)
        self._begun = True
        if self._counter is None:
            return
        self._counter.count(chunk)
        if self._counter.rows > most("rows"):
            raise DataError(
                f"{self._name} has more than {most('rows'):,.0f} rows, the most that this server "
                "takes: leave some out."
            )
