"""The letters of a text file: which encoding it is written in, found from all of its bytes."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.table import unreadable

_WESTERN = ("éáèàíóúñç", "äüöß", "éèàçêôîûâùïëœ", "ãçáéíõóêâúà", "åäö", "åæøé", "àìèùòé")
_CENTRAL = ("łąęóżśćńź", "áíéěšýčřžůúňťďó", "éáöőóüúíű", "áíéčšžýľúťňôó", "ăâîşţ", "čšžćđ")
_CYRILLIC = ("оаеинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оаиінвертслкмдпузягьбчйхжїєющшцф")
_ALPHABETS: dict[str, tuple[str, ...]] = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859-2": _CENTRAL,
    "cp1254": ("ıüşçİöğ",),
    "mac-roman": _WESTERN,
    "cp1251": _CYRILLIC,
    "koi8-r": _CYRILLIC,
    "cp866": _CYRILLIC,
    "cp1253": ("αοιετσνηυρπκμλςάίόωθδέγήχύφβώξζψ",),
    "cp1255": ("יוהלארתבשמנכדעחקפםטגצסזןךץף",),
    "cp1256": ("اليمونرتبةعدسفهكقأحجشطصىخإذزثضغءئظؤآ",),
}
"""The letters beyond ASCII of some languages of each encoding, the most frequent first."""
_OTHER = ("cp1251", "koi8-r", "cp866", "cp1253", "cp1255", "cp1256")
_SIGNS = "°€£§²³µ„…«»™®©\u2013\u2014\u2018\u2019\u201c\u201d\u00a0"
"""Signs of all these encodings."""
_MULTIBYTE = ("shift_jis", "euc-jp", "gb18030", "big5", "euc-kr")
ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),
    *("latin-1", "iso8859-15", *_ALPHABETS, *_MULTIBYTE),
)
"""What a table may be written in; the names and aliases are Python's."""

_SAMPLE_BYTES = 64_000
_LIKELY = 0.3
_SIGN = 0.7
_CAPITALS = 0.7
_FREQUENT = {"cp1252": 1.02, "mac-roman": 0.6}
_STRANGE = 0.03
_WORD = re.compile(r"[^\W\d_]+")

MAX_LINE = 4_000_000
_CHUNK = 1 << 20


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

    Raises DataError for what is not text or not in the given encoding.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(_CHUNK)
            sha256, odd, nul_line = _bytes_of(start, stream)
        plain = _known_encoding(encoding) if encoding else _plain_encoding(start, odd)
        if nul_line and not (plain or "").startswith("utf-16"):
            raise DataError(
                f"Line {nul_line} holds a NUL byte, which no text has: save the table as CSV "
                "(UTF-8) and try again."
            )
        if plain:
            return Scan(sha256, plain, *_lines_of(path, plain))
        *others, last = _guesses(odd)
        for guess in others:
            with suppress(UndecodableError):
                return Scan(sha256, guess, *_lines_of(path, guess), guessed=True)
        return Scan(sha256, last, *_lines_of(path, last), guessed=True)
    except (OSError, ValueError) as error:
        raise unreadable(error) from None


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
        if not utf8 and len(odd) < _SAMPLE_BYTES:
            odd += _lines_beyond_ascii(chunk, _SAMPLE_BYTES - len(odd))
        chunk = stream.read(_CHUNK)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        odd = odd or _lines_beyond_ascii(start, _SAMPLE_BYTES) or b"\xff"
    return digest.hexdigest(), odd, nul_line


def _plain_encoding(start: bytes, odd: bytes) -> str | None:
    """The encoding that a byte order mark or valid UTF-8 shows, or None."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return _utf16_without_mark(start) or (None if odd else "utf-8")


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


def _known_encoding(name: str) -> str:
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


def _utf16_without_mark(start: bytes) -> str | None:
    """UTF-16 that lacks its byte order mark: Latin text has a NUL in every other byte."""
    head = start[:2_000]
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        nuls = head[first::2].count(0)
        if len(head) > 3 and nuls > 0.4 * len(head) and 0 not in head[1 - first :: 2]:
            return encoding
    return None


def _lines_beyond_ascii(chunk: bytes, most: int) -> bytes:
    """The lines of a chunk that hold other bytes than ASCII's, at most ``most`` bytes."""
    found: list[bytes] = []
    size = 0
    for line in chunk.splitlines(keepends=True):
        if not line.isascii():
            found.append(line)
            size += len(line)
            if size >= most:
                break
    return b"".join(found)[:most]


def _guesses(sample: bytes) -> Iterator[str]:
    """Encodings of lines that are not UTF-8, the likeliest first; the last decodes anything.

    Where the letters are those of a language, its encoding; else what a detector finds among
    those of several bytes a letter; else cp1252, the commonest.
    """
    # Imported late: most tables are UTF-8.
    from charset_normalizer import from_bytes

    likely = {name: _likeness(sample, name) for name in _ALPHABETS}
    best = sorted(likely, key=lambda name: -likely[name])
    found = [name for name in best if likely[name] >= _LIKELY]
    if not found:
        among = [codecs.lookup(name).name for name in _MULTIBYTE]
        found = [match.encoding for match in from_bytes(sample, cp_isolation=among)]
    yield from dict.fromkeys(codecs.lookup(name).name for name in (*found, "cp1252", "latin-1"))


def _likeness(sample: bytes, encoding: str) -> float:
    """How much the letters beyond ASCII are those of one language: 1 its commonest, 0 others."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    odd = [letter for letter in text if not letter.isascii() and letter not in _SIGNS]
    words = [word for word in set(_WORD.findall(text)) if not word.isascii()]
    if any(map(_irregular, words)) or (words and encoding in _OTHER and any(map(_mixed, words))):
        return 0.0
    if encoding in _OTHER and not any(len(word) > 1 for word in words):
        return 0.0
    count = Counter(letter if letter == "İ" else letter.lower() for letter in odd)
    known = {letter for alphabet in _ALPHABETS[encoding] for letter in alphabet}
    strange = sum(
        number
        for letter, number in count.items()
        if letter not in known and (encoding in _OTHER or not letter.isalpha())
    )
    if strange > _STRANGE * len(odd):
        return 0.0
    signs = sum(letter in _SIGNS for letter in text)
    weights = max(
        sum(count[letter] * (1 - at / (2 * len(letters))) for at, letter in enumerate(letters))
        for letters in _ALPHABETS[encoding]
    )
    capitals = _CAPITALS if all(map(str.isupper, words)) else 1.0
    return _FREQUENT.get(encoding, capitals) * (weights + _SIGN * signs) / max(1, len(odd) + signs)


def _irregular(word: str) -> bool:
    """A wrong encoding swaps capitals and small letters."""
    return word[1:] != word[1:].lower() and word != word.upper()


def _mixed(word: str) -> bool:
    """No word of another script has a Latin letter."""
    return any(letter.isascii() for letter in word)
