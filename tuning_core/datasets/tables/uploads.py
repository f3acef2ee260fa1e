"""Where tables lie: uploads in the home under their hash, others where the command line says."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from tuning_core.catalog.limits import LIMITS, most
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.scan import refuse_disguise
from tuning_core.spec_dataset import LOCAL, UPLOAD

MAX_UPLOAD_BYTES = int(LIMITS["upload_mb"].most * 1_000_000)
_CHUNK = 1 << 20


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


def store_upload(content: bytes | Path | BinaryIO, home: Path, name: str) -> str:
    """Keeps an uploaded file below ``home`` and returns its id, ``upload:<sha256>``.

    ``name`` is what the user calls the file; it is only used in what is said about it. Raises
    DataError for what is too large or no text, and when it cannot be written.
    """
    shown = Path(name).name[:80] or "The file"
    folder = home / "data" / "uploads"
    temporary: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=folder)
        temporary = Path(made)
        with os.fdopen(descriptor, "wb") as stream:
            digest = _copy(content, stream, shown)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(folder / f"{digest}.csv")
    except OSError as error:
        raise DataError(
            f"{shown} cannot be stored ({error.strerror or error}): make room for it and try again."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return UPLOAD + digest


def _copy(content: bytes | Path | BinaryIO, target: BinaryIO, name: str) -> str:
    """Writes the content and returns its hash; refuses what is certainly no CSV."""
    if isinstance(content, bytes):
        return _copy_chunks([content], target, name)
    if isinstance(content, Path):
        with content.open("rb") as stream:
            return _copy_chunks(iter(lambda: stream.read(_CHUNK), b""), target, name)
    return _copy_chunks(iter(lambda: content.read(_CHUNK), b""), target, name)


def _copy_chunks(chunks: object, target: BinaryIO, name: str) -> str:
    digest, size = hashlib.sha256(), 0
    largest = min(MAX_UPLOAD_BYTES, most("upload_mb") * 1e6)
    for chunk in chunks:  # type: ignore[attr-defined]
        if not size:
            refuse_disguise(chunk[:_CHUNK])
        size += len(chunk)
        if size > largest:
            raise DataError(
                f"{name} has more than {largest / 1e6:,.0f} MB: leave out rows or "
                "columns, or run it on the command line with csv:PATH."
            )
        digest.update(chunk)
        target.write(chunk)
    if not size:
        refuse_disguise(b"")
    return digest.hexdigest()
