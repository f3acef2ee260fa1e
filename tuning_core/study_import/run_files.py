"""What is read of other tools: a folder, a zip that nothing is unpacked of, or a single file."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from tuning_core.files import zip_lists_at_most

MOST_FILES = 50_000
MOST_BYTES = 2_000_000_000
"""Of one file, unpacked."""

MOST_IN_ALL = 4_000_000_000
"""Bytes that are read of one search."""

_DEEPEST = 12
_ENTRY_BYTES = 400
_SMALL = 1_000_000
_MOST_SHRUNK = 200
"""How many times larger a file may be unpacked, beyond a small one."""

_CHUNK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OverflowError),
    *(NotImplementedError, RuntimeError, ValueError, KeyError),
)


class RunsError(Exception):
    """What cannot be read as a search; ``str()`` is one sentence that says what to do.

    ``needs`` names an option whose value is to be one of ``choices``, where that would help.
    """

    def __init__(self, sentence: str, needs: str = "", choices: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.needs = needs
        self.choices = tuple(choices)


class RunFiles:
    """The files below a folder or in a zip, by their names there; links are not followed.

    ``label`` is the name of the whole, ``beside`` the folder of a single file. Methods raise
    RunsError.
    """

    def __init__(self, label: str, names: list[str], place: Path, archive: zipfile.ZipFile | None):
        self.label = label
        self.names = sorted(names)
        self._place = place
        self._archive = archive
        self._read = 0

    @property
    def single(self) -> str:
        """The name of the only file, "" where there are others."""
        return self.names[0] if len(self.names) == 1 else ""

    def size(self, name: str) -> int:
        """Bytes of a file, unpacked."""
        if self._archive is not None:
            return self._archive.getinfo(name).file_size
        return (self._place / name).stat().st_size

    def changed(self, name: str) -> float:
        """When a file was written last, as unix seconds; of a zip's, 0."""
        return 0.0 if self._archive is not None else (self._place / name).stat().st_mtime

    def start(self, name: str, count: int = 64) -> bytes:
        """The first bytes of a file."""
        with _readable(name):
            if self._archive is not None:
                with self._archive.open(name) as packed:
                    return packed.read(count)
            with (self._place / name).open("rb") as file:
                return file.read(count)

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """A file as a whole, of at most so many bytes."""
        size = self.size(name)
        self._count(name, size, most)
        with _readable(name):
            if self._archive is None:
                with (self._place / name).open("rb") as file:
                    return file.read(size)
            with self._archive.open(name) as packed:
                content = packed.read(size + 1)
        if len(content) != size:
            raise RunsError(f"{_shown(name)} in the zip is not as large as the zip says.")
        return content

    @contextmanager
    def on_disk(self, name: str, most: int = MOST_BYTES) -> Iterator[Path]:
        """The path of a file, for as long as it is needed; of a zip's, that of a copy."""
        if self._archive is None:
            self._count(name, self.size(name), most)
            yield self._place / name
            return
        self._count(name, self.size(name), most)
        with TemporaryDirectory(prefix="runs-") as place:
            copy = Path(place) / "file"
            with _readable(name), self._archive.open(name) as packed, copy.open("wb") as file:
                left = self.size(name)
                while chunk := packed.read(min(_CHUNK, left + 1)):
                    left -= len(chunk)
                    if left < 0:
                        raise RunsError(f"{_shown(name)} in the zip is larger than the zip says.")
                    file.write(chunk)
            yield copy

    def _count(self, name: str, size: int, most: int) -> None:
        self._read += size
        if size > most or self._read > MOST_IN_ALL:
            raise RunsError(
                f"{_shown(name)} has {size / 1e6:,.1f} MB; at most {most / 1e6:,.0f} MB of such a "
                f"file and {MOST_IN_ALL / 1e6:,.0f} MB of a search are read."
            )


@contextmanager
def opened(path: Path) -> Iterator[RunFiles]:
    """The files of a path. Raises RunsError."""
    try:
        if path.is_dir():
            yield RunFiles(path.resolve().name, list(_below(path)), path, None)
        elif not path.exists():
            raise RunsError(f"{path} does not exist: check its path.")
        elif not path.is_file():
            raise RunsError(f"{path} is neither a file nor a folder.")
        elif _is_zip(path):
            with _zip(path) as archive:
                yield RunFiles(path.stem, _members(archive), path.parent, archive)
        else:
            yield RunFiles(path.stem, [path.name], path.parent, None)
    except OSError as error:
        raise RunsError(f"{path} cannot be read ({error.strerror or error}).") from error


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextmanager
def _zip(path: Path) -> Iterator[zipfile.ZipFile]:
    with _readable(path.name):
        if not zip_lists_at_most(path, MOST_FILES * _ENTRY_BYTES):
            raise RunsError(_TOO_MANY)
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive


_TOO_MANY = (
    f"There are more than {MOST_FILES:,} files: give the folder of one search, without its "
    "checkpoints."
)


def _below(folder: Path) -> Iterator[str]:
    count = 0
    for place, folders, files in os.walk(folder, followlinks=False):
        inside = Path(place).relative_to(folder)
        if len(inside.parts) >= _DEEPEST:
            folders.clear()
        for name in files:
            if not stat.S_ISREG((Path(place) / name).lstat().st_mode):
                continue
            count += 1
            if count > MOST_FILES:
                raise RunsError(_TOO_MANY)
            yield (inside / name).as_posix()


def _members(archive: zipfile.ZipFile) -> list[str]:
    """The names of a zip's files, once each is known to be one that could be read."""
    names = []
    for info in archive.infolist():
        if info.is_dir():
            continue
        parts = PurePosixPath(info.filename).parts
        if info.filename.startswith("/") or ".." in parts or "\\" in info.filename:
            raise RunsError(f"The zip names a file outside itself ({_shown(info.filename)}).")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            continue  # A link: where it leads to is not in the zip.
        if info.flag_bits & 1 or info.compress_type not in _METHODS:
            raise RunsError(f"{_shown(info.filename)} in the zip is encrypted or oddly compressed.")
        if info.file_size > _SMALL + _MOST_SHRUNK * info.compress_size:
            raise RunsError(
                f"{_shown(info.filename)} in the zip is more than {_MOST_SHRUNK} times as large "
                "unpacked, which no search's file is."
            )
        if "__MACOSX" not in parts:
            names.append(info.filename)
    if len(names) > MOST_FILES:
        raise RunsError(_TOO_MANY)
    if len(set(names)) != len(names):
        raise RunsError("The zip has a file twice.")
    return names


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise RunsError(f"{_shown(name)} cannot be read: the zip is damaged.") from error


def _shown(name: str) -> str:
    return repr(name[-80:])
