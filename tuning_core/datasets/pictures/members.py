"""The files in a zip or folder of pictures: which count, and what class their folder says.

Nothing is unpacked to the disk, so no name in a zip can lead anywhere.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from typing_extensions import override

from tuning_core.catalog.limits import most
from tuning_core.datasets.raw import DataError
from tuning_core.files import zip_lists_at_most

MOST_BYTES = 2_000_000_000
"""Of all pictures together, unpacked."""

MAX_NAME, MAX_PATH = 200, 1_000
"""Letters of a class, and of a whole path."""

_ENTRY_BYTES = 200
_ENTRIES_OF_A_PICTURE = 3
"""In a zip of a Mac a picture has a second entry, and there may be other files."""

HIDDEN = ("__macosx", "thumbs.db", "desktop.ini")
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, MemoryError, OverflowError),
    *(NotImplementedError, RuntimeError, ValueError, KeyError, SyntaxError, OSError),
)
"""What reading a member raises when it is damaged."""


@dataclass(frozen=True)
class Member:
    """A file that may be a picture.

    ``path`` is its place in the zip or folder, ``label`` the name of the folder nearest to it, ""
    of one that lies in none. ``refusal`` says why it is not read, where that is known by now.
    """

    path: str
    label: str
    refusal: str = ""


class Members(Protocol):
    """An open zip or folder; ``hidden`` counts files that no user put there."""

    listed: list[Member]
    hidden: int

    def read(self, member: Member, limit: int) -> bytes:
        """The first ``limit`` bytes of a file; raises one of ``DAMAGED``."""


@contextmanager
def opened(path: Path) -> Iterator[Members]:
    """The files of a zip or folder; raises DataError for what is neither, or holds too much."""
    if path.is_dir():
        yield _Folder(path)
        return
    if not path.is_file():
        raise DataError(f"{path.name} does not exist, or is neither a zip nor a folder.")
    try:
        if not zip_lists_at_most(path, _most() * _ENTRIES_OF_A_PICTURE * _ENTRY_BYTES):
            raise _too_many()
        archive = zipfile.ZipFile(path)
    except DAMAGED:
        raise DataError(
            f"{path.name[:80]} is no zip file, or it is damaged: expected a zip with one folder of "
            "pictures per class."
        ) from None
    with archive:
        yield _Zip(archive)


def content_hash(path: Path) -> str:
    """The sha256 of a zip, or of the names and bytes of all files that count in a folder."""
    if path.is_file():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    digest = hashlib.sha256()
    for member in _Folder(path).listed:
        digest.update(member.path.encode("utf-8", "surrogateescape") + b"\0")
        try:
            with (path / member.path).open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError:
            digest.update(b"unreadable")
    return digest.hexdigest()


def _most() -> int:
    return int(most("pictures"))


def _too_many() -> DataError:
    return DataError(
        f"It holds more than {_most():,} pictures, the most that this server takes: leave some out."
    )


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith(".") or part.lower() in HIDDEN for part in path.parts)


def clean(name: str) -> str:
    """A name as it is shown: one form of each letter, without marks that are not seen."""
    composed = unicodedata.normalize("NFC", name)
    return "".join(c for c in composed if unicodedata.category(c)[0] != "C").strip()


def _member(path: PurePosixPath, refusal: str = "") -> Member:
    label = clean(path.parent.name)
    if not refusal and not label:
        refusal = "lies in no folder, and its folder says what class it is of"
    elif len(label) > MAX_NAME:
        refusal = f"lies in a folder whose name has more than {MAX_NAME} letters"
    elif len(str(path)) > MAX_PATH:
        refusal = f"has a path of more than {MAX_PATH:,} letters"
    return Member(str(path)[:MAX_PATH], label[:MAX_NAME], refusal)


def _bounded(members: list[Member], size: int) -> list[Member]:
    if len(members) > _most():
        raise _too_many()
    if size > MOST_BYTES:
        raise DataError(
            f"Its files have {size / 1e6:,.0f} MB unpacked, more than the {MOST_BYTES / 1e6:,.0f} "
            "that are read: leave some out, or make the pictures smaller."
        )
    return sorted(members, key=lambda member: member.path)


class _Zip(Members):
    """The files of a zip."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self.hidden = 0
        members = []
        if len(archive.infolist()) > _most() * _ENTRIES_OF_A_PICTURE:
            raise _too_many()  # Before each is looked at.
        for info in archive.infolist():
            path = PurePosixPath(name_of(info).replace("\\", "/"))
            if info.is_dir() or not path.parts:
                continue
            if _is_hidden(PurePosixPath(*(part for part in path.parts if part != ".."))):
                self.hidden += 1
                continue
            refusal = ""
            if ".." in path.parts or path.is_absolute():
                refusal = "has a path that leads out of the zip"
            elif info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
                refusal = "is encrypted or oddly compressed; make a plain zip"
            elif str(path) in self._infos:
                refusal = "is in the zip twice"
            self._infos.setdefault(str(path), info)
            members.append(_member(path, refusal))
        self.listed = _bounded(members, sum(info.file_size for info in self._infos.values()))

    @override
    def read(self, member: Member, limit: int) -> bytes:
        with self._archive.open(self._infos[member.path]) as stream:
            return stream.read(limit)


class _Folder(Members):
    """The files of a folder; links are not followed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.hidden = 0
        members, size = [], 0
        for place, folders, names in os.walk(folder):
            inside = PurePosixPath(Path(place).relative_to(folder).as_posix())
            folders[:] = [name for name in folders if not _is_hidden(PurePosixPath(name))]
            for name in names:
                path = inside / name
                if _is_hidden(path):
                    self.hidden += 1
                    continue
                found = (folder / path).lstat()
                size += found.st_size
                link = "is a link; put the picture itself there"
                members.append(_member(path, "" if (folder / path).is_file() else link))
                if (folder / path).is_symlink():
                    members[-1] = _member(path, link)
            _bounded(members, size)
        self.listed = _bounded(members, size)

    @override
    def read(self, member: Member, limit: int) -> bytes:
        with (self._folder / member.path).open("rb") as stream:
            return stream.read(limit)


def name_of(info: zipfile.ZipInfo) -> str:
    """The name of a member; that of a zip of a Mac is UTF-8 although it does not say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename
