"""The files of image datasets: IDX and CIFAR's, taken out of .gz, .npz, .tgz and .deb in memory.

Nothing is unpacked to disk, so no name inside an archive can point anywhere; only members with
an expected name are read, and never more bytes than expected plus one.

An IDX file is two zero bytes, a type code (8: unsigned bytes), the number of axes, the length of
each axis as a big-endian 32-bit integer, then the values, last axis fastest.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np

from tuning_core.datasets.sources import IdxPart

_UNREADABLE = (
    EOFError,
    KeyError,
    RuntimeError,  # an encrypted zip
    ValueError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
_NPY_HEADER = 4_096
_AR_MAGIC = b"!<arch>\n"
_AR_ENTRY = 60
_UNSIGNED_BYTES = 8
_CIFAR_SIDE = 32
_CHANNELS = 3


class WrongContentError(Exception):
    """A file that is not what the table of sources says; ``str()`` names it and says how."""


def read_parts(files: Sequence[Path], parts: Sequence[IdxPart]) -> dict[str, bytes]:
    """The contents of the IDX files found in ``files``, by part name; hashes are not checked.

    Raises WrongContentError for a file that cannot be read, OSError for one that cannot be opened.
    """
    found: dict[str, bytes] = {}
    for path in files:
        try:
            found |= _read_file(path, parts)
        except _UNREADABLE as error:
            raise WrongContentError(f"{path.name} cannot be read ({error})") from error
    return found


def header(shape: tuple[int, ...]) -> bytes:
    """The bytes before the values of an array of unsigned bytes."""
    return struct.pack(f">HBB{len(shape)}I", 0, _UNSIGNED_BYTES, len(shape), *shape)


def byte_count(part: IdxPart) -> int:
    """Bytes of the whole file."""
    return len(start_of(part)) + int(np.prod(part.shape))


def start_of(part: IdxPart) -> bytes:
    """The bytes of a part's file before its values."""
    return b"" if part.bare else header(part.shape)


def encode(array: np.ndarray) -> bytes:
    """An array of unsigned bytes as the contents of an IDX file."""
    return header(array.shape) + np.ascontiguousarray(array, dtype=np.uint8).tobytes()


def decode(content: bytes, part: IdxPart) -> np.ndarray:
    """The checked array of ``part``: uint8, read-only, sharing memory with ``content``.

    Raises WrongContentError when length, header or hash differ.
    """
    expected = byte_count(part)
    if len(content) != expected:
        raise WrongContentError(f"{part.name} has {len(content):,} bytes instead of {expected:,}")
    start = start_of(part)
    if not content.startswith(start):
        raise WrongContentError(f"{part.name} has no IDX header of shape {part.shape}")
    if hashlib.sha256(content).hexdigest() != part.sha256:
        raise WrongContentError(f"{part.name} differs from the published file (sha256)")
    return np.frombuffer(content, dtype=np.uint8, offset=len(start)).reshape(part.shape)


def pictures(records: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, 32, 32, 3) and labels (n,), both uint8, of records (n, 3073).

    A record is a label, then all of red, of green and of blue, row by row.
    """
    joined = np.concatenate(records)
    planes = joined[:, 1:].reshape(-1, _CHANNELS, _CIFAR_SIDE, _CIFAR_SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), joined[:, 0].copy()


def _read_file(path: Path, parts: Sequence[IdxPart]) -> dict[str, bytes]:
    if path.suffix == ".npz":
        return _read_npz(path, parts)
    if path.name.endswith((".tgz", ".tar.gz")):
        with tarfile.open(path, mode="r:gz") as archive:
            return _read_tar(archive, parts)
    if path.suffix == ".deb":
        return _read_deb(path, parts)
    with path.open("rb") as stream:
        return _read_member(path.name, stream, parts)


def _read_npz(path: Path, parts: Sequence[IdxPart]) -> dict[str, bytes]:
    found = {}
    with zipfile.ZipFile(path) as archive:
        for part in parts:
            member = archive.getinfo(f"{part.npz}.npy")
            if member.file_size > byte_count(part) + _NPY_HEADER:
                raise WrongContentError(f"{part.npz} in {path.name} is larger than {part.shape}")
            with archive.open(member) as stream:
                array = np.lib.format.read_array(stream, allow_pickle=False)
            if array.dtype != np.uint8:
                raise WrongContentError(f"{part.npz} in {path.name} holds {array.dtype}, not uint8")
            found[part.name] = encode(array)
    return found


def _read_tar(archive: tarfile.TarFile, parts: Sequence[IdxPart]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for member in archive:
        stream = archive.extractfile(member) if member.isfile() else None
        if stream is not None:
            found |= _read_member(PurePosixPath(member.name).name, stream, parts)
    return found


def _read_deb(path: Path, parts: Sequence[IdxPart]) -> dict[str, bytes]:
    """A Debian package is an `ar` archive: 60-byte entries, each followed by an even length."""
    with path.open("rb") as stream:
        if stream.read(len(_AR_MAGIC)) != _AR_MAGIC:
            raise WrongContentError(f"{path.name} is not a Debian package")
        while entry := stream.read(_AR_ENTRY):
            name = entry[:16].decode("ascii", "replace").strip().rstrip("/")
            size = int(entry[48:58])
            if name.startswith("data.tar"):
                packed = io.BytesIO(stream.read(size))
                with tarfile.open(fileobj=packed, mode="r:*") as archive:
                    return _read_tar(archive, parts)
            stream.seek(size + size % 2, io.SEEK_CUR)
    raise WrongContentError(f"{path.name} holds no data")


def _read_member(name: str, stream: IO[bytes], parts: Sequence[IdxPart]) -> dict[str, bytes]:
    for part in parts:
        limit = byte_count(part) + 1
        if name == part.name:
            return {part.name: stream.read(limit)}
        if name == f"{part.name}.gz":
            with gzip.GzipFile(fileobj=stream) as unpacked:
                return {part.name: unpacked.read(limit)}
    return {}
