"""What the scripts of a bundle know of a table: how it is written, and how its cells are read.

``train.py`` and ``score.py`` read with the same code, which does what the app does: every cell
as text, by code of the table's reader, then each column by its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tuning_core.datasets.preprocessing import CategoryColumn, TablePreprocessing
from tuning_core.datasets.tables.numbers import MARKERS, MISSING, number_pattern
from tuning_core.datasets.tables.table import TableReader
from tuning_core.spec.dataset import DatasetSpec

KINDS = "# A number, a category (text), or how a date is written."


def column_kinds(
    preprocessing: object, names: tuple[str, ...], date_forms: Mapping[str, str]
) -> dict[str, str]:
    """``number``, ``category`` or the form of its dates, for every column that is learnt from."""
    kinds = dict.fromkeys(names, "number")
    if isinstance(preprocessing, TablePreprocessing):
        kinds = {
            column.name: "category" if isinstance(column, CategoryColumn) else "number"
            for column in preprocessing.columns
        }
    return kinds | dict(date_forms)


def known_words(preprocessing: object) -> dict[str, tuple[str, ...]]:
    """The categories of each column of texts."""
    if not isinstance(preprocessing, TablePreprocessing):
        return {}
    found = [one for one in preprocessing.columns if isinstance(one, CategoryColumn)]
    return {column.name: column.vocabulary for column in found}


def reading(reader: TableReader) -> str:
    """Code of ``read(path)``: the table as texts."""
    return reader.script or f'def read(path):\n    sys.exit("{unread(reader)}")'


def unread(reader: TableReader) -> str:
    """What the scripts say of a table whose reader has no code for them."""
    return f"train.py and score.py cannot read {reader.label}: score rows in the app."


def constants(
    reader: TableReader, own: DatasetSpec, words: Mapping[str, Iterable[str]]
) -> dict[str, Any]:
    """The constants of ``reading`` and ``VALUES``; ``words`` are the texts that columns know."""
    decimal, thousands = own.decimal or ".", own.thousands or ""
    markers = {
        name: [word for word in MARKERS if word in set(known)] for name, known in words.items()
    }
    return {
        **reader.constants(own),
        "DECIMAL": decimal,
        "THOUSANDS": thousands,
        "WRITTEN": number_pattern(decimal, thousands),
        "WORDS": {name: found for name, found in markers.items() if found},
        "MISSING": list(MISSING),
    }


VALUES = '''\
def values(cells, kind):
    """A column as numbers (dates as days since 1970) or as texts, NaN where one is missing."""
    texts = cells.str.strip()
    known = WORDS.get(texts.name, [])
    missing = texts.isin([word for word in MISSING if word not in known])
    if kind == "category":
        return texts.mask(missing)
    if kind == "number":
        missing |= texts.str.fullmatch("(?i)[+-]?nan")
        # Blanks, minus and apostrophe have several forms; $, % and their like are left out.
        plain = texts.str.replace("[\\u00a0\\u202f\\u2009]", " ", regex=True)
        plain = plain.str.replace("\\u2212", "-").str.replace("\\u2019", "'")
        fits = plain.str.fullmatch(WRITTEN) | plain.str.fullmatch("(?i)[+-]?inf(inity)?")
        plain = plain.where(fits).str.replace("[^0-9a-zA-Z+.,' -]|(?<=[^0-9]) ", "", regex=True)
        plain = plain.str.replace(THOUSANDS, "") if THOUSANDS else plain
        found = pd.to_numeric(plain.str.replace(DECIMAL, ".").str.strip(), errors="coerce")
    else:
        dates = pd.to_datetime(texts.mask(missing), format=kind, errors="coerce", utc=True)
        found = (dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
        found = found % 1 if kind[:2] in ("%H", "%I") else found  # a time of the day alone
    wrong = texts[found.isna() & ~missing]
    if len(wrong):
        sys.exit(f"Row {wrong.index[0] + 1}, {texts.name}: {wrong.iloc[0]!r} cannot be read.")
    found = found.astype("float64")
    return found.where(np.isfinite(found))'''
