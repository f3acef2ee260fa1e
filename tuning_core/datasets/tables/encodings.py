"""Which encoding a text is written in, guessed from its bytes."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator

from tuning_core.datasets.errors import DataError

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

SAMPLE_BYTES = 64_000
_LIKELY = 0.3
_SIGN = 0.7
_CAPITALS = 0.7
_FREQUENT = {"cp1252": 1.02, "mac-roman": 0.6}
_STRANGE = 0.03
_WORD = re.compile(r"[^\W\d_]+")


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


def utf16_without_mark(start: bytes) -> str | None:
    """UTF-16 that lacks its byte order mark: Latin text has a NUL in every other byte."""
    head = start[:2_000]
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        nuls = head[first::2].count(0)
        if len(head) > 3 and nuls > 0.4 * len(head) and 0 not in head[1 - first :: 2]:
            return encoding
    return None


def lines_beyond_ascii(chunk: bytes, most: int) -> bytes:
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


def guesses(sample: bytes) -> Iterator[str]:
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
