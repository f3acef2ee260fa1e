"""Columns of texts, whatever the file: numbers as people write them, codes, or words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tuning_core.datasets.tables import numbers
from tuning_core.datasets.tables.numbers import (
    MARKERS,
    MISSING,
    NumberForm,
    read_numbers,
    unit_of,
    without_unit,
)
from tuning_core.datasets.tables.table import Cells, categories, number_text

_HEAD = 1_000
_ASKED = 3


class Written(Protocol):
    """How the numbers of a table are written; ``plain`` ones without signs around them."""

    @property
    def decimal(self) -> str:
        """The sign before decimals."""

    @property
    def thousands(self) -> str:
        """The sign between thousands, or ""."""

    @property
    def plain(self) -> bool:
        """Whether numbers have no other signs."""


@dataclass(frozen=True)
class Signs:
    """A decimal and a thousands sign, of numbers that may have others around them."""

    decimal: str = "."
    thousands: str = ","
    plain: bool = False


def cells_of(name: str, texts: pa.ChunkedArray, form: Written, *, as_text: bool = False) -> Cells:
    """A column of a few different or many strings, null for missing.

    It is numbers when all its values are, unless it is to be read ``as_text``.
    """
    words = categorical(texts.chunks)
    if as_text:
        return Cells.of_texts(name, words)
    different = pa.array(words.categories, pa.string())
    values = plain_numbers(different, form) if len(different) else np.zeros(0)
    if values is None:
        return written_numbers(name, words, form) or Cells.of_texts(name, words)
    read = Cells.of_numbers(name, np.append(values, np.nan)[words.codes])
    return replace(read, code_length=agreed({code_length(different)}) if len(different) else 0)


def plain_numbers(texts: pa.Array, form: Written) -> np.ndarray | None:
    """Texts as numbers, or None when one of them is none or not written plainly."""
    if form.decimal == ",":
        # As the scripts of a bundle have it: a table has one decimal sign.
        if not form.plain and pc.any(pc.match_substring(texts, ".")).as_py():
            return None
        texts = pc.replace_substring(texts, ",", ".")
    try:
        return pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        pass
    # Words for what is missing and blanks around numbers are rare; to look for them takes as long
    # as reading.
    for trimmed in (texts, None):
        source = pc.utf8_trim_whitespace(texts) if trimmed is None else trimmed
        source = pc.if_else(pc.is_in(source, pa.array(MISSING)), None, source)
        try:
            return pc.cast(source, pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            continue
    return None


def code_length(texts: pa.Array) -> int:
    """Digits of whole numbers of one length, negative when none begins with 0; 0 for others."""
    for part in (texts[:_HEAD], texts):
        # Few columns pass the first look, which keeps the second from taking as long as reading.
        words = part.filter(pc.invert(pc.is_in(part, pa.array(MISSING)))).drop_null()
        ends = pc.min_max(pc.binary_length(words)).as_py()
        if ends["min"] != ends["max"] or (ends["min"] or 0) < 2:
            return 0
        if not pc.all(pc.utf8_is_digit(words)).as_py():
            return 0
    return int(ends["max"]) * (1 if pc.any(pc.starts_with(words, "0")).as_py() else -1)


def agreed(lengths: set[int]) -> int:
    """The length of the codes of all blocks, 0 when they are none."""
    return max(lengths) if max(lengths) > 0 and {abs(n) for n in lengths} == {max(lengths)} else 0


def written_numbers(name: str, words: pd.Categorical, form: Written) -> Cells | None:
    """The column as numbers with thousands signs, $, % and their like, or one unit."""
    texts = list(words.categories)
    values = read_numbers(texts, form.decimal, form.thousands)
    unit = unit_of(texts) if values is None else ""
    if unit:
        bare = [without_unit(text, unit) for text in texts]
        values = read_numbers(bare, form.decimal, form.thousands)
    if values is None or not np.isfinite(values).any():
        return None
    read = Cells.of_numbers(name, np.append(values, np.nan)[words.codes])
    return replace(read, formatted=True, words=words, unit=unit)


def categorical(chunks: Sequence[pa.DictionaryArray]) -> pd.Categorical:
    """Trimmed texts with sorted categories."""
    unified = pa.chunked_array(chunks).unify_dictionaries()
    words = unified.chunk(0).dictionary.to_pylist()
    codes = np.concatenate(
        [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in unified.chunks]
    )
    trimmed = [word.strip() for word in words]
    return categories(codes.astype(np.int64), trimmed, set(MISSING) - set(MARKERS))


def questions(form: NumberForm) -> Iterator[str]:
    """Sentences on numbers that could be two."""
    other_sign = numbers.COMPLEMENT[form.decimal]
    for text in form.unsure[:_ASKED]:
        number = read_numbers([text], form.decimal, form.thousands)
        other = read_numbers([text], other_sign, form.decimal)
        if number is not None and other is not None:
            yield (
                f"{text} could be {number_text(number[0])} or {number_text(other[0])}: it is read "
                f"as {number_text(number[0])}. If that is wrong, set dataset.decimal to "
                f"{other_sign!r}."
            )
