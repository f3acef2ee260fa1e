"""A form for a row of a table: ranges and categories from training rows, filled in from one."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.session import one_chosen
from pages.components.shared.try_it.tried import Tried
from tuning_core.catalog.row_answer import Cell, ColumnRange, RowAnswer, RowForm
from tuning_core.findings.formatting import count, number

TRAINING, VALIDATION = "training", "validation"
Start = tuple[str, int]
"""The part that a row is of, and its number in it from 1."""

_FEW = 8
"""Columns that are shown at once; more scroll."""
_HEIGHT = 420
_STEPS = 20
_LONGEST = 5_000
"""Letters of a text."""


def render_start(tried: Tried, form: RowForm) -> Start:
    """Draw the choice of the row that fills the form: the part that it is of, and its number."""
    kind, key = f"row-part-{tried.place}", f"row-start-{tried.place}"
    parts = [TRAINING, *([VALIDATION] if form.held else [])]
    one_chosen(kind, parts)
    if len(parts) > 1:
        st.segmented_control(
            "Start from",
            parts,
            required=True,
            key=kind,
            label_visibility="collapsed",
            format_func=lambda part: f"{part} rows",
        )
    part = str(st.session_state[kind])
    most = form.held if part == VALIDATION else form.rows
    st.session_state[key] = min(max(1, st.session_state.get(key) or 1), most)
    chosen, other = st.columns([1.4, 1], vertical_alignment="bottom")
    with chosen:
        found = st.number_input(
            f"Start from {part} row (1 to {most:,})", min_value=1, max_value=most, key=key
        )
    with other:
        st.button("Another row", key="row-other", on_click=_draw_row, args=(key, most))
    return part, int(found)


def start_from(place: str, part: str, number: int) -> None:
    """Have the form of a place begin with this row, by its number from 1."""
    st.session_state[f"row-part-{place}"] = part
    st.session_state[f"row-start-{place}"] = number


def _draw_row(key: str, rows: int) -> None:
    st.session_state[key] = random.randint(1, rows)


def render_form(tried: Tried, form: RowForm, start: Start, answer: RowAnswer) -> dict[str, Cell]:
    """Draw a widget for each column, filled in as row ``start`` was; what they hold.

    ``answer`` is that to the row ``start``, with its cells.
    """
    place = f"row-cells-{tried.place}"
    known, cells = st.session_state.get(place, (None, {}))
    if known != (start, answer.cells):
        cells = {column.name: answer.cells.get(column.name) for column in form.columns}
    with st.container(height=_HEIGHT if len(form.columns) > _FEW else "content", border=False):
        for at, column in enumerate(form.columns):
            key = cell_key(tried, at)
            if known != (start, answer.cells) or key not in st.session_state:
                # What it held when it was drawn last, or what the row has.
                st.session_state[key] = cells.get(column.name)
            if at % 2 == 0:
                # Each pair anew, so that one below the other they are in order.
                halves = st.columns(2)
            with halves[at % 2]:
                cells[column.name] = _render_cell(column, key)
    if form.more:
        say(f"{count(form.more, 'more column')} stay as in the row that it starts from.")
    st.session_state[place] = ((start, answer.cells), cells)
    return cells


def cell_key(tried: Tried, at: int) -> str:
    """The key of the widget of a column by its place."""
    return f"row-cell-{tried.place}-{at}"


def _render_cell(column: ColumnRange, key: str) -> Cell:
    name = html.plain(column.name)
    if column.kind == "category":
        held = st.session_state[key]
        words = list(column.words) + [held] * (held is not None and held not in column.words)
        found: Cell = st.selectbox(name, words, index=None, key=key, placeholder="missing")
        return found
    if column.kind == "date":
        text = st.text_input(name, key=key, placeholder="missing", max_chars=40)
        return text or None
    if column.kind == "text":
        written = st.text_area(name, key=key, placeholder="missing", max_chars=_LONGEST, height=68)
        return written or None
    step = _step(column)
    return st.number_input(
        f"{name} · {number(column.low)} to {number(column.high)}",
        value=None,
        step=step,
        format="%.0f" if column.whole else "%.6g",
        key=key,
        placeholder="missing",
    )


def _step(column: ColumnRange) -> float:
    """About a twentieth of the range, as 0.2 or 50; whole numbers by ones at least."""
    span = (column.high - column.low) / _STEPS
    if not 1e-12 < span < 1e12:
        return 1.0
    size = 10.0 ** math.floor(math.log10(span))
    step = size * max(s for s in (1, 2, 5) if s * size <= span * 1.0001)
    return max(1.0, step) if column.whole else step


def asked_cells(form: RowForm, cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """The cells of a form's columns; two that are alike make the same row."""
    return {column.name: cells.get(column.name) for column in form.columns}
