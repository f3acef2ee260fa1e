"""What each column of a table is good for: numbers, categories, dates, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tuning_core.datasets.columns import MAX_CATEGORIES
from tuning_core.datasets.columns.texts import MOST_TERMS, unspaced
from tuning_core.datasets.tables import dates
from tuning_core.datasets.tables.numbers import numbers_of, other_decimal, signs_around
from tuning_core.datasets.tables.table import Cells
from tuning_core.spec.dataset import ColumnKind

_EXAMPLES = 4
_LONG_TEXT = 60
_MANY = 20
_SMALL = 20
_MOSTLY = 0.8
_COUNTED = 50_000
_EXACT = 2.0**53
_YEARS = (1500, 2200)
_KEYS = ("id", "ids", "no", "nr", "key", "uid", "guid", "uuid")
"""Last words of the names of columns that tell rows apart."""
_LOOKED = 1_000
_SENTENCE, _SENTENCE_LETTERS = 5, 12
"""Words of a text, or letters where it has no blanks, from which on it is no name."""


@dataclass(frozen=True)
class ColumnInfo:
    """One column: its kind, its counts, a few values, and a sentence on what is odd about it.

    ``distinct`` counts measurements (numbers with decimals) in the first 50,000 rows only.
    ``identifier`` marks a column whose values are all different; ``form`` is that of its dates.
    ``shown`` pairs a few values as they are written with what was read from them.
    """

    name: str
    kind: ColumnKind
    missing: int
    distinct: int
    examples: tuple[str, ...]
    note: str = ""
    form: str | None = None
    identifier: bool = False
    shown: tuple[tuple[str, str], ...] = ()


def look_at(cells: Cells, given: ColumnKind | None = None) -> ColumnInfo:
    """The column's description, its kind inferred unless ``given``.

    A given kind that the values do not have is left for ``prepared`` to refuse.
    """
    missing = int(cells.absent.sum())
    values = _distinct(cells)
    shown = cells.text_of if cells.texts is None else str
    examples = tuple(shown(value)[:40] for value in values[:_EXAMPLES])
    kind, note, form, identifier = _kind(cells, values, len(cells) - missing)
    if given is not None and given != kind:
        kind, note = given, ""
        if given == "date" and form is None and cells.texts is not None:
            form, unsure = dates.find_form(list(cells.texts.categories))
            note = "The day is taken to come before the month." if unsure else ""
    elif cells.texts is not None and form is None and (signs := signs_around(list(values))):
        listed = ", ".join(repr(sign) for sign in signs)
        kind = "ignore" if given is None and len(values) > _MANY else kind
        mend = "leave that out" if len(signs) == 1 else "write all in one of these"
        note = f"Would be numbers but for {listed}: {mend} to learn from them."
    elif given is None and cells.texts is not None and form is None and other_decimal(values):
        kind = "ignore" if len(values) > _MANY else kind
        note = "Would be numbers but for their decimal sign: write it as in the other columns."
    if cells.unit and kind == "number" and not note:
        note = f"All values are in {cells.unit}, which is left out of the numbers."
    if form is not None and "%y" in form and not note:
        note = "Years of two digits are taken to lie between 1969 and 2068."
    return ColumnInfo(cells.name, kind, missing, len(values), examples, note, form, identifier)


def odd_number(cells: Cells, decimal: str, thousands: str = "") -> tuple[int, str] | None:
    """(row, text) of the first value that is no number, in a column of texts."""
    if cells.texts is None or not len(cells.texts.categories):
        return None
    odd = np.isnan(numbers_of(list(cells.texts.categories), decimal, thousands))
    rows = np.flatnonzero(np.append(odd, False)[cells.codes])
    if not len(rows):
        return None
    return int(rows[0]), str(cells.texts.categories[cells.codes[rows[0]]])


def mostly_numbers(cells: Cells, decimal: str, thousands: str = "") -> tuple[int, str] | None:
    """As ``odd_number``, when most values of the column are numbers all the same."""
    if cells.texts is None or not len(cells.texts.categories):
        return None
    words = list(cells.texts.categories)
    if len(words) > _LOOKED:
        # Most texts are none: a few of them say so.
        few = numbers_of(words[:: len(words) // _LOOKED], decimal, thousands)
        if np.isnan(few).mean() > 0.5:
            return None
    fine = ~np.isnan(numbers_of(words, decimal, thousands))
    share = np.append(fine, False)[cells.codes].mean()
    return odd_number(cells, decimal, thousands) if share >= _MOSTLY else None


def _distinct(cells: Cells) -> list[Any]:
    if cells.texts is not None:
        return list(cells.texts.categories)
    assert cells.numbers is not None
    head = cells.numbers[:_COUNTED]
    # Counting all different measurements takes as long as reading them, and tells no more.
    whole = np.equal(np.mod(head[~np.isnan(head)], 1), 0).all()
    values = pd.unique(cells.numbers if whole or len(pd.unique(head)) < 2 else head)
    return list(values[~np.isnan(values)])


def whole(values: np.ndarray) -> bool:
    """Whether all are whole numbers; what is too large to have decimals is a measurement."""
    return bool((np.equal(np.mod(values, 1), 0) & (np.abs(values) < _EXACT)).all())


def _numbered(name: str, values: np.ndarray) -> str:
    """Why numbers that are all different only number the rows, "" when they may measure."""
    if not whole(values):
        return ""
    years = _YEARS[0] <= values.min() and values.max() <= _YEARS[1]
    if not years and (np.diff(values) == 1).all():
        return "it counts the rows"
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    named = bool(words) and (words[-1].lower() in _KEYS or words[0].lower() == "id")
    return "each row has its own" if named else ""


def _worded(words: list[str], various: bool) -> bool:
    """Whether texts are to be read word by word: ``various``, or long, and of many words.

    Not names of people, addresses without blanks, hashes, or lists of numbers.
    """
    sample = words[:: max(1, len(words) // _LOOKED)]
    if not various and float(np.mean([len(word) for word in sample])) <= _LONG_TEXT:
        return False
    if unspaced(sample):
        return float(np.mean([len(word) for word in sample])) >= _SENTENCE_LETTERS
    parts = [part for text in sample for part in text.split()]
    lettered = sum(any(letter.isalpha() for letter in part) for part in parts)
    return len(parts) >= _SENTENCE * len(sample) and lettered * 2 >= len(parts)


def _kind(
    cells: Cells, values: list[Any], present: int
) -> tuple[ColumnKind, str, str | None, bool]:
    """(kind, note, form of its dates, whether it looks like an identifier)."""
    if not present:
        return "ignore", "All values are missing.", None, False
    if len(values) == 1:
        return "ignore", "All values are the same.", None, False
    unique = len(values) == present >= _SMALL
    if cells.numbers is not None:
        if dates.compact_days(cells.numbers) is not None:
            note = "Whole numbers such as 20241231 are taken for dates."
            return "date", note, dates.COMPACT, False
        looked = unique and not cells.formatted
        why = _numbered(cells.name, cells.numbers[~cells.absent]) if looked else ""
        if why:
            return "ignore", f"Looks like an identifier: {why}.", None, True
        if cells.code_length:
            many = unique or (len(values) > _MANY and len(values) * 2 > present)
            note = f"Numbers with leading zeros are codes, not amounts ({len(values):,} different)."
            return "ignore" if many else "category", note, None, unique
        return "number", "", None, False
    assert cells.texts is not None
    words = list(cells.texts.categories)
    form, unsure = dates.find_form(words)
    if form is not None and not unsure:
        return "date", "", form, False
    note = (
        "Day and month could be either way round: choose the kind date if they are dates."
        if unsure
        else ""
    )
    if not unsure and _worded(words, unique or len(words) * 2 > present):
        note = f"Text: its {MOST_TERMS:,} most frequent words and pairs of words are learnt from."
        return "text", note, None, False
    if unique:
        return "ignore", note or "Looks like an identifier: each row has its own.", None, not unsure
    if float(np.mean([len(word) for word in words[:1_000]])) > _LONG_TEXT:
        return "ignore", "Text too long to be a category, of too few words.", None, False
    if len(words) > _MANY and len(words) * 2 > present:
        return (
            "ignore",
            note or f"{len(words):,} different texts: too many for a category.",
            None,
            False,
        )
    if len(words) > MAX_CATEGORIES:
        note = note or (
            f"{len(words):,} categories: the {MAX_CATEGORIES} most frequent have an input each; "
            "the mean answer of each is one, too."
        )
    return "category", note, None, False
