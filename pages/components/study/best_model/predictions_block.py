"""What the best model gets wrong: a confusion matrix or residuals, and the rows behind them."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.formatting import count, number
from pages.components.study.best_model.best_answers import known_answers, parts_of, render_waiting
from pages.components.study.best_model.predictions_rows import render_rows
from pages.components.study.live import LiveStudy
from tuning_core.charts.models.confusion import CELL, confusion, confusion_counts, picked_cell
from tuning_core.charts.models.regression import ROW, picked_row, residuals
from tuning_core.manager import Manager
from tuning_core.manager.questions.answers import BestAnswers, Part

HEIGHT = 440
MISTAKES, SAMPLE = "mistakes", "a sample"
SAMPLED = 40


def render_predictions(live: LiveStudy, engine: Manager) -> None:
    """Draw the section, for the part of the data that the user chooses."""
    regression = live.spec.dataset_info.task == "regression"
    st.subheader("How far it is off" if regression else "What it gets wrong")
    if live.study.status.active:
        say("Shown when the search has ended: until then the best model may change.")
        return
    parts = parts_of(live)
    if not parts:
        say(
            "The best model of a cross-validation was refitted on all rows outside the test part, "
            "so no validation row is new to it. Its mistakes show once the test part is revealed."
        )
        return
    part: Part = parts[0]
    if len(parts) > 1:
        part = st.segmented_control(
            "Part",
            parts,
            default=parts[0],
            required=True,
            key="predictions-part",
            label_visibility="collapsed",
            format_func=lambda name: f"{name} rows",
        )
    found = known_answers(live, engine, part)
    if found is None:
        render_waiting(live, engine, part)
    elif regression:
        _render_residuals(live, found, part)
    else:
        _render_confusion(live, found, part)


def _render_confusion(live: LiveStudy, found: BestAnswers, part: Part) -> None:
    names = found.classes
    key = f"confusion-{part}-{live.study.id}"
    cell = picked_cell(_selection(key))
    say(mistakes_words(found, part))
    left, right = st.columns([1, 1.15], gap="large")
    dark = html.is_dark()
    with left, chart_place("confusion", HEIGHT):
        render_chart(
            key,
            (found.trial, cell, dark),
            lambda: confusion(
                found.truth, found.said, names, picked=cell, dark=dark, height=HEIGHT
            ),
            [CELL],
            True,
        )
    with right:
        render_rows(found, *_of_cell(found, cell))


def _of_cell(found: BestAnswers, cell: tuple[int, int] | None) -> tuple[np.ndarray, str]:
    """Places in ``shown`` of the rows to draw, and what they are."""
    names = found.classes
    truth, predicted = found.truth[found.shown], found.said[found.shown]
    assert found.sure is not None
    surest = np.argsort(-found.sure[found.shown], kind="stable")
    if cell is not None:
        chosen = surest[(truth[surest] == cell[0]) & (predicted[surest] == cell[1])]
        total = int(np.sum((found.truth == cell[0]) & (found.said == cell[1])))
        words = f"{names[cell[0]]} taken for {names[cell[1]]}"
        if cell[0] == cell[1]:
            # The doubtful ones are worth a look.
            chosen, words = chosen[::-1], f"{names[cell[0]]}, rightly so, least sure first"
        return chosen, f"{words}: {count(total, 'row')}. Double-click the matrix for all mistakes."
    kind = st.segmented_control(
        "Rows",
        [MISTAKES, SAMPLE],
        default=MISTAKES,
        required=True,
        key="predictions-kind",
        label_visibility="collapsed",
    )
    if kind == SAMPLE:
        even = np.linspace(0, len(found.truth) - 1, min(SAMPLED, len(found.truth))).astype(int)
        return np.flatnonzero(np.isin(found.shown, even)), "Rows from all over, right and wrong."
    wrong = surest[truth[surest] != predicted[surest]]
    return wrong, "Surest mistakes first. Click a cell of the matrix for its rows."


def mistakes_words(found: BestAnswers, part: Part) -> str:
    """How many rows are wrong, and what is most often taken for what."""
    names = found.classes
    rows, wrong = len(found.truth), int(np.sum(found.truth != found.said))
    words = f"{wrong:,} of {count(rows, f'{part} row')} wrong ({100 * wrong / max(1, rows):.1f} %)."
    counts = confusion_counts(found.truth, found.said, len(names))
    np.fill_diagonal(counts, 0)
    if counts.max() > 1:
        truth, predicted = np.unravel_index(counts.argmax(), counts.shape)
        most = int(counts.max())
        words += f" Most often {names[truth]} is taken for {names[predicted]} ({most:,} times)."
    return words


def _render_residuals(live: LiveStudy, found: BestAnswers, part: Part) -> None:
    info = live.spec.dataset_info
    key = f"residuals-{part}-{live.study.id}"
    row = picked_row(_selection(key))
    error = np.abs(found.truth - found.said)
    words = (
        f"Off by {number(float(error.mean()))} on average over {count(len(error), f'{part} row')}, "
        f"half of them by less than {number(float(np.median(error)))}."
    )
    if len(found.shown) < len(error):
        words += f" {len(found.shown):,} are drawn: the worst, and others from all over."
    say(words)
    left, right = st.columns([1, 1.15], gap="large")
    dark = html.is_dark()
    with left, chart_place("residuals", HEIGHT):
        render_chart(
            key,
            (found.trial, row, dark),
            lambda: residuals(
                found.truth[found.shown],
                found.said[found.shown],
                found.shown,
                info.target,
                picked=row,
                dark=dark,
                height=HEIGHT,
            ),
            [ROW],
            True,
        )
    with right:
        worst = np.argsort(-error[found.shown], kind="stable")
        if row is not None:
            worst = worst[found.shown[worst] == row]
        caption = "The clicked row." if row is not None else "Largest errors first. Click a point."
        render_rows(found, worst, caption)


def _selection(key: str) -> Any:
    return (st.session_state.get(key) or {}).get("selection", {})
