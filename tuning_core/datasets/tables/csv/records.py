"""The records of a CSV, each with the number of the line that it ends on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.csv.encoding import MAX_LINE, open_utf8
from tuning_core.datasets.tables.table import Records

WHITESPACE = " "
"""As a delimiter: any run of blanks and tabs."""
_TAB = "\t"
_HEAD_BYTES = 2_000_000
_QUOTED = {sign: re.compile(rf"{sign}(?:[^{sign}]|{sign}{sign})*{sign}|\S+") for sign in "\"'"}


class QuoteError(DataError):
    """A quote that does not enclose a value."""


def single(delimiter: str) -> str:
    """The character that separates the values of what ``open_separated`` gives."""
    return _TAB if delimiter == WHITESPACE else delimiter


def open_separated(path: Path, encoding: str, delimiter: str, quote: str) -> BinaryIO:
    """A file as UTF-8 bytes with one character between values, runs of blanks made tabs."""
    stream = open_utf8(path, encoding)
    return (
        io.BufferedReader(_Respaced(stream, quote), 1 << 20) if delimiter == WHITESPACE else stream
    )


def head(path: Path, encoding: str, most: int) -> tuple[list[str], bool]:
    """(the first physical lines with their ends, whether there are more)."""
    with io.TextIOWrapper(open_utf8(path, encoding), "utf-8", newline="") as text:
        lines: list[str] = []
        size = 0
        for line in islice(text, most):
            lines.append(line)
            size += len(line)
            if size > _HEAD_BYTES:
                break
        return lines, bool(text.readline())


@contextmanager
def records(
    path: Path, encoding: str, delimiter: str, quote: str, skip: int = 0
) -> Iterator[Records]:
    """All records below ``skip`` lines that are not empty, each with its last line, from 1.

    Raises DataError for a quote that is never closed.
    """
    with io.TextIOWrapper(open_utf8(path, encoding), "utf-8", newline="") as text:
        for _ in range(skip):
            text.readline()
        yield split(text, delimiter, quote, skip)


def split(lines: Iterable[str], delimiter: str, quote: str, skip: int = 0) -> Records:
    """Lines, the first of them number ``skip`` + 1, as records; as ``records``."""
    csv.field_size_limit(MAX_LINE)
    if delimiter == WHITESPACE:
        lines = (_respaced(line, quote) for line in lines)
    reader = csv.reader(
        lines,
        delimiter=single(delimiter),
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=True,
    )
    before = skip
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):
                raise DataError(
                    f"Line {before + 1}: a quote ({quote}) opens a value and is not closed; close "
                    f"it, write {quote * 2} for a quote within a value, or set dataset.quotes to "
                    "false where quotes are part of the text."
                ) from None
            raise QuoteError(
                f"Line {reader.line_num + skip}: a quoted value goes on after its closing quote; "
                f"write {quote * 2} for a quote within a value, or set dataset.quotes to false "
                "where quotes are part of the text."
            ) from None
        if row:
            yield reader.line_num + skip, row
        before = reader.line_num + skip


def _respaced(line: str, quote: str) -> str:
    if quote and quote in line:
        return _TAB.join(_QUOTED[quote].findall(line)) + "\n"
    return _TAB.join(line.split()) + "\n"


class _Respaced(io.RawIOBase):
    """Reads lines of columns by blanks and gives them with one tab between values."""

    def __init__(self, stream: BinaryIO, quote: str) -> None:
        self._text = io.TextIOWrapper(stream, "utf-8")
        self._quote = quote
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._left:
            lines = islice(self._text, 1_000)
            self._left = "".join(_respaced(line, self._quote) for line in lines).encode()
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def close(self) -> None:
        self._text.close()
        super().close()
