"""The edits of a row since it was begun with, and how the answer moved with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import streamlit as st

from pages.components.shared import html
from pages.components.shared.try_it.row_answer import percent
from pages.components.shared.try_it.row_form import Start
from pages.components.shared.try_it.tried import Tried
from tuning_core.catalog.row_answer import Cell, RowAnswer
from tuning_core.findings.formatting import number

MOST_STEPS = 12
"""Edits that are listed; of more the last."""


@dataclass(frozen=True)
class Step:
    """A row as it was, and what the model said to it."""

    cells: Mapping[str, Cell]
    prediction: tuple[float, ...]


def steps_so_far(tried: Tried, begun: Start, start: RowAnswer, answer: RowAnswer) -> list[Step]:
    """The row that was begun with, and the row after each edit; one taken back is none."""
    key, token = f"row-steps-{tried.place}", (tried.model.name, begun)
    known, steps = st.session_state.get(key, (None, []))
    if known != token:
        steps = [Step(start.cells, start.prediction)]
    if answer.cells != steps[-1].cells:
        if len(steps) > 1 and answer.cells == steps[-2].cells:
            steps = steps[:-1]
        else:
            steps = [*steps, Step(answer.cells, answer.prediction)]
    steps = [steps[0]] if answer.cells == steps[0].cells else steps
    st.session_state[key] = (token, steps)
    return list(steps)


def render_steps(answer: RowAnswer, steps: list[Step]) -> None:
    """List what was changed, and from what to what the answer went; nothing before an edit."""
    if len(steps) < 2:
        return
    rows = [
        f"<span>{escape(change_words(before, after))}</span>"
        f"<span>{escape(move_words(answer.classes, before, after))}</span>"
        for before, after in pairwise(steps)
    ]
    more = len(rows) - MOST_STEPS
    words = "Each edit, and how the answer moved with it"
    words += f"; {more:,} earlier ones are left out." if more > 0 else "."
    st.html(
        html.text("Your edits", "ts-group")
        + html.text(words, "ts-muted ts-small")
        + f'<div class="ts-rows ts-steps">{"".join(rows[-MOST_STEPS:])}</div>'
    )


def change_words(before: Step, after: Step) -> str:
    """What differs between two rows: age 30 → 45."""
    changed = [
        f"{name} {_cell(before.cells.get(name))} → {_cell(value)}"
        for name, value in after.cells.items()
        if before.cells.get(name) != value
    ]
    return ", ".join(changed)


def move_words(classes: tuple[str, ...], before: Step, after: Step) -> str:
    """From what to what the answer went: of classes that which was most probable before."""
    if not classes:
        first, last = before.prediction[0], after.prediction[0]
        gap = last - first
        sign = "+" if gap >= 0 else "-"
        return f"{number(first)} → {number(last)} ({sign}{number(abs(gap), 3)})"
    place = max(range(len(classes)), key=before.prediction.__getitem__)
    winner = max(range(len(classes)), key=after.prediction.__getitem__)
    words = f"{classes[place]} {percent(before.prediction[place])} → "
    words += percent(after.prediction[place])
    return words if winner == place else f"{words}; now {classes[winner]}"


def _cell(value: Cell) -> str:
    if value is None:
        return "missing"
    return value if isinstance(value, str) else number(float(value), 6)
