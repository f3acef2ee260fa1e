"""Reads a table that is packed in a ``.gz`` or ``.zip``, with the reader of what is in it."""

from __future__ import annotations

import gzip
import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.table import Records, Table, TableReader
from tuning_core.files import zip_lists_at_most
from tuning_core.spec.dataset import DatasetSpec

MOST_BYTES = 1_000_000_000
"""Of a table, unpacked."""

_LISTED = 1_000_000
_CHUNK = 1 << 20
_GZIP, _ZIP = b"\x1f\x8b", b"PK"
_PARQUET = b"PAR1"
_NAMED = 5
_ENCRYPTED = 1
_HIDDEN = ("__macosx", "thumbs.db", "desktop.ini")
_WORKBOOK = "xl/workbook.xml"
_DAMAGED = (
    *(zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, KeyError, ValueError),
)


def around(path: Path, readers: Sequence[TableReader]) -> TableReader:
    """The reader of a packed file: that of what is in it, unpacked while it is read.

    Raises DataError for a file that is damaged, or holds other than one table.
    """
    name, start = _inside(path)
    ending = PurePosixPath(name.lower()).suffix
    inner = next((reader for reader in readers if ending in reader.endings), None)
    if inner is None:
        # An upload has no name but its hash.
        of_content = {_PARQUET: ".parquet", _ZIP: ".xlsx"}
        known = next((end for magic, end in of_content.items() if start.startswith(magic)), "")
        inner = next((reader for reader in readers if known in reader.endings), None)
    if inner is None:
        inner = next(reader for reader in readers if reader.any_ending)
    return replace(
        inner,
        id=f"packed {inner.id}",
        label=f"packed {inner.label}",
        endings=PACKED.endings,
        any_ending=False,
        read=partial(_read, inner),
        refuse=PACKED.refuse,
        row_counter=None,
        likely=partial(_likely, inner),
        choices=partial(_choices, inner),
        script=f"{inner.script}{_SCRIPT % inner.endings[0]}" if inner.script else "",
    )


def _refuse(start: bytes) -> None:
    """Raises DataError for what is neither."""
    if not start.startswith((_GZIP, _ZIP)):
        raise DataError(
            "The file is neither gzip nor a zip, whatever its name says: give it the ending of "
            "what it is."
        )


def _read(inner: TableReader, path: Path, **given: Any) -> Table:
    with path.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    with _unpacked(path, inner) as plain:
        table = inner.read(plain, **given)
    again = {**given, **table.written, "only": list(table.names[:1])}
    return replace(table, path=path, sha256=content, records=partial(_records, inner, path, again))


@contextmanager
def _records(inner: TableReader, path: Path, given: dict[str, Any]) -> Iterator[Records]:
    with _unpacked(path, inner) as plain, inner.read(plain, **given).records() as found:
        yield found


def _likely(inner: TableReader, path: Path, own: DatasetSpec) -> Iterator[dict[str, Any]]:
    with _unpacked(path, inner) as plain:
        yield from list(inner.likely(plain, own))


def _choices(inner: TableReader, path: Path) -> dict[str, list[Any]]:
    with _unpacked(path, inner) as plain:
        return inner.choices(plain)


@contextmanager
def _unpacked(path: Path, inner: TableReader) -> Iterator[Path]:
    """The table in a packed file, for as long as it is used."""
    with tempfile.TemporaryDirectory(prefix="tunescape-") as place:
        plain = Path(place) / f"{path.stem[:80]}{inner.endings[0]}"
        size, start = 0, b""
        try:
            with _opened(path) as (_, source), plain.open("wb") as target:
                while chunk := source.read(_CHUNK):
                    start = start or chunk
                    size += len(chunk)
                    if size > MOST_BYTES:
                        raise DataError(
                            f"The packed file unpacks to more than {MOST_BYTES / 1e6:,.0f} MB, "
                            "more than is read: leave out rows or columns."
                        )
                    target.write(chunk)
        except _DAMAGED as error:
            raise _damaged() from error
        inner.refuse(start)
        yield plain


def _inside(path: Path) -> tuple[str, bytes]:
    """(the name of what is in a packed file, as far as it has one; its first bytes)."""
    try:
        with _opened(path) as (name, source):
            return name, source.read(len(_PARQUET))
    except _DAMAGED as error:
        raise _damaged() from error


def _opened(path: Path) -> AbstractContextManager[tuple[str, IO[bytes]]]:
    with path.open("rb") as stream:
        return _member(path) if stream.read(2) == _ZIP else _ungzipped(path)


@contextmanager
def _ungzipped(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with gzip.open(path) as source:
        yield path.stem, source  # type: ignore[misc]


@contextmanager
def _member(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The one file in a zip that a user put there."""
    if not zip_lists_at_most(path, _LISTED):
        raise _damaged()
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not _is_hidden(info)]
        names = [info.filename for info in infos]
        if _WORKBOOK in names:
            raise DataError("The packed file is an Excel workbook: give it the ending .xlsx.")
        if len(infos) != 1:
            listed = ", ".join(repr(name[:80]) for name in names[:_NAMED])
            more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
            raise DataError(
                f"The packed file holds {len(names):,} files ({listed}{more}): leave one table "
                "in it, or unpack it and take that one."
                if names
                else "The packed file holds no file: put one table in it."
            )
        if infos[0].flag_bits & _ENCRYPTED:
            raise DataError(
                "The packed file is protected by a password: pack the table without one."
            )
        with archive.open(infos[0]) as source:
            yield names[0], source


def _is_hidden(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    return info.is_dir() or any(p.startswith(".") or p.lower() in _HIDDEN for p in parts)


def _damaged() -> DataError:
    return DataError("The packed file cannot be unpacked: it is damaged; pack the table anew.")


_SCRIPT = '''


read_plain = read


def read(path):
    """The table in a .gz or .zip, or a plain one."""
    import gzip
    import shutil
    import tempfile
    import zipfile

    with open(path, "rb") as file:
        start = file.read(2)
    if start == b"PK":
        archive = zipfile.ZipFile(path)
        names = [name for name in archive.namelist() if name[-1] != "/"]
        if "xl/workbook.xml" in names:
            return read_plain(path)
        parts = {name: name.lower().split("/") for name in names}
        hidden = ("__macosx", "thumbs.db", "desktop.ini")
        source = archive.open(
            next(n for n in names if not any(p[0] == "." or p in hidden for p in parts[n]))
        )
    elif start == b"\\x1f\\x8b":
        source = gzip.open(path)
    else:
        return read_plain(path)
    with tempfile.TemporaryDirectory() as folder:
        with source, open(folder + "/table%s", "wb") as plain:
            shutil.copyfileobj(source, plain)
        return read_plain(plain.name)'''


PACKED = TableReader(
    id="packed",
    label="",
    endings=(".gz", ".zip"),
    read=partial(_read, None),  # type: ignore[arg-type]
    refuse=_refuse,
)
"""What a packed file is before one can look into it; ``around`` gives its reader."""
