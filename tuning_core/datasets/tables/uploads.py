"""Where tables lie: uploads in the home under their hash, others where the command line says."""

from __future__ import annotations

import codecs
import hashlib
import io
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from tuning_core.catalog.limits import LIMITS, most
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.scan import refuse_disguise
from tuning_core.spec.dataset import LOCAL, UPLOAD

MAX_UPLOAD_BYTES = int(LIMITS["upload_mb"].most * 1_000_000)
_CHUNK = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def table_path(dataset_id: str, home: Path) -> Path:
    """The file of ``csv:PATH`` or ``upload:HASH``; raises DataError when an upload is gone."""
    if dataset_id.startswith(LOCAL):
        return Path(dataset_id.removeprefix(LOCAL)).expanduser()
    name = dataset_id.removeprefix(UPLOAD)
    if not dataset_id.startswith(UPLOAD) or not re.fullmatch("[0-9a-f]{64}", name):
        raise DataError(f"dataset.id: expected {UPLOAD} and 64 hexadecimal digits.")
    path = home / "data" / "uploads" / f"{name}.csv"
    if not path.is_file():
        raise DataError("dataset.id: this upload is no longer on this machine; upload it again.")
    return path


def store_upload(
    content: bytes | Path | BinaryIO, home: Path, name: str, *, reader: str = ""
) -> str:
    """Keeps an uploaded file below ``home`` and returns its id, ``upload:<sha256>``.

    ``name`` is what the user calls the file; it is only used in what is said about it. What a
    ``reader`` has stored is bounded in all. Raises DataError for what is too large or no text,
    and when it cannot be written; nothing of it stays.
    """
    shown = Path(name).name[:80] or "The file"
    folder = home / "data" / "uploads"
    owned = folder / "readers" / hashlib.sha256(reader.encode()).hexdigest()[:24]
    temporary: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=folder)
        temporary = Path(made)
        with os.fdopen(descriptor, "wb") as stream:
            digest = _copy(content, stream, shown)
            stream.flush()
            os.fsync(stream.fileno())
        if reader:
            _refuse_beyond_share(folder, owned, digest, temporary.stat().st_size, shown)
            owned.mkdir(parents=True, exist_ok=True)
            (owned / digest).touch()
        temporary.replace(folder / f"{digest}.csv")
    except OSError as error:
        raise DataError(
            f"{shown} cannot be stored ({error.strerror or error}): make room for it and try again."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return UPLOAD + digest


def _refuse_beyond_share(folder: Path, owned: Path, digest: str, size: int, name: str) -> None:
    """Raises DataError when a reader's tables would take more than a reader may store."""
    stored = 0
    for mark in owned.glob("*"):
        path = folder / f"{mark.name}.csv"
        if not path.exists():
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


def _copy(content: bytes | Path | BinaryIO, target: BinaryIO, name: str) -> str:
    """Writes the content and returns its hash; refuses what is certainly no table."""
    if isinstance(content, Path):
        with content.open("rb") as stream:
            return _copy(stream, target, name)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    digest, size, lines = hashlib.sha256(), 0, _Lines()
    largest = min(MAX_UPLOAD_BYTES, most("upload_mb") * 1e6)
    while chunk := source.read(_CHUNK):
        if not size:
            refuse_disguise(chunk)
        size += len(chunk)
        if size > largest:
            raise DataError(
                f"{name} has more than {largest / 1e6:,.0f} MB: leave out rows or "
                "columns, or run it on the command line with csv:PATH."
            )
        lines.count(chunk)
        if lines.rows > most("rows"):
            raise DataError(
                f"{name} has more than {most('rows'):,.0f} rows, the most that this server takes: "
                "leave some out."
            )
        digest.update(chunk)
        target.write(chunk)
    if not size:
        refuse_disguise(b"")
    return digest.hexdigest()


class _Lines:
    """Counts the lines of a table while it passes by, rather too few than too many.

    Neither line ends inside quotes nor empty lines nor a line of names are rows, and of UTF-16
    the bytes say nothing.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._quoted = 0
        self._counts: bool | None = None

    def count(self, chunk: bytes) -> None:
        """Go on with the next bytes."""
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
