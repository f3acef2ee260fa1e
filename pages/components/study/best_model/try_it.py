"""Try it: a row of one's own for the best model, and what it says to it at once."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from pages.components.shared.session import cached, rerun_until
from pages.components.study.best_model.row_answer import (
    render_effects,
    render_nearest,
    render_prediction,
)
from pages.components.study.best_model.row_form import asked_cells, render_form, render_start
from pages.components.study.best_model.row_picture import asked_picture, render_picture_input
from pages.components.study.live import LiveStudy, live_study
from tuning_core.catalog.row_answer import RowAnswer, RowForm
from tuning_core.datasets import DataError
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.workers.requests import RefusedError

Question = dict[str, Any]
WAITING = "The model is being made ready. This takes some seconds, once."
_ANSWERS, _WAITED = "row_answers", "row_waited"


def render_try(live: LiveStudy) -> None:
    """Draw the section; it runs again by itself with each line, upload and value."""
    st.fragment(_render, key="study-try")(live.study.id)


def _render(study_id: str) -> None:
    with errors_shown():
        engine = manager()
        live = live_study(study_id, engine.store)
        if live is None or live.best is None:
            return
        st.subheader("Try it")
        if live.study.status.active:
            say("Possible when the search has ended: until then the best model may change.")
        elif live.spec.dataset_info.kind == "image":
            _render_picture(live, engine)
        else:
            _render_table(live, engine)


def _render_picture(live: LiveStudy, engine: Manager) -> None:
    form = _form(live, engine)
    drawn, said, near = st.columns([1, 1, 1.25], gap="large")
    with drawn:
        render_picture_input(live, form)
    question, answer = None, None
    words = "Draw or upload something: the best model, just as it is downloaded, answers."
    try:
        question = asked_picture(live)
        if question is not None and form is not None:
            answer = _asked(live, engine, question)
    except (DataError, ManagerError) as error:
        words = str(error)
    with said:
        if form is None or words == WAITING:
            words = _render_waiting(live, engine) or words
        render_prediction(live, answer, words)
        if answer is not None and question is not None and question.get("notes"):
            say(question["notes"])
    if answer is not None:
        with near:
            render_nearest(live, answer, form)


def _render_table(live: LiveStudy, engine: Manager) -> None:
    form = _form(live, engine)
    if form is None:
        say(_render_waiting(live, engine))
        return
    filled, said, changes = st.columns([1.25, 1, 1.25], gap="large")
    try:
        with filled:
            number = render_start(live, form)
            start = _asked(live, engine, {"row": number}, "start")
            cells = render_form(live, form, number, start)
        answer = start
        if asked_cells(form, cells) != asked_cells(form, start.cells):
            answer = _asked(live, engine, {"row": number, "cells": cells})
    except ManagerError as error:
        with said:
            if str(error) == WAITING:
                say(_render_waiting(live, engine))
            else:
                st.warning(html.plain(str(error)))
        return
    with said:
        render_prediction(live, answer)
    with changes:
        render_effects(live, answer, form)
    render_nearest(live, answer, form)


def _asked(live: LiveStudy, engine: Manager, question: Question, place: str = "") -> RowAnswer:
    """The answer to a question, asked once. Raises ManagerError, which is not kept.

    Where no worker rests, as when a search has taken it, one is waited for beside the page: the
    error then says ``WAITING``.
    """
    study_id, rows = live.study.id, engine.new_rows

    def ask() -> RowAnswer | str:
        try:
            return rows.ask(study_id, question)
        except RefusedError as error:
            return str(error)  # It would be refused again.

    token = (rows.model(study_id), json.dumps(question, sort_keys=True, default=str))
    known = st.session_state.get(_ANSWERS, {}).get((study_id, place), (None,))[0]
    if known != token and not rows.quick and st.session_state.get(_WAITED) != token:
        st.session_state[_WAITED] = token
        rows.begin(study_id)
        raise ManagerError(WAITING)
    found: RowAnswer | str = cached(_ANSWERS, (study_id, place), token, ask)
    if isinstance(found, str):
        raise ManagerError(found)
    return found


def _form(live: LiveStudy, engine: Manager) -> RowForm | None:
    """What a row is made of; None while the model is being made ready, which is begun here."""
    study_id, rows = live.study.id, engine.new_rows
    form = rows.form(study_id)
    if form is None and rows.at_hand and not rows.refused(study_id):
        rows.begin(study_id)
    return form


def _render_waiting(live: LiveStudy, engine: Manager) -> str:
    """Wait for the model, or offer to have it made ready; a sentence about that, "" without."""
    study_id, rows = live.study.id, engine.new_rows
    refused = rows.refused(study_id)
    if rows.waiting(study_id) or (rows.form(study_id) is not None and not refused):
        rerun_until(lambda: not rows.waiting(study_id), every=0.3)
        return WAITING
    if refused:
        st.warning(html.plain(refused))
    st.button(
        "Try again" if refused else "Make the model ready",
        key="row-begin",
        on_click=rows.begin,
        args=(study_id,),
    )
    return ""
