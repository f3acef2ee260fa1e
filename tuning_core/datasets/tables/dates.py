"""Dates in texts: which form they have, and how many days after 1970 they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

ISO = "ISO8601"
COMPACT = "%Y%m%d"
_TIMES = (
    *("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", " %H:%M:%S.%f"),
    *(" %I:%M %p", " %I:%M:%S %p"),
)
# Those of one group are ways to read the same text: more than one that fits is a question.
_GROUPS: tuple[tuple[str, ...], ...] = (
    (COMPACT, "%Y%m%dT%H%M%S", "%Y%m%dT%H%M", "%Y%m%dT%H%M%SZ", "%Y%m%d%H%M%S"),
    *((f"%Y{sign}%m{sign}%d{time}",) for sign in "-/." for time in _TIMES),
    *((f"%d{sign}%b{sign}%Y{time}",) for sign in "- /" for time in _TIMES),
    *((f"%d{sign}%B{sign}%Y{time}",) for sign in "- " for time in _TIMES),
    *((f"%b %d, %Y{time}",) for time in _TIMES),
    *((f"%B %d, %Y{time}",) for time in _TIMES),
    *((f"%d{sign}%b{sign}%y",) for sign in "- "),
    *((f"%b{sign}%Y",) for sign in "- "),
    *((f"%B{sign}%Y",) for sign in "- "),
    ("%b-%y",),
    *(("%Y-%m",), ("%Y/%m",), ("%m/%Y",), ("%m.%Y",)),
    *(
        (f"%d{sign}%m{sign}%Y{time}", f"%m{sign}%d{sign}%Y{time}")
        for sign in "/.-"
        for time in _TIMES
    ),
    *(
        (f"%d{sign}%m{sign}%y{time}", f"%m{sign}%d{sign}%y{time}")
        for sign in "/."
        for time in _TIMES
    ),
    *((f"%d-%m-%y{time}", f"%m-%d-%y{time}", f"%y-%m-%d{time}") for time in _TIMES),
    *(("%H:%M",), ("%H:%M:%S",), ("%I:%M %p",), ("%I:%M:%S %p",)),
)
_PARTS = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"(0?[1-9]|1[0-2])",
    "%d": r"(0?[1-9]|[12]\d|3[01])",
    "%b": "[A-Za-z]{3}",
    "%B": "[A-Za-z]{3,9}",
    "%H": r"([01]?\d|2[0-3])",
    "%M": r"[0-5]\d",
    "%I": r"(0?[1-9]|1[0-2])",
    "%S": r"[0-5]\d",
    "%f": r"\d{1,6}",
    "%p": "[AaPp][Mm]",
}
_ISO_LIKELY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST = 100
LIKELY = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}T\d|\d{1,2}:\d{2}|[A-Za-z]{3}-\d|\d{1,2}[- ][A-Za-z]{3}"
)
"""How the first letters of most dates and times look."""


def find_form(texts: Sequence[str]) -> tuple[str | None, bool]:
    """(the form that all texts have or None, whether another form would give other dates)."""
    head = list(texts[:_FIRST])
    if not head:
        return None, False
    if all(map(_ISO_LIKELY.match, head)):
        return (ISO if _fits(texts, ISO) else None), False
    for group in _GROUPS:
        forms = [form for form in group if _fits(texts, form)]
        if forms:
            return forms[0], len(forms) > 1
    return None, False


def is_time(form: str) -> bool:
    """Whether a form says the time of the day alone."""
    return form.startswith(("%H", "%I"))


def days(texts: Sequence[str], form: str) -> np.ndarray:
    """Days since 1970-01-01 UTC, float64 (n,); NaN for a text that has another form.

    A time alone is its share of the day.
    """
    parsed = pd.to_datetime(
        pd.Series(list(texts), dtype=str), format=form, errors="coerce", utc=True
    )
    since = (parsed - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    return (since % 1 if is_time(form) else since).to_numpy(np.float64)


def compact_days(numbers: np.ndarray) -> np.ndarray | None:
    """Days since 1970 of whole numbers that are all dates such as 20141231, else None."""
    head = numbers[:_FIRST][~np.isnan(numbers[:_FIRST])]
    if np.any((head < 19000101) | (head > 21001231)):
        return None
    values = pd.unique(numbers[~np.isnan(numbers)])
    if len(values) < 3 or values.min() < 19000101 or values.max() > 21001231:
        return None
    if np.any(values % 1):
        return None
    place = pd.Series(days([str(int(value)) for value in values], COMPACT), index=values)
    return None if place.isna().any() else place.reindex(numbers).to_numpy(np.float64)


@cache
def _pattern(form: str) -> re.Pattern[str]:
    pieces = re.split(r"(%[A-Za-z])", form)
    return re.compile("".join(_PARTS.get(piece) or re.escape(piece) for piece in pieces))


def _fits(texts: Sequence[str], form: str) -> bool:
    head = texts[:_FIRST]
    if form != ISO and not all(_pattern(form).fullmatch(text) for text in texts[:3]):
        return False
    if form != ISO and not all(map(_pattern(form).fullmatch, texts)):
        return False
    return not np.isnan(days(head, form)).any() and (
        len(texts) <= _FIRST or not np.isnan(days(texts, form)).any()
    )
