"""The configurations of a manual search as a table to write in: a row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.formatting import label, short_label
from pages.components.shared.study_draft import aside, plain_key
from tuning_core.catalog import Hyperparameter, Value
from tuning_core.catalog.hyperparameters import in_effect, of_family

FIRST = ("learning_rate", "batch_size", "units", "filters")
"""The columns of a new table, as far as the family has them."""

_DTYPES = {"integer": "Int64", "float": "float64", "boolean": "boolean", "choice": "object"}

Configuration = dict[str, Any]


def render_configurations(
    given: Sequence[Mapping[str, Any]], family: str, task: str, fixed: Mapping[str, Value]
) -> list[Configuration]:
    """Draw the table of a model family's configurations; return its rows.

    An empty cell leaves the hyperparameter out, so that it keeps its default, or what the space
    has ``fixed``.
    """
    members = {hyperparameter.id: hyperparameter for hyperparameter in of_family(family, task)}
    named = [name for name in dict.fromkeys(n for row in given for n in row) if name in members]
    picked = st.multiselect(
        "Hyperparameters to vary",
        list(members),
        named or [name for name in FIRST if name in members],
        format_func=label,
        key=plain_key(f"manual-columns-{family}"),
        placeholder="choose at least one",
        help="A column for each. All others keep their defaults.",
    )
    if not picked:
        return []
    columns = [members[name] for name in picked]
    usual = default_row(family, picked, fixed)
    # An empty row of the table is none: a configuration that says nothing is written out.
    rows = _edit([row or usual for row in given] or [usual], columns, family)
    st.html(
        html.text(
            "A row is a trial; write in the last one to add another. An empty cell keeps the "
            "default.",
            "ts-muted ts-small",
        )
    )
    return rows


def _edit(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Hyperparameter], family: str
) -> list[Configuration]:
    """Draw the editor. It remembers edits to the frame it started with, so that frame is kept
    for as long as the editor lives."""
    names = [column.id for column in columns]
    full = plain_key(f"configurations-{family}-{'-'.join(names)}")
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
        return st.column_config.SelectboxColumn(**words, options=list(hyperparameter.choices))
    whole = hyperparameter.kind == "integer"
    return st.column_config.NumberColumn(
        **words,
        min_value=hyperparameter.low,
        max_value=hyperparameter.high,
        step=1 if whole else None,
        format=None if whole else "%.6g",
    )


def default_row(
    family: str, names: Sequence[str], fixed: Mapping[str, Value] = MappingProxyType({})
) -> Configuration:
    """The values of ``names`` in the configuration that has ``fixed`` and the defaults.

    Those without a meaning beside the others are left out.
    """
    defaults = in_effect(fixed, family)
    return {name: defaults[name] for name in names if name in defaults}


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Hyperparameter]) -> pd.DataFrame:
    """Configurations as a frame with a typed column per hyperparameter."""
    return pd.DataFrame(
        {
            column.id: pd.Series([row.get(column.id) for row in rows], dtype=_DTYPES[column.kind])
            for column in columns
        }
    )


def configurations(frame: pd.DataFrame, columns: Sequence[Hyperparameter]) -> list[Configuration]:
    """The rows of a frame as configurations, without empty cells and empty rows."""
    kinds = {"integer": int, "float": float, "boolean": bool, "choice": str}
    rows = [
        {
            column.id: kinds[column.kind](value)
            for column in columns
            if not pd.isna(value := row[column.id])
        }
        for row in frame.to_dict("records")
    ]
    return [row for row in rows if row]
