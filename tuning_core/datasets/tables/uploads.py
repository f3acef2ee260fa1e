"""Where tables lie: uploads in the home under their hash, others where the command line says."""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from tuning_core.catalog.limits import LIMITS, most
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables import readers
from tuning_core.datasets.tables.csv import CSV
from tuning_core.datasets.tables.readers import reader_of
from tuning_core.datasets.tables.table import TableReader
from tuning_core.files import move_whole
from tuning_core.spec.dataset import LOCAL, UPLOAD, DatasetSpec

MAX_UPLOAD_BYTES = int(LIMITS["upload_mb"].most * 1_000_000)
_CHUNK = 1 << 20


def table_path(dataset_id: str, home: Path) -> Path:
    """The file of ``csv:PATH`` or ``upload:HASH``; raises DataError when an upload is gone."""
    if dataset_id.startswith(LOCAL):
        return Path(dataset_id.removeprefix(LOCAL)).expanduser()
    name = dataset_id.removeprefix(UPLOAD)
    if not dataset_id.startswith(UPLOAD) or not re.fullmatch("[0-9a-f]{64}", name):
        raise DataError(f"dataset.id: expected {UPLOAD} and 64 hexadecimal digits.")
    path = _stored(home / "data" / "uploads", name)
    if path is None:
        raise DataError("dataset.id: this upload is no longer on this machine; upload it again.")
    return path


def study_reader(spec: DatasetSpec, home: Path) -> TableReader:
    """The reader of a study's table; that of CSV for a dataset of the catalog."""
    return reader_of(table_path(spec.id, home)) if spec.own else CSV


def _stored(folder: Path, digest: str) -> Path | None:
    paths = [folder / f"{digest}{reader.endings[0]}" for reader in readers.READERS]
    # The same content may have come under names with two endings: the later one counts.
    return max(filter(Path.is_file, paths), key=lambda path: path.stat().st_mtime, default=None)


def store_upload(content: bytes | Path | BinaryIO, home: Path, name: str, *, user: str = "") -> str:
    """Keeps an uploaded file below ``home`` and returns its id, ``upload:<sha256>``.

    ``name`` is what the user calls the file: its ending says which reader takes it. What a
    ``user`` has stored is bounded in all. Raises DataError for what is too large or no table,
    and when it cannot be written; nothing of it stays.
    """
    reader = reader_of(name)
    shown = Path(name).name[:80] or "The file"
    folder = home / "data" / "uploads"
    owned = folder / "readers" / hashlib.sha256(user.encode()).hexdigest()[:24]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as place:
            draft = Path(place) / "draft"
            draft.touch(mode=0o600)  # A table is nobody else's business on this machine.
            with draft.open("wb") as stream:
                digest = _copy(content, stream, shown, reader)
            if user:
                _refuse_beyond_share(folder, owned, digest, draft.stat().st_size, shown)
                owned.mkdir(parents=True, exist_ok=True)
                (owned / digest).touch()
            move_whole(draft, folder / f"{digest}{reader.endings[0]}", durable=True)
    except OSError as error:
        raise DataError(
            f"{shown} cannot be stored ({error.strerror or error}): make room for it and try again."
        ) from error
    return UPLOAD + digest


def _refuse_beyond_share(folder: Path, owned: Path, digest: str, size: int, name: str) -> None:
    """Raises DataError when a user's tables would take more than a user may store."""
    stored = 0
    for mark in owned.glob("*"):
        path = _stored(folder, mark.name)
        if path is None:
            mark.unlink(missing_ok=True)
        elif mark.name != digest:
            stored += path.stat().st_size
    share = most("uploads_mb") * 1e6
    if stored + size > share:
        raise DataError(
            f"{name} has {size / 1e6:,.0f} MB, and your tables here have {stored / 1e6:,.0f} of "
            f"the {share / 1e6:,.0f} MB that a reader may store: remove those that no study uses "
            "in the Library (an hour after their upload), or leave out rows or columns."
        )


def _copy(
    content: bytes | Path | BinaryIO, target: BinaryIO, name: str, reader: TableReader
) -> str:
    """Writes the content and returns its hash; refuses what is certainly no table."""
    if isinstance(content, Path):
        with content.open("rb") as stream:
            return _copy(stream, target, name, reader)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    digest, size = hashlib.sha256(), 0
    counter = reader.row_counter() if reader.row_counter else None
    largest = min(MAX_UPLOAD_BYTES, most("upload_mb") * 1e6)
    while chunk := source.read(_CHUNK):
        if not size:
            reader.refuse(chunk)
        size += len(chunk)
        if size > largest:
            raise DataError(
                f"{name} has more than {largest / 1e6:,.0f} MB: leave out rows or "
                "columns, or run it on the command line with csv:PATH."
            )
        if counter is not None:
            counter.count(chunk)
        if counter is not None and counter.rows > most("rows"):
            raise DataError(
                f"{name} has more than {most('rows'):,.0f} rows, the most that this server takes: "
                "leave some out."
            )
        digest.update(chunk)
        target.write(chunk)
    if not size:
        reader.refuse(b"")
    return digest.hexdigest()
