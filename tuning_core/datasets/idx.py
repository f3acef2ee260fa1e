"""The IDX format of the MNIST family: a short header, then the numbers.

Two zero bytes, a type code (8: unsigned bytes), the number of axes, the length of each axis as
a big-endian 32-bit integer, then the values, last axis fastest.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np

from tuning_core.datasets.sources import IdxPart

_UNSIGNED_BYTES = 8


class WrongContentError(Exception):
    """A file that is not what the table of sources says; ``str()`` names it and says how."""


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
