"""Uploads in the home: each under the hash of its bytes, with an ending that says what it is."""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from tuning_core.catalog.limits import LIMITS, most
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.upload_owners import give, marks_of, uploads_folder
from tuning_core.files import move_whole
from tuning_core.spec.dataset import UPLOAD

MAX_UPLOAD_BYTES = int(LIMITS["upload_mb"].most * 1_000_000)
_CHUNK = 1 << 20


class ByteCheck(Protocol):
    """Looks at the bytes of a file as they pass by."""

    def see(self, chunk: bytes) -> None:
        """Raises DataError when the file is certainly not what it should be; b"" is its end."""


@dataclass(frozen=True)
class NewUpload:
    """A file that a user uploads: what they call it, and what is looked for in it.

    ``ending`` is that of the stored file. ``less`` says how such a file gets smaller, as in "leave
    out rows or columns", ``id`` what names such a file on the command line.
    """

    name: str
    ending: str
    check: ByteCheck
    less: str
    id: str


def upload_path(dataset_id: str, home: Path, endings: tuple[str, ...]) -> Path | None:
    """The stored file of ``upload:HASH`` with one of these endings; None when there is none.

    Raises DataError for what is no such id.
    """
    name = dataset_id.removeprefix(UPLOAD)
    if not dataset_id.startswith(UPLOAD) or not re.fullmatch("[0-9a-f]{64}", name):
        raise DataError(f"dataset.id: expected {UPLOAD} and 64 hexadecimal digits.")
    paths = [uploads_folder(home) / f"{name}{ending}" for ending in endings]
    # The same content may have come under names with two endings: the later one counts.
    return max(filter(Path.is_file, paths), key=lambda path: path.stat().st_mtime, default=None)


def gone() -> DataError:
    """What to say of an upload that is not there, or of another user: nobody learns which."""
    return DataError("dataset.id: this upload is not here or not yours: upload the file.")


def uploaded_files(home: Path) -> Iterator[Path]:
    """The files of all uploads in the home, each named for its content: ``<sha256>.<ending>``."""
    return uploads_folder(home).glob("[0-9a-f]*.*")


def keep_upload(
    content: bytes | Path | BinaryIO, home: Path, upload: NewUpload, *, user: str = ""
) -> str:
    """Keeps an uploaded file below ``home`` and returns its id, ``upload:<sha256>``.

    What a ``user`` has stored is bounded in all. Raises DataError for what is too large or not
    what it should be, and when it cannot be written; nothing of it stays.
    """
    folder = uploads_folder(home)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as place:
            draft = Path(place) / "draft"
            draft.touch(mode=0o600)  # It is nobody else's business on this machine.
            with draft.open("wb") as stream:
                digest = _copy(content, stream, upload)
            if user:
                _refuse_beyond_share(home, user, digest, draft.stat().st_size, upload)
                give(home, user, digest)
            move_whole(draft, folder / f"{digest}{upload.ending}", durable=True)
    except OSError as error:
        raise DataError(
            f"{upload.name} cannot be stored ({error.strerror or error}): make room for it and "
            "try again."
        ) from error
    return UPLOAD + digest


def _refuse_beyond_share(home: Path, user: str, digest: str, size: int, upload: NewUpload) -> None:
    """Raises DataError when a user's uploads would be more than a user may store."""
    stored = count = 0
    for mark in marks_of(home, user).glob("*"):
        sizes = [path.stat().st_size for path in uploads_folder(home).glob(f"{mark.name}.*")]
        if not sizes:
            mark.unlink(missing_ok=True)
        elif mark.name != digest:
            stored, count = stored + max(sizes), count + 1
    less = "remove those that no study uses in the Library (an hour after their upload)"
    if count + 1 > most("uploads"):
        raise DataError(
            f"{upload.name} is one upload too many: a reader may store {most('uploads'):,.0f} "
            f"here, and so many are yours. You can {less}."
        )
    share = most("uploads_mb") * 1e6
    if stored + size > share:
        raise DataError(
            f"{upload.name} has {size / 1e6:,.0f} MB, and your uploads here have "
            f"{stored / 1e6:,.0f} of the {share / 1e6:,.0f} MB that a reader may store: {less}, "
            f"or {upload.less}."
        )


def _copy(content: bytes | Path | BinaryIO, target: BinaryIO, upload: NewUpload) -> str:
    """Writes the content and returns its hash; refuses what is certainly not what it should be."""
    if isinstance(content, Path):
        with content.open("rb") as stream:
            return _copy(stream, target, upload)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    digest, size = hashlib.sha256(), 0
    largest = min(MAX_UPLOAD_BYTES, most("upload_mb") * 1e6)
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > largest:
            raise DataError(
                f"{upload.name} has more than {largest / 1e6:,.0f} MB: {upload.less}, or run it on "
                f"the command line with {upload.id}PATH."
            )
        upload.check.see(chunk)
        digest.update(chunk)
        target.write(chunk)
    upload.check.see(b"")
    return digest.hexdigest()
