"""Dates in texts: which form they have, and how many days after 1970 they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

ISO = "ISO8601"
_TIMES = ("", " %H:%M", " %H:%M:%S")
_DAY_FIRST = tuple(f"%d{sign}%m{sign}%Y{time}" for sign in "/.-" for time in _TIMES)
_MONTH_FIRST = tuple(f"%m{sign}%d{sign}%Y{time}" for sign in "/.-" for time in _TIMES)
_NAMED = ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y")
_LIKELY = re.compile(
    r"(\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{1,4}|[A-Za-z]{3,9} \d{1,2}, \d{4})"
)
_ISO_LIKELY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST = 100


def find_form(texts: Sequence[str]) -> tuple[str | None, bool]:
    """(the form that all texts have or None, whether day and month could be either way round)."""
    head = list(texts[:_FIRST])
    if not head or not all(_LIKELY.match(text) for text in head):
        return None, False
    if all(map(_ISO_LIKELY.match, head)):
        return (ISO if _fits(texts, ISO) else None), False
    for form in ("%Y/%m/%d", "%Y.%m.%d", *(f"%Y/%m/%d{time}" for time in _TIMES[1:]), *_NAMED):
        if _fits(texts, form):
            return form, False
    day_first = next((form for form in _DAY_FIRST if _fits(texts, form)), None)
    month_first = next((form for form in _MONTH_FIRST if _fits(texts, form)), None)
    return day_first or month_first, day_first is not None and month_first is not None


def days(texts: Sequence[str], form: str) -> np.ndarray:
    """Days since 1970-01-01 UTC, float64 (n,); NaN for a text that has another form."""
    parsed = pd.to_datetime(
        pd.Series(list(texts), dtype=str), format=form, errors="coerce", utc=True
    )
    since = (parsed - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    return since.to_numpy(np.float64)


def _fits(texts: Sequence[str], form: str) -> bool:
    head = texts[:_FIRST]
    return not np.isnan(days(head, form)).any() and (
        len(texts) <= _FIRST or not np.isnan(days(texts, form)).any()
    )
