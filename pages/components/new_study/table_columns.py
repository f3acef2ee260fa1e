"""The columns of an own table in New study: what each is, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

import pandas as pd
import streamlit as st

from pages.components.shared.study_draft import generation
from tuning_core.datasets.tables.reading import TableReading
from tuning_core.spec.dataset import ColumnKind

KINDS: tuple[ColumnKind, ...] = ("number", "category", "date", "text", "ignore")
ROWS_SHOWN = 8
HEIGHT = 300
FIGURES, THREE_CELLS = 68, 290
"""Pixels that columns of figures and of three cells of the file need beside one another."""


def _shown(pairs: Sequence[tuple[str, str]]) -> str:
    """A column's values as the file has them, with what was read where that looks different."""
    return "; ".join(
        raw if raw.strip() == read.strip() else f"{raw or '(empty)'} → {read}"
        for raw, read in pairs
    )


def render_columns(
    reading: TableReading, target: str, chosen: Mapping[str, ColumnKind], mark: str
) -> dict[str, ColumnKind]:
    """Draw the editor of all columns but the target; return the kind of each.

    ``chosen`` holds the kinds of the draft; other columns have the kind that was found.
    """
    name = f"columns-{mark}-{crc32(target.encode()):08x}-{generation()}"
    first = f"{name}-first"
    if name not in st.session_state or first not in st.session_state:
        # An editor keeps what it was given and adds the user's changes, so that stays the
        # same as long as the editor is on the page.
        st.session_state[first] = dict(chosen)
    kinds = st.session_state[first]
    rows = [column for column in reading.columns if column.name != target]
    frame = pd.DataFrame(
        {
            "column": [column.name for column in rows],
            "kind": [kinds.get(column.name, column.kind) for column in rows],
            "missing": [column.missing for column in rows],
            "distinct": [column.distinct for column in rows],
            "shown": [_shown(column.shown) for column in rows],
            "note": [column.note for column in rows],
        }
    )
    edited = st.data_editor(
        frame,
        key=name,
        hide_index=True,
        height="content" if len(rows) <= ROWS_SHOWN else HEIGHT,
        disabled=["column", "missing", "distinct", "shown", "note"],
        column_config={
            "column": st.column_config.TextColumn("Column", width="small"),
            "kind": st.column_config.SelectboxColumn(
                "Kind",
                options=list(KINDS),
                required=True,
                width="small",
                help="Numbers are standardised, categories become an input each, dates days and "
                "where in the week and year they are; of texts, words are counted. Double-click "
                "to change.",
            ),
            "missing": st.column_config.NumberColumn("Missing", format="localized", width=FIGURES),
            "distinct": st.column_config.NumberColumn(
                "Distinct", format="localized", width=FIGURES
            ),
            "shown": st.column_config.TextColumn(
                "In the file, and read as",
                width=THREE_CELLS,
                help="Three values as the file has them; where something else was read from one, "
                "that follows its arrow.",
            ),
            "note": st.column_config.TextColumn("Note", width="medium"),
        },
    )
    return dict(zip(edited["column"], edited["kind"], strict=True))
