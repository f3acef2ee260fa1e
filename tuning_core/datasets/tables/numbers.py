"""Numbers as people write them: decimal sign, thousands sign, money and percent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

MARKERS = ("NA", "N/A", "n/a", "na", "null", "NULL", "?", "-", "None")
"""Words that stand for a missing number; in a column of text they can be values."""
MISSING = ("", "#N/A", "NaN", "nan", *MARKERS)
"""How tables write that a number is missing."""
COMPLEMENT = {".": ",", ",": "."}
SIGNS = "$€£¥₹₽₩₺₫฿₴₪%"
"""Left out before or after a number: 5 % is 5."""

_MOSTLY = 0.8
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_BLANKS = "\u00a0\u202f\u2009"
_FIGURE = re.compile(
    rf"[+-]?\s?[{SIGNS}]?\s?[+-]?"
    r"(?P<core>(\d[\d.,' \u2019]*|[.,]\d+)([eE][+-]?\d+)?)"
    rf"\s?[{SIGNS}]?"
)
_GROUPS = re.compile(r"\d{1,3}(?P<sign>[., '])\d{2,3}(?:(?P=sign)\d{2,3})*(?P<rest>[.,]\d*)?")
_SINGLE = re.compile(r"(?P<whole>\d*)(?P<sign>[.,])(?P<part>\d*)(?P<power>[eE][+-]?\d+)?")
_AROUND = re.compile(r"(?P<before>[^\w\s.,+-]{0,3})\s?[+-]?\d[\d.,' ]*\s?(?P<after>\D{0,8})")
_FEW_SIGNS = 6
_WITH_UNIT = re.compile(
    r"(?P<number>[+-]?\s?(?:\d[\d.,' ]*|[.,]\d+)(?:[eE][+-]?\d+)?)(?<=[\d.,])\s?"
    r"(?P<unit>[^\W\d_][^\d\s,;:]{0,11}(?:\s[^\d\s,;:]{1,11})?|[°ºµ\"][^\d\s]{0,7})"
)
_NO_UNITS = ("am", "pm", "a.m.", "p.m.", "e", "st", "nd", "rd", "th")


@dataclass(frozen=True)
class NumberForm:
    """How the numbers of a table are written; ``unsure`` says which values could be two."""

    decimal: str
    thousands: str
    unsure: tuple[str, ...] = ()


@dataclass
class _Evidence:
    """What the values of one column show."""

    decimal: Counter[str] = field(default_factory=Counter)
    thousands: Counter[str] = field(default_factory=Counter)
    three: dict[str, list[str]] = field(default_factory=lambda: {".": [], ",": []})
    whole: list[int] = field(default_factory=list)


def unit_of(texts: Iterable[str]) -> str:
    """The unit that stands behind each of these numbers, such as kg; "" where none or several."""
    unit = ""
    for text in map(clean, texts):
        if text in MISSING or text == "0":
            continue
        found = _WITH_UNIT.fullmatch(text)
        if found is None or (unit and found["unit"] != unit):
            return ""
        unit = found["unit"]
    return "" if unit.lower() in _NO_UNITS else unit


def without_unit(text: str, unit: str) -> str:
    """A number without the unit behind it."""
    return clean(text).removesuffix(unit).rstrip()


def find_form(
    columns: Iterable[Sequence[str]],
    delimiter: str,
    decimal: str | None = None,
    thousands: str | None = None,
) -> NumberForm:
    """The decimal and thousands sign of a table, from values of its columns.

    1,234 is a thousand where a value such as 1,234.5 or 0.5 stands in the table, or where the
    column's whole numbers end below a thousand; without either it is a question, whatever is given.
    """
    found = [e for e in map(_evidence, columns) if e is not None]
    if decimal is None and thousands in COMPLEMENT:
        decimal = COMPLEMENT[str(thousands)]
    likely, unsure = _decimal(found, delimiter)
    decimal = decimal or likely
    if thousands is None:
        spaced = [s for s in " '" if any(e.thousands[s] for e in found)]
        other = COMPLEMENT[decimal]
        thousands = spaced[0] if spaced and not any(e.thousands[other] for e in found) else other
    return NumberForm(decimal, thousands, unsure)


def _decimal(found: list[_Evidence], delimiter: str) -> tuple[str, tuple[str, ...]]:
    shown = sum((e.decimal for e in found), Counter[str]())
    groups = {sign: [e for e in found if e.three[sign]] for sign in ".,"}
    grouped = {sign: [e for e in groups[sign] if _thousands(e, sign)] for sign in ".,"}
    if shown["."] or shown[","]:
        decimal = "," if shown[","] > shown["."] else "."
        doubtful = [e.three[decimal][0] for e in grouped[decimal] if not e.decimal[decimal]]
        return decimal, tuple(doubtful)
    if grouped[","] or grouped["."]:
        return ("," if len(grouped["."]) > len(grouped[","]) else "."), ()
    unsure = [e.three[","][0] for e in groups[","]]
    if unsure and not groups["."]:
        return ("," if delimiter == ";" else "."), tuple(unsure)
    if delimiter != "," or unsure:
        unsure += [e.three["."][0] for e in groups["."]]
    return ".", tuple(unsure)


def _thousands(evidence: _Evidence, sign: str) -> bool:
    """Whether whole numbers lie above 1,234 read as 1.234: then these are what lies above them."""
    if not evidence.whole:
        return False
    most = max(float(text.replace(sign, ".")) for text in evidence.three[sign])
    return median(evidence.whole) > most and 100 <= max(evidence.whole) < 1_000


def _evidence(values: Sequence[str]) -> _Evidence | None:
    """What a column shows, None when most of its values are no numbers."""
    evidence = _Evidence()
    present = fine = 0
    unit = unit_of(values)
    for value in values:
        text = without_unit(value, unit)
        if text in MISSING:
            continue
        present += 1
        figure = _FIGURE.fullmatch(text)
        if figure is not None:
            fine += _weigh(figure["core"].strip(), evidence)
    return evidence if present and fine >= _MOSTLY * present else None


def _weigh(core: str, evidence: _Evidence) -> bool:
    if core.isdecimal():
        evidence.whole.append(min(int(core[:18]), 10**18))
        return True
    one = _SINGLE.fullmatch(core)
    if one is not None:
        sign = one["sign"]
        three = len(one["part"]) == 3 and one["power"] is None
        if three and re.fullmatch(r"[1-9]\d{0,2}", one["whole"]):
            evidence.three[sign].append(core)
            return True
        evidence.decimal[sign] += 1
        return True
    many = _GROUPS.fullmatch(core)
    if many is None or not _well_grouped(core, many["sign"]):
        return bool(re.fullmatch(r"\d+[eE][+-]?\d+", core))
    sign, rest = many["sign"], many["rest"]
    evidence.thousands[sign] += 1
    if sign in COMPLEMENT:
        if rest and rest[0] == sign:
            return False
        evidence.decimal[COMPLEMENT[sign]] += 1
    elif rest:
        evidence.decimal[rest[0]] += 1
    return True


def _well_grouped(core: str, sign: str) -> bool:
    return bool(re.fullmatch(_whole(sign) + r"(?:[.,]\d*)?", core))


def clean(text: str) -> str:
    """A value without blanks around it, with plain signs for blank, minus and apostrophe."""
    if text.isascii():
        return text.strip()
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    return text.strip().replace("\u2212", "-").replace("\u2019", "'")


def _whole(thousands: str) -> str:
    sign = re.escape(thousands)
    # No group begins with 0: 0,123 is a small number with the other sign.
    return rf"[1-9]\d{{0,2}}(?:{sign}\d{{2,3}})*{sign}\d{{3}}" if thousands else r"\d+"


def number_pattern(decimal: str, thousands: str) -> str:
    """A regular expression for a number, with groups for its signs and its figures."""
    point = re.escape(decimal)
    whole = rf"(?:{_whole(thousands)}|\d+)" if thousands else r"\d+"
    return (
        rf"([+-]?)\s?([{SIGNS}]?)\s?([+-]?)"
        rf"((?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?)\s?([{SIGNS}]?)"
    )


def read_numbers(texts: Sequence[str], decimal: str, thousands: str) -> np.ndarray | None:
    """Texts as float64, NaN for missing; None where one is no number or signs differ."""
    pattern = re.compile(number_pattern(decimal, thousands))
    values = np.full(len(texts), np.nan)
    signs: set[str] = set()
    bare = False
    for place, text in enumerate(map(clean, texts)):
        if text in MISSING:
            continue
        found = pattern.fullmatch(text)
        if found is None:
            if not _INFINITE.fullmatch(text):
                return None
            values[place] = float(text)
            continue
        minus, before, minus_too, figures, after = found.groups()
        if (minus and minus_too) or (before and after):
            return None
        if thousands:
            figures = figures.replace(thousands, "")
        value = float(minus + minus_too + figures.replace(decimal, "."))
        values[place] = value
        if before or after:
            signs.add(before or after)
        else:
            bare = bare or value != 0
    if len(signs) > 1 or ("%" in signs and bare):
        return None
    return values


def numbers_of(texts: Sequence[str], decimal: str, thousands: str) -> np.ndarray:
    """Each text as a number by itself, NaN for what is none."""
    found = [read_numbers([text], decimal, thousands) for text in texts]
    return np.array([np.nan if value is None else value[0] for value in found])


def signs_around(texts: Sequence[str]) -> list[str]:
    """The few signs that stand around numbers in a column that would else be numbers, or []."""
    around: Counter[str] = Counter()
    fine = 0
    for text in map(clean, texts):
        found = _AROUND.fullmatch(text)
        if found is None:
            continue
        fine += 1
        around.update(sign.strip() for sign in found.groups() if sign.strip())
    few = around and len(around) <= _FEW_SIGNS and fine >= _MOSTLY * len(texts)
    return [sign for sign, _ in around.most_common()] if few else []


def other_decimal(texts: Sequence[str]) -> bool:
    """Whether all are numbers with a decimal sign, or whole ones: of texts, with another sign."""
    plain = [clean(text).lstrip("+-") for text in texts]
    return bool(plain) and all(text.isdecimal() or _SINGLE.fullmatch(text) for text in plain)
