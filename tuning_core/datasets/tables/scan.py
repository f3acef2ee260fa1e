"""One look at all bytes of a file: whether it can be a CSV at all, and in which encoding."""

from __future__ import annotations

import codecs
import hashlib
import io
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tuning_core.catalog.limits import LIMITS
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.encodings import (
    SAMPLE_BYTES,
    guesses,
    known_encoding,
    lines_beyond_ascii,
    utf16_without_mark,
)

MAX_BYTES = 2_000_000_000
MAX_ROWS = int(LIMITS["rows"].most)
MAX_LINE = 4_000_000
_CHUNK = 1 << 20
_DISGUISES = (
    (b"PK\x03\x04", "a zip or Excel file"),
    (b"PK\x05\x06", "an empty zip file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"7z\xbc\xaf", "a 7-Zip file"),
    (b"(\xb5/\xfd", "a Zstandard file"),
    (b"Rar!", "a RAR file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x7fELF", "a program"),
)


class UndecodableError(DataError):
    """Bytes that an encoding does not have."""


@dataclass(frozen=True)
class Scan:
    """``lines`` counts physical lines, ``quotes`` and ``apostrophes`` those of the whole file.

    ``guessed`` says that the encoding was neither given nor plain to see.
    """

    sha256: str
    encoding: str
    lines: int
    quotes: int
    apostrophes: int
    guessed: bool = False


def scan(path: Path, encoding: str | None = None) -> Scan:
    """Reads the file once and finds its encoding, unless that is given.

    Raises DataError for what is not text, too large, or not in the given encoding.
    """
    try:
        if path.is_dir():
            raise DataError(f"{path.name} is a folder: name the CSV file in it.")
        if not path.is_file():
            raise DataError(f"{path.name} does not exist or is no file: check its path.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DataError(
                f"{path.name} has {size / 1e6:,.0f} MB, more than the {MAX_BYTES / 1e6:,.0f} MB "
                "that can be read: leave out rows or columns."
            )
        with path.open("rb") as stream:
            start = stream.read(_CHUNK)
            refuse_disguise(start)
            sha256, odd, nul_line = _bytes_of(start, stream)
        plain = known_encoding(encoding) if encoding else _plain_encoding(start, odd)
        if nul_line and not (plain or "").startswith("utf-16"):
            raise DataError(
                f"Line {nul_line} holds a NUL byte, which no text has: save the table as CSV "
                "(UTF-8) and try again."
            )
        if plain:
            return Scan(sha256, plain, *_lines_of(path, plain))
        *others, last = guesses(odd)
        for guess in others:
            with suppress(UndecodableError):
                return Scan(sha256, guess, *_lines_of(path, guess), guessed=True)
        return Scan(sha256, last, *_lines_of(path, last), guessed=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"The file cannot be read ({reason}): check its path and rights.") from None


def refuse_disguise(start: bytes) -> None:
    """Raises DataError when a file that begins like this is certainly no CSV."""
    if not start.strip():
        raise DataError("The file is empty: a table needs a line of names and lines of values.")
    for magic, what in _DISGUISES:
        if start.startswith(magic):
            raise DataError(
                f"The file is {what}, not a CSV: open it where it was made and save the table as "
                "CSV (UTF-8)."
            )


def open_utf8(path: Path, encoding: str) -> BinaryIO:
    """The text of a file as UTF-8 bytes without a byte order mark, whatever it is written in."""
    if encoding in ("utf-8", "utf-8-sig"):
        stream = path.open("rb")
        if stream.read(3) != codecs.BOM_UTF8:
            stream.seek(0)
        return stream
    return io.BufferedReader(_Recoded(path, encoding), _CHUNK)


class _Recoded(io.RawIOBase):
    """Reads text in one encoding and gives it in UTF-8."""

    def __init__(self, path: Path, encoding: str) -> None:
        # Whoever decodes UTF-16 by its byte order is left with the mark itself.
        self._text = path.open(encoding=encoding, newline="")
        self._left = self._text.read(_CHUNK).removeprefix("\ufeff").encode()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._left:
            self._left = self._text.read(_CHUNK).encode()
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def close(self) -> None:
        self._text.close()
        super().close()


def _bytes_of(start: bytes, stream: BinaryIO) -> tuple[str, bytes, int]:
    """(sha256, some lines that are not UTF-8, the first line with a NUL byte or 0)."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    utf8, nul_line, lines, odd = True, 0, 1, b""
    chunk = start
    while chunk:
        digest.update(chunk)
        if not nul_line and (at := chunk.find(b"\0")) >= 0:
            nul_line = lines + chunk.count(b"\n", 0, at)
        lines += chunk.count(b"\n")
        if utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                utf8 = False
        if not utf8 and len(odd) < SAMPLE_BYTES:
            odd += lines_beyond_ascii(chunk, SAMPLE_BYTES - len(odd))
        chunk = stream.read(_CHUNK)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        odd = odd or lines_beyond_ascii(start, SAMPLE_BYTES) or b"\xff"
    return digest.hexdigest(), odd, nul_line


def _plain_encoding(start: bytes, odd: bytes) -> str | None:
    """The encoding that a byte order mark or valid UTF-8 shows, or None."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return utf16_without_mark(start) or (None if odd else "utf-8")


def _lines_of(path: Path, encoding: str) -> tuple[int, int, int]:
    """(lines, quotes, apostrophes); raises DataError for an endless line or undecodable bytes."""
    lines = quotes = apostrophes = length = 0
    try:
        with open_utf8(path, encoding) as stream:
            while chunk := stream.read(_CHUNK):
                quotes += chunk.count(b'"')
                apostrophes += chunk.count(b"'")
                parts = chunk.splitlines() if b"\r" in chunk else chunk.split(b"\n")
                longest = max(map(len, parts), default=0)
                if max(longest, length + len(parts[0])) > MAX_LINE:
                    raise DataError(
                        f"Line {lines + 1} or the next is longer than {MAX_LINE:,} characters: "
                        "this is no table of lines and columns."
                    )
                ends = len(parts) - 1
                length = len(parts[-1]) if ends else length + len(parts[0])
                lines += ends
    except UnicodeDecodeError as error:
        raise UndecodableError(
            f"dataset.encoding: the file is not {encoding}, line {lines + 1} or a later one holds "
            f"other bytes ({error.reason}); leave the encoding out to have it found."
        ) from None
    return lines + 1, quotes, apostrophes
