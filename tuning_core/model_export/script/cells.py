"""What the scripts of a bundle know of a CSV: how it is written, and how its cells are read.

``train.py`` and ``score.py`` read with the same code, which does what the app does: every cell
as text, then each column by its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tuning_core.datasets.tables.encoding import CategoryColumn, TablePreprocessing
from tuning_core.datasets.tables.numbers import MARKERS, MISSING, number_pattern
from tuning_core.datasets.tables.records import WHITESPACE
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


def writing(own: DatasetSpec, words: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """The constants of ``READING``; ``words`` are the texts that columns know."""
    csv: dict[str, Any] = {
        "sep": r"\s+" if own.delimiter == WHITESPACE else own.delimiter or ",",
        "encoding": own.encoding or "utf-8",
    }
    if own.quotes is False:
        csv["quoting"] = 3
    elif own.quotes:
        csv["quotechar"] = own.quotes
    if own.skip:
        csv["skiprows"] = own.skip
    decimal, thousands = own.decimal or ".", own.thousands or ""
    markers = {
        name: [word for word in MARKERS if word in set(known)] for name, known in words.items()
    }
    return {
        "CSV": csv,
        "DECIMAL": decimal,
        "THOUSANDS": thousands,
        "WRITTEN": number_pattern(decimal, thousands),
        "WORDS": {name: found for name, found in markers.items() if found},
        "HEADER": own.header is not False,
        "MISSING": list(MISSING),
    }


READING = '''\
def read(path):
    """The cells as they stand in the file; names that come twice are numbered."""
    options = {"header": None, "dtype": str, "keep_default_na": False, **CSV}
    try:
        rows = pd.read_csv(path, **options)
    except pd.errors.ParserError:
        # The line of names lacks one: that of row names, or of an empty last column.
        rows = pd.read_csv(path, **{**options, "names": range(1_000)}).fillna("")
        rows = rows.loc[:, rows.ne("").any()]
        if rows.iloc[0, -1] == "":
            rows.iloc[0] = rows.iloc[0].shift(1, fill_value="")
    first = rows.iloc[0].str.strip().tolist() if HEADER else [""] * rows.shape[1]
    first = ["".join(c if c.isprintable() else " " for c in cell) for cell in first]
    names = []
    for number, cell in enumerate(first, start=1):
        given = name = cell or f"column_{number}"
        copy = 1
        while name in names or (copy > 1 and name in first):
            copy += 1
            name = f"{given} ({copy})"
        names.append(name)
    rows.columns = names
    return rows.iloc[1:].reset_index(drop=True) if HEADER else rows


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
