"""What the best model gets wrong: a confusion matrix or residuals, and the rows behind them."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.user import ROWS_HIDDEN, person
from pages.components.study.best_model.known_answers import (
    known_predictions,
    render_waiting,
)
from pages.components.study.best_model.prediction_rows import render_rows
from tuning_core.charts.models.confusion import CELL, confusion, picked_cell
from tuning_core.charts.models.regression import ROW, picked_row, residuals
from tuning_core.findings.formatting import count
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.prediction_words import mistakes_words, residual_words
from tuning_core.findings.revealed_words import parts_of
from tuning_core.manager import Manager
from tuning_core.manager.questions.best_model import BestPredictions, Part

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
    found = known_predictions(live, engine, part)
    theirs = engine.access.may_see_rows(live.study, person())
    if found is None:
        render_waiting(live, engine, part)
    elif not regression:
        _render_confusion(live, found, part, rows=theirs)
    elif theirs:
        _render_residuals(live, found, part)
    else:
        say(f"{residual_words(found, part)} {ROWS_HIDDEN}")


def _render_confusion(live: LiveStudy, found: BestPredictions, part: Part, *, rows: bool) -> None:
    """Draw the matrix and, where the user may see them, the ``rows`` behind it."""
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
                found.truth, found.predicted, names, picked=cell, dark=dark, height=HEIGHT
            ),
            [CELL],
            True,
        )
    with right:
        if rows:
            render_rows(found, *_of_cell(found, cell), try_in=_try_in(live, part))
        else:
            say(ROWS_HIDDEN)


def _try_in(live: LiveStudy, part: Part) -> str | None:
    """The place of the form that can begin with a row of this part."""
    return live.study.id if part == "validation" and live.spec.folds == 1 else None


def _of_cell(found: BestPredictions, cell: tuple[int, int] | None) -> tuple[np.ndarray, str]:
    """Places in ``shown`` of the rows to draw, and what they are."""
    names = found.classes
    truth, predicted = found.truth[found.shown], found.predicted[found.shown]
    assert found.confidence is not None
    by_confidence = np.argsort(-found.confidence[found.shown], kind="stable")
    if cell is not None:
        chosen = by_confidence[
            (truth[by_confidence] == cell[0]) & (predicted[by_confidence] == cell[1])
        ]
        total = int(np.sum((found.truth == cell[0]) & (found.predicted == cell[1])))
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
    wrong = by_confidence[truth[by_confidence] != predicted[by_confidence]]
    return wrong, "Surest mistakes first. Click a cell of the matrix for its rows."


def _render_residuals(live: LiveStudy, found: BestPredictions, part: Part) -> None:
    info = live.spec.dataset_info
    key = f"residuals-{part}-{live.study.id}"
    row = picked_row(_selection(key))
    error = np.abs(found.truth - found.predicted)
    words = residual_words(found, part)
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
                found.predicted[found.shown],
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
        which = "The clicked row." if row is not None else "Largest errors first. Click a point."
        render_rows(found, worst, which, try_in=_try_in(live, part))


def _selection(key: str) -> Any:
    return (st.session_state.get(key) or {}).get("selection", {})
