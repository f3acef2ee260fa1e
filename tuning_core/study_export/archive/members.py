"""The parts of a study file: which it may have, how large each may be, and its first page."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tuning_core.files import zip_lists_at_most
from tuning_core.home.home import ManagerError
from tuning_core.home.marks import LARGEST_FILE, Marks, parse_marks
from tuning_core.spec.validation import study_name

MANIFEST, SPEC, JOURNAL, PLAN, BEST, MARKS = (
    "study.json",
    "spec.json",
    "events.jsonl",
    "plan.json",
    "best.npz",
    "marks.json",
)
LIMITS = {
    MANIFEST: 20_000,
    SPEC: 1_000_000,
    JOURNAL: 400_000_000,
    PLAN: 200_000,
    BEST: 800_000_000,
    MARKS: LARGEST_FILE,
}
"""Bytes that each member may have once it is unpacked."""

REQUIRED = (MANIFEST, SPEC, JOURNAL)
_CHUNK = 1 << 20
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, MemoryError, OverflowError),
    *(NotImplementedError, RuntimeError, ValueError, KeyError, struct.error, SyntaxError),
)
"""What reading an archive raises when it is none."""

_SMALL = 1_000_000
_MOST_SHRUNK = 100
"""How many times larger a member may be unpacked, beyond a small one: a journal is about 10."""

_ENTRY_BYTES = 300
"""Bytes of an entry of the table of contents, its name included: more than ours take."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def opened(file: Path | BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive, once its table of contents is known to be that of a study file.

    Raises ArchiveError, also for what goes wrong while its members are read.
    """
    try:
        if not check_contents(file, len(LIMITS)):
            raise ArchiveError(f"A study file has {len(LIMITS)} members at most; this has more.")
        with zipfile.ZipFile(file) as archive:
            _check(archive)
            yield archive
    except ArchiveError:
        raise
    except DAMAGED:
        raise ArchiveError(
            "This is no study file, or it is damaged. Expected one that Export in the Library or "
            "export-study has written."
        ) from None


def check_contents(file: Path | BinaryIO, most: int) -> bool:
    """Whether the table of contents is one of at most so many members, before it is read."""
    return zip_lists_at_most(file, most * _ENTRY_BYTES)


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """A small member as a whole."""
    with archive.open(name) as stream:
        content = stream.read(LIMITS[name] + 1)
    if len(content) > LIMITS[name]:
        raise _too_large(name, len(content))
    return content


def count_lines(archive: zipfile.ZipFile, name: str) -> int:
    """The lines of a member, before anyone looks at what is in them."""
    with archive.open(name) as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_CHUNK), b""))


def lines_of(archive: zipfile.ZipFile, name: str, longest: int) -> Iterator[bytes]:
    """The lines of a member, none longer than ``longest`` bytes, all ended by a line feed."""
    read, number = 0, 0
    with archive.open(name) as stream:
        while line := stream.readline(longest + 1):
            number += 1
            read += len(line)
            if read > LIMITS[name]:
                raise _too_large(name, read)
            if not line.endswith(b"\n"):
                what = "is too long" if len(line) > longest else "is cut off"
                raise ArchiveError(f"{name} line {number:,} of this study file {what}.")
            yield line


def copy_member(archive: zipfile.ZipFile, name: str, target: IO[bytes]) -> None:
    """Unpack a member, in pieces, no more than it may have."""
    written = 0
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > LIMITS[name]:
                raise _too_large(name, written)
            target.write(chunk)


def _check(archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    for info in infos:
        name = info.filename
        if name not in LIMITS:
            raise ArchiveError(
                f"A study file holds {', '.join(LIMITS)} and nothing else; this one has "
                f"{name[:60]!r}."
            )
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise ArchiveError(f"{name} of this study file is no plain file but a link or folder.")
        if info.flag_bits & 1 or info.compress_type not in _METHODS:
            raise ArchiveError(f"{name} of this study file is encrypted or oddly compressed.")
        if info.file_size > LIMITS[name]:
            raise _too_large(name, info.file_size)
        if info.file_size > _SMALL + _MOST_SHRUNK * info.compress_size:
            raise ArchiveError(
                f"{name} of this study file is more than {_MOST_SHRUNK} times as large unpacked as "
                "in the file, which no study's is."
            )
    if len(set(names)) != len(names):
        raise ArchiveError("This study file has a member twice.")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ArchiveError(f"This is no study file: it has no {missing[0]}.")


def _too_large(name: str, size: int) -> ArchiveError:
    return ArchiveError(
        f"{name} of this study file has {size / 1e6:,.1f} MB unpacked; at most "
        f"{LIMITS[name] / 1e6:,.1f} MB are read."
    )


VERSION = 1


class Manifest(BaseModel):
    """``id`` and ``name`` are those of the exported study; times are unix seconds."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)

    format: Literal["tunescape-study"] = "tunescape-study"
    version: Annotated[int, Field(ge=1)] = VERSION
    id: Annotated[str, Field(pattern=r"^[a-z0-9]{8}$")]
    name: str
    status: Annotated[str, Field(max_length=20)]
    created: Annotated[float, Field(ge=0, le=1e11)]
    exported: Annotated[float, Field(ge=0, le=1e11)]

    @field_validator("name")
    @classmethod
    def _named(cls, value: str) -> str:
        return study_name(value)


def parse_manifest(content: bytes) -> Manifest:
    """The manifest; ArchiveError for anything else, and for a later version."""
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))[:60]
        raise ArchiveError(
            f"{MANIFEST} of this study file cannot be read ({place}: {first['msg'][:120]})."
        ) from None
    if manifest.version > VERSION:
        raise ArchiveError(
            f"This study file has version {manifest.version}; this Tunescape reads up to "
            f"{VERSION}. Update this copy."
        )
    return manifest


def parse_noted(content: bytes) -> Marks:
    """Notes, tags and stars; ArchiveError for anything else."""
    try:
        return parse_marks(content)
    except ValueError:
        raise ArchiveError(
            f"{MARKS} of this study file is no file of notes. Export the study anew."
        ) from None


class ArchiveError(ManagerError):
    """A file that is not imported; ``str()`` is one sentence that names the part of it."""
