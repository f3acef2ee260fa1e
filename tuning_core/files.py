"""Files: written whole or not at all, zips looked at first, what is said of one that is gone."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

DRAFTS = ".draft-"
"""How the folders of what is being written begin."""

_OLD_SECONDS = 3_600.0


def write_whole(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write a file that is there whole or not at all; a ``durable`` one even after a power cut."""
    with whole(path, durable=durable) as draft:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def whole(path: Path, *, durable: bool = False, name: str = "draft") -> Iterator[Path]:
    """A place of this ``name`` for the draft of a file or folder, which becomes ``path``.

    Where the draft fails, ``path`` stays as it was; else a file or an empty folder there makes
    room. Of two who write the same at once the later one stays.
    """
    # A hidden folder, so that nobody takes what a killed process left in it for whole.
    with TemporaryDirectory(dir=path.absolute().parent, prefix=DRAFTS) as place:
        draft = Path(place) / name
        yield draft
        if draft.is_dir() and path.exists():
            path.rmdir()
        move_whole(draft, path, durable=durable)


def move_whole(written: Path, path: Path, *, durable: bool = False) -> None:
    """Give what is written the name under which others look for it, in one step."""
    if durable:
        with written.open("r+b") as file:
            os.fsync(file.fileno())
    written.replace(path)


def drafts_in(folder: Path) -> Iterator[Path]:
    """What killed processes left of their drafts in a folder, or others are writing."""
    return folder.glob(f"{DRAFTS}*")


def remove_old_drafts(folder: Path) -> None:
    """Remove the drafts that processes left in a folder which were killed over an hour ago."""
    for draft in drafts_in(folder):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime > _OLD_SECONDS:
                shutil.rmtree(draft, ignore_errors=True)


def gone(path: Path) -> str:
    """The sentence on a file or folder that somebody has taken away from a running process."""
    return (
        f"{path} was deleted or moved while this process used it. Put it back as it was; or end "
        "this process and start it again, which makes a new one."
    )


def zip_lists_at_most(file: Path | BinaryIO, most: int) -> bool:
    """Whether the table of contents of a zip has at most so many bytes, before it is read.

    The zipfile module reads it whole, a million entries too, before anyone can look. Raises
    BadZipFile for what is no zip.
    """
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return zip_lists_at_most(stream, most)
    # Private, and the very function that says how much is read.
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    file.seek(0)
    if not end:
        raise zipfile.BadZipFile
    return bool(end[zipfile._ECD_SIZE] <= most)  # type: ignore[attr-defined]
