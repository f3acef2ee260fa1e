"""What the scripts of a bundle know of a CSV: how it is written, and how its cells are read.

``train.py`` and ``score.py`` read with the same code, which does what the app does: every cell
as text, then each column by its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuning_core.datasets.tables.dialect import MISSING
from tuning_core.datasets.tables.encoding import CategoryColumn, TablePreprocessing
from tuning_core.spec_dataset import DatasetSpec

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


def writing(own: DatasetSpec) -> dict[str, Any]:
    """The constants of ``READING``."""
    return {
        "CSV": {"sep": own.delimiter or ",", "encoding": own.encoding or "utf-8"},
        "DECIMAL": own.decimal or ".",
        "HEADER": own.header is not False,
        "MISSING": list(MISSING),
    }


READING = '''\
def read(path):
    """The cells as they stand in the file; names that come twice are numbered."""
    rows = pd.read_csv(path, header=None, dtype=str, keep_default_na=False, **CSV)
    first = rows.iloc[0].str.strip().tolist() if HEADER else [""] * rows.shape[1]
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
    missing = texts.isin(MISSING)
    if kind == "category":
        return texts.mask(missing)
    if kind == "number":
        found = pd.to_numeric(texts.mask(missing).str.replace(DECIMAL, "."), errors="coerce")
    else:
        dates = pd.to_datetime(texts.mask(missing), format=kind, errors="coerce", utc=True)
        found = (dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    wrong = texts[found.isna() & ~missing]
    if len(wrong):
        sys.exit(f"Row {wrong.index[0] + 1}, {texts.name}: {wrong.iloc[0]!r} cannot be read.")
    found = found.astype("float64")
    return found.where(np.isfinite(found))'''
