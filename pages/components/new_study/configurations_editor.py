"""The configurations of a study that lists them: a table to write in, in place of ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.study_draft import aside, plain_key
from tuning_core.catalog import Hyperparameter, Value
from tuning_core.catalog.hyperparameters import completed
from tuning_core.findings.formatting import label, number, short_label

FIRST = ("learning_rate", "batch_size", "units", "filters")
"""The columns of a new table, as far as the model has them."""
MOST_FIRST = 4

_DTYPES = {"integer": "Int64", "float": "float64", "boolean": "boolean", "choice": "object"}

Configuration = dict[str, Any]


def render_configurations(
    given: Sequence[Mapping[str, Any]],
    members: Mapping[str, Hyperparameter],
    fixed: Mapping[str, Value],
) -> list[Configuration]:
    """Draw the table of a model's configurations, of its ``members``; return its rows.

    An empty cell leaves the hyperparameter out, so that it keeps its default, or what the space
    has ``fixed``.
    """
    mark = f"{crc32(' '.join(members).encode()):x}"
    named = [name for name in dict.fromkeys(n for row in given for n in row) if name in members]
    picked = st.multiselect(
        "Hyperparameters to vary",
        list(members),
        named or [name for name in FIRST if name in members] or [*members][:MOST_FIRST],
        format_func=label,
        key=plain_key(f"manual-columns-{mark}"),
        placeholder="choose at least one",
        help="A column for each. All others keep their defaults.",
    )
    if not picked:
        return []
    columns = [members[name] for name in picked]
    usual = default_row(members, picked, fixed)
    # An empty row of the table is none: a configuration that says nothing is written out.
    rows = _edit([row or usual for row in given] or [usual], columns, mark)
    st.html(
        html.text(
            "A row is a trial; write in the last one to add another. An empty cell keeps the "
            "default.",
            "ts-muted ts-small",
        )
    )
    return rows


def _edit(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Hyperparameter], mark: str
) -> list[Configuration]:
    """Draw the editor.

    It remembers edits to the frame it started with, so that frame is kept for as long as the editor
    lives.
    """
    names = [column.id for column in columns]
    full = plain_key(f"configurations-{mark}-{'-'.join(names)}")
    kept = aside("configurations")
    if full not in st.session_state or kept.get("key") != full:
        kept |= {"key": full, "first": table(rows, columns)}
    frame = st.data_editor(
        kept["first"],
        key=full,
        num_rows="dynamic",
        hide_index=True,
        column_config={column.id: _column(column) for column in columns},
        placeholder="default",
        alt="Configurations to train",
    )
    return configurations(frame, columns)


def _column(hyperparameter: Hyperparameter) -> Any:
    """How a hyperparameter's cells are written."""
    words: Any = {"label": short_label(hyperparameter.id), "help": hyperparameter.help}
    if hyperparameter.kind == "boolean":
        return st.column_config.CheckboxColumn(**words)
    if hyperparameter.kind == "choice":
        return st.column_config.SelectboxColumn(
            **words, options=[str(value) for value in hyperparameter.choices]
        )
    whole = hyperparameter.kind == "integer"
    return st.column_config.NumberColumn(
        **words,
        min_value=hyperparameter.low,
        max_value=hyperparameter.high,
        step=1 if whole else None,
        format=None if whole else "%.6g",
    )


def default_row(
    members: Mapping[str, Hyperparameter],
    names: Sequence[str],
    fixed: Mapping[str, Value] = MappingProxyType({}),
) -> Configuration:
    """The values of ``names`` in the configuration that has ``fixed`` and the defaults.

    Those without a meaning beside the others are left out.
    """
    defaults = completed(fixed, members.values())
    return {name: defaults[name] for name in names if name in defaults}


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Hyperparameter]) -> pd.DataFrame:
    """Configurations as a frame with a typed column per hyperparameter."""
    return pd.DataFrame(
        {
            column.id: pd.Series([_cell(column, row) for row in rows], dtype=_DTYPES[column.kind])
            for column in columns
        }
    )


def configurations(frame: pd.DataFrame, columns: Sequence[Hyperparameter]) -> list[Configuration]:
    """The rows of a frame as configurations, without empty cells and empty rows."""
    rows = [
        {
            column.id: _value(column, value)
            for column in columns
            if not pd.isna(value := row[column.id])
        }
        for row in frame.to_dict("records")
    ]
    return [row for row in rows if row]


def _cell(column: Hyperparameter, row: Mapping[str, Any]) -> Any:
    value = row.get(column.id)
    return str(value) if column.kind == "choice" and value is not None else value


def _value(column: Hyperparameter, cell: Any) -> Value:
    """What a cell holds; of a list of values that one which is written so."""
    if column.kind == "choice":
        return next((value for value in column.choices if str(value) == str(cell)), str(cell))
    kind: Any = {"integer": int, "float": float, "boolean": bool}[column.kind]
    return kind(cell)


def render_listed_space(entries: dict[str, Any], *, keep_ranges: bool) -> dict[str, Any]:
    """Say that a list of configurations takes the place of ranges; return what is left.

    Ranges are kept for the next strategy, unless a document brought them along with its list.
    """
    fixed = {name: entry for name, entry in entries.items() if not isinstance(entry, dict)}
    ranges = {name: entry for name, entry in entries.items() if name not in fixed}
    words = "No ranges are needed: the configurations are listed under Manual, below."
    if fixed:
        values = (f"{label(name)} {number(value)}" for name, value in fixed.items())
        words += f" What they leave out: {', '.join(values)}."
    if not keep_ranges:
        aside().update(ranges)
    elif ranges:
        words += f" The ranges of the spec limit them: {', '.join(map(label, ranges))}."
    st.html(html.text(words, "ts-muted ts-small"))
    return entries if keep_ranges else fixed
