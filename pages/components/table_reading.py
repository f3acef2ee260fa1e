"""How the file of a table is read: what was found, in one line, and the means to correct it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components import look
from pages.components.draft import key
from pages.components.known_data import Document, table_reading
from tuning_core.datasets import DataError
from tuning_core.datasets.tables.reading import TableReading

CHOICES: dict[str, tuple[str, dict[Any, str]]] = {
    "delimiter": (
        "Between columns",
        {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"},
    ),
    "decimal": ("Decimal mark", {".": "point", ",": "comma"}),
    "encoding": (
        "Letters",
        {
            "utf-8": "UTF-8",
            "utf-16": "UTF-16",
            "cp1252": "Western Europe (Windows)",
            "iso8859-1": "Western Europe (Latin 1)",
            "cp1250": "Central Europe (Windows)",
            "cp1251": "Cyrillic (Windows)",
            "mac-roman": "Western Europe (Mac)",
            "shift_jis": "Japanese (Shift JIS)",
            "euc_jp": "Japanese (EUC)",
            "gb18030": "Chinese (GB 18030)",
            "big5": "Chinese (Big 5)",
            "euc_kr": "Korean (EUC)",
        },
    ),
    "header": ("Names of the columns", {True: "in the first line", False: "none, so numbered"}),
}
"""The fields of a spec that say how a file is read: label and named values."""


def put_reading(dataset: Document, path: Path) -> tuple[TableReading | None, Document]:
    """Draw the line and its corrections; return the reading, None when the file is refused.

    The second is what the spec says of it.
    """
    asked = {field: dataset[field] for field in CHOICES if field in dataset}
    found, refusal = _reading(path, asked)
    place = st.empty()
    with st.expander("How the file is read"):
        given = {
            field: _put_choice(field, found, path.stem[:8], column)
            for field, column in zip(CHOICES, st.columns(4, gap="medium"), strict=True)
        }
    if found is None or any(getattr(found, field) != value for field, value in given.items()):
        found, refusal = _reading(path, given)
    if found is None:
        place.error(look.plain(refusal))
    else:
        place.html(look.text(_summary(given), "ts-muted ts-small"))
    return found, given


def _reading(path: Path, given: Document) -> tuple[TableReading | None, str]:
    """The reading, or None and why there is none."""
    try:
        return table_reading(path, given), ""
    except DataError as error:
        return None, str(error)


def _put_choice(field: str, reading: TableReading | None, file: str, place: Any) -> Any:
    label, named = CHOICES[field]
    found = next(iter(named)) if reading is None else getattr(reading, field)
    with place:
        return st.selectbox(
            label,
            list(dict.fromkeys([*named, found])),
            format_func=lambda value: named.get(value, str(value)),
            key=key(f"read-{field}-{file}", found),
        )


def _summary(given: Mapping[str, Any]) -> str:
    words = {field: CHOICES[field][1].get(value, str(value)) for field, value in given.items()}
    return (
        f"Read with a {words['delimiter']} between columns, a decimal {words['decimal']}, letters "
        f"as {words['encoding']}, names of the columns {words['header']}."
    )
