"""How the file of a table is read: what was found, in one line, and the means to correct it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import streamlit as st

from pages.components.shared import html
from pages.components.shared.study_draft import key
from pages.components.shared.table_cache import Document, table_reading
from tuning_core.datasets import DataError
from tuning_core.datasets.tables.numbers import COMPLEMENT
from tuning_core.datasets.tables.readers import reader_of
from tuning_core.datasets.tables.reading import TableReading
from tuning_core.findings.formatting import count
from tuning_core.spec.dataset import MAX_LINES_ABOVE

CHOICES: dict[str, tuple[str, dict[Any, str]]] = {
    "delimiter": (
        "Between columns",
        {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "run of blanks"},
    ),
    "decimal": ("Decimal mark", {".": "point", ",": "comma"}),
    "thousands": (
        "Thousands mark",
        {",": "comma", ".": "point", " ": "blank", "'": "apostrophe", "": "none"},
    ),
    "quotes": (
        "Around texts",
        {'"': "double quotes", "'": "single quotes", False: "nothing: quotes are text"},
    ),
    "encoding": (
        "Letters",
        {
            "utf-8": "UTF-8",
            "utf-16": "UTF-16",
            "cp1252": "Western Europe (Windows)",
            "iso8859-1": "Western Europe (Latin 1)",
            "cp1250": "Central Europe (Windows)",
            "cp1251": "Cyrillic (Windows)",
            "koi8-r": "Cyrillic (KOI8-R)",
            "cp1253": "Greek (Windows)",
            "cp1254": "Turkish (Windows)",
            "cp1255": "Hebrew (Windows)",
            "cp1256": "Arabic (Windows)",
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

_LABELS = {
    **{field: label for field, (label, _) in CHOICES.items()},
    "skip": "Lines above the table",
    "sheet": "Sheet",
    "target": "Column to predict",
    "target_scale": "Learn logarithms of the values",
    "task": "What it is",
    "group": "Groups are in",
    "time": "Time is in",
    "validation": "Share for validation",
    "test": "Share for testing",
}
_FIELD = re.compile(
    rf"dataset\.(?P<field>{'|'.join(_LABELS)})\b(?P<value> to (?:true|false|'[.,]')| '\w+')?"
)
_GIVEN = {" to true": True, " to false": False, " to '.'": ".", " to ','": ","}


def in_labels(sentence: str) -> str:
    """A sentence about a spec's fields, in the words of the controls that set them here."""

    def label(found: re.Match[str]) -> str:
        field, value = found["field"], found["value"]
        words = f"“{_LABELS[field]}”"
        if value is not None and field in CHOICES:
            words += f" to “{CHOICES[field][1].get(_GIVEN[value], value)}”"
        return words

    sentence = _FIELD.sub(label, sentence.replace("dataset.columns.", "Column "))
    return sentence.replace("dataset.classes", "classes, in the JSON document")


def render_reading(dataset: Document, path: Path) -> tuple[TableReading | None, Document]:
    """Draw the line and its corrections; return the reading, None when the file is refused.

    The second is what the spec says of it.
    """
    try:
        fields = reader_of(path).written
    except DataError as error:
        st.error(html.plain(in_labels(str(error))))
        return None, {}
    asked = {field: dataset[field] for field in fields if field in dataset}
    found, refusal = _reading(path, asked)
    place = st.empty()
    given = _render_choices(fields, path, found) if fields else {}
    if found is None or any(found.written[field] != value for field, value in given.items()):
        found, refusal = _reading(path, given)
    if found is None:
        place.error(html.plain(in_labels(refusal)))
    elif fields:
        place.html(html.text(_summary(given), "ts-muted ts-small"))
    return found, given


@st.cache_data(show_spinner=False, max_entries=16)
def _choices(path: str) -> Mapping[str, list[Any]]:
    """What a field can be of this file, where its reader knows."""
    try:
        return reader_of(Path(path)).choices(Path(path))
    except DataError:
        return {}


def _render_choices(fields: Sequence[str], path: Path, reading: TableReading | None) -> Document:
    """Draw a control for each field that the reader of the file knows; return what they say."""
    file, given = path.stem[:8], {}
    with st.expander("How the file is read"):
        places = iter([*st.columns(4, gap="medium"), *st.columns(4, gap="medium")])
        for field, values in _choices(str(path)).items():
            named = (_LABELS[field], {value: str(value) for value in values})
            value = _render_choice(field, named, reading, file, next(places))
            given[field] = value
            # Each sheet has a table of its own, which begins where it does.
            file = f"{file}-{crc32(value.encode()):08x}"
        if reading is None or any(reading.written[name] != given[name] for name in given):
            reading, _ = _reading(path, given)
        for field in CHOICES:
            if field in fields:
                place = next(places)
                given[field] = _render_choice(field, CHOICES[field], reading, file, place)
        if "thousands" in given and given["thousands"] == given["decimal"]:
            given["thousands"] = COMPLEMENT[given["decimal"]]
        if "skip" in fields:
            given["skip"] = _render_skip(reading, file, next(places))
    return given


def _reading(path: Path, given: Document) -> tuple[TableReading | None, str]:
    """The reading, or None and why there is none."""
    try:
        return table_reading(path, given), ""
    except DataError as error:
        return None, str(error)


def _render_choice(
    field: str,
    choice: tuple[str, dict[Any, str]],
    reading: TableReading | None,
    file: str,
    place: Any,
) -> Any:
    label, named = choice
    found = next(iter(named)) if reading is None else reading.written[field]
    with place:
        return st.selectbox(
            label,
            list(dict.fromkeys([*named, found])),
            format_func=lambda value: named.get(value, str(value)),
            key=key(f"read-{field}-{file}", found),
        )


def _render_skip(reading: TableReading | None, file: str, place: Any) -> int:
    found = 0 if reading is None else reading.written["skip"]
    with place:
        return st.number_input(
            "Lines above the table",
            0,
            MAX_LINES_ABOVE,
            key=key(f"read-skip-{file}", found),
            help="Titles, comments and empty lines that are left out.",
        )


def _summary(given: Mapping[str, Any]) -> str:
    phrases = {
        "sheet": "sheet {}",
        "delimiter": "a {} between columns",
        "decimal": "a decimal {}",
        "thousands": "(thousands: {})",
        "encoding": "letters as {}",
        "header": "names of the columns {}",
    }
    words = [
        phrase.format(_name(field, given[field]))
        for field, phrase in phrases.items()
        if field in given
    ]
    above = f", {count(given['skip'], 'line')} above left out" if given.get("skip") else ""
    return f"Read with {', '.join(words).replace(', (', ' (')}{above}."


def _name(field: str, value: Any) -> str:
    return CHOICES[field][1].get(value, str(value)) if field in CHOICES else repr(value)
