"""One look at all bytes of a file: whether it can be a CSV at all, and in which encoding."""

from __future__ import annotations

import codecs
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tuning_core.catalog.limits import LIMITS
from tuning_core.datasets.errors import DataError

MAX_BYTES = 2_000_000_000
MAX_ROWS = int(LIMITS["rows"].most)
MAX_LINE = 4_000_000
ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),
    *("cp1252", "latin-1", "iso8859-15", "cp1250", "cp1251", "mac-roman"),
    *("shift_jis", "euc-jp", "gb18030", "big5", "euc-kr"),
)
"""What a table may be written in; the names and aliases are Python's."""

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


@dataclass(frozen=True)
class Scan:
    """``lines`` counts physical lines, ``quotes`` double quotes of the whole file."""

    sha256: str
    encoding: str
    lines: int
    quotes: int


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
            sha256, utf8, nul_line = _bytes_of(start, stream)
        used = known_encoding(encoding) if encoding else _encoding_of(start, utf8)
        if nul_line and not used.startswith("utf-16"):
            raise DataError(
                f"Line {nul_line} holds a NUL byte, which no text has: save the table as CSV "
                "(UTF-8) and try again."
            )
        return Scan(sha256, used, *_lines_of(path, used))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"The file cannot be read ({reason}): check its path and rights.") from None


def known_encoding(name: str) -> str:
    """Python's name of an accepted encoding; raises DataError."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        found = ""
    if found not in {codecs.lookup(known).name for known in ENCODINGS}:
        raise DataError(
            f"dataset.encoding: expected one of {', '.join(ENCODINGS)}, received {name[:40]!r}."
        )
    return found


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


def _bytes_of(start: bytes, stream: BinaryIO) -> tuple[str, bool, int]:
    """(sha256, whether it is UTF-8, the first line with a NUL byte or 0)."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    utf8, nul_line, lines = True, 0, 1
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
        chunk = stream.read(_CHUNK)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        utf8 = False
    return digest.hexdigest(), utf8, nul_line


def _encoding_of(start: bytes, utf8: bool) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Text in a Latin script in UTF-16 has a NUL in every other byte.
    head = start[:2_000]
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if (
            len(head) > 3
            and head[first::2].count(0) > 0.4 * len(head)
            and 0 not in head[1 - first :: 2]
        ):
            return encoding
    if utf8:
        return "utf-8"
    undefined = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    return "latin-1" if any(byte in start for byte in undefined) else "cp1252"


def _lines_of(path: Path, encoding: str) -> tuple[int, int]:
    """(lines, quotes); raises DataError for an endless line or bytes the encoding does not have."""
    lines = quotes = length = 0
    try:
        with open_utf8(path, encoding) as stream:
            while chunk := stream.read(_CHUNK):
                quotes += chunk.count(b'"')
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
        raise DataError(
            f"dataset.encoding: the file is not {encoding}, line {lines + 1} or a later one holds "
            f"other bytes ({error.reason}); leave the encoding out to have it found."
        ) from None
    return lines + 1, quotes
