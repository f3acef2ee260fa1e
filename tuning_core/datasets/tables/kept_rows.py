"""The rows of large tables that were read before, kept in the home for who reads them next.

A file's name is the hash of all that its rows depend on: the bytes of the table, how the spec has
them read, and the code that reads them. Rows are only found by what they are of, never by a path
or a time, and a file whose sum is not right is none.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tuning_core.datasets.tables import kept_rows_folder, readers
from tuning_core.files import drafts_in, remove_old_drafts, whole
from tuning_core.spec.dataset import WRITTEN, DatasetSpec

MOST_BYTES = 1_000_000_000
"""What all kept rows of a home may take; the longest unused go first."""

LEAST_BYTES = 4_000_000
"""A smaller table is read as fast as its rows would be found."""

_READ_BY = ("target", "task", "classes", "columns", "group", "time", *WRITTEN)
_ENDING = ".rows"
_ALIGNED = 64
_TAIL = 12


@dataclass(frozen=True)
class KeptRows:
    """``columns`` of values to learn from, other ``arrays`` of a value a row, ``facts`` as JSON."""

    columns: dict[str, np.ndarray | pd.Categorical]
    arrays: dict[str, np.ndarray]
    facts: dict[str, Any] = field(default_factory=dict)


def key_of(spec: DatasetSpec, path: Path) -> str | None:
    """The name of the rows that ``spec`` has of a file; None for one not worth it or not there."""
    try:
        if path.stat().st_size < LEAST_BYTES:
            return None
        content = _content_hash(path)
    except OSError:
        return None
    if spec.sha256 not in (None, content):
        return None
    read_by = {name: getattr(spec, name) for name in _READ_BY}
    # The order of columns is that of the file, whatever that of the spec.
    parts = [readers.reader_of(path).id, spec.sha256 is None, read_by, code_hash()]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return f"{content}-{digest}"


def find(home: Path, key: str) -> KeptRows | None:
    """The rows of this name, mapped from their file; None where they are not kept."""
    path = kept_rows_folder(home) / f"{key}{_ENDING}"
    try:
        kept = _read(path)
        os.utime(path)
    except (OSError, ValueError, KeyError):
        return None
    return kept


def keep(home: Path, key: str, rows: KeptRows) -> None:
    """Keep rows under this name, where there is room for them."""
    size = sum(array.nbytes for array in rows.arrays.values()) + sum(
        column.codes.nbytes if isinstance(column, pd.Categorical) else column.nbytes
        for column in rows.columns.values()
    )
    folder = kept_rows_folder(home)
    if size > MOST_BYTES / 2:
        return
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _make_room(folder, size)
        with whole(folder / f"{key}{_ENDING}") as draft:
            _write(draft, rows)


def forget(home: Path, content: str) -> int:
    """Remove all rows of the table whose bytes have this hash; returns the bytes that are free."""
    freed = 0
    for path in kept_rows_folder(home).glob(f"{content}-*{_ENDING}"):
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            path.unlink()
            freed += size
    return freed


def _make_room(folder: Path, size: int) -> None:
    """Remove the rows that were not used for longest until ``size`` more bytes may be kept."""
    found = sorted(
        ((stat.st_mtime, stat.st_size, path) for path, stat in _files(folder)), reverse=True
    )
    remove_old_drafts(folder)
    drafts = [path.stat().st_size for draft in drafts_in(folder) for path in draft.glob("*")]
    left = MOST_BYTES - size - sum(drafts)
    for _, bytes_there, path in found:
        left -= bytes_there
        if left < 0:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.glob(f"*{_ENDING}"):
        with suppress(OSError):
            yield path, path.stat()


def _write(path: Path, rows: KeptRows) -> None:
    """All values, then what they are as JSON, its length and the sum of all before."""
    check = 0
    places: list[Any] = []
    with path.open("wb") as file:

        def put(array: np.ndarray) -> list[Any]:
            nonlocal check
            content = np.ascontiguousarray(array)
            place = [file.tell(), content.dtype.str, len(content)]
            filled = content.tobytes() + bytes(-content.nbytes % _ALIGNED)
            check = zlib.crc32(filled, check)
            file.write(filled)
            return place

        for name, column in rows.columns.items():
            if isinstance(column, pd.Categorical):
                places.append([name, *put(column.codes), list(column.categories)])
            else:
                places.append([name, *put(column), None])
        arrays = {name: put(array) for name, array in rows.arrays.items()}
        index = json.dumps({"columns": places, "arrays": arrays, "facts": rows.facts}).encode()
        tail = index + len(index).to_bytes(8, "little")
        file.write(tail + zlib.crc32(tail, check).to_bytes(4, "little"))


def _read(path: Path) -> KeptRows:
    """Raises OSError, ValueError or KeyError for what is no such file, or not whole."""
    content = np.memmap(path, np.uint8, mode="r")
    if len(content) < _TAIL:
        raise ValueError("too short")
    end = len(content) - _TAIL
    size, check = (
        int.from_bytes(content[first:last].tobytes(), "little")
        for first, last in ((end, end + 8), (end + 8, end + _TAIL))
    )
    if zlib.crc32(content[: end + 8].data) != check:
        raise ValueError("another sum")
    index = json.loads(content[end - size : end].tobytes())

    def array(place: int, kind: str, count: int) -> np.ndarray:
        dtype = np.dtype(kind)
        return np.asarray(content[place : place + count * dtype.itemsize]).view(dtype)

    columns = {
        name: array(*place)
        if words is None
        else pd.Categorical.from_codes(array(*place), pd.Index(words, dtype=object))
        for name, *place, words in index["columns"]
    }
    arrays = {name: array(*place) for name, place in index["arrays"].items()}
    return KeptRows(columns, arrays, index["facts"])


_HASHES: dict[Path, tuple[tuple[int, ...], str]] = {}
"""The last file that was hashed, what it looked like then, and its hash."""


def _content_hash(path: Path) -> str:
    """The sha256 of a file, which is read unless it is certainly as it was at the last call."""
    before, changed = readers.looks_of(path)
    known = _HASHES.get(path)
    if known is not None and known[0] == before:
        return known[1]
    started = time.time()
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    _HASHES.clear()
    if started - changed > readers.SETTLED_SECONDS and readers.looks_of(path)[0] == before:
        _HASHES[path] = before, found
    return found


@cache
def code_hash() -> str:
    """A hash of the code that reads data, and of the libraries that it reads with."""
    import PIL
    import pyarrow

    versions = (np, pd, pyarrow, PIL)
    digest = hashlib.sha256(" ".join(each.__version__ for each in versions).encode())
    for source in sorted(Path(__file__).parents[1].glob("**/*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
