"""Try it: a row of one's own for a model, and what it says to it at once."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.session import cached, rerun_until
from pages.components.shared.try_it.row_answer import (
    render_effects,
    render_nearest,
    render_prediction,
)
from pages.components.shared.try_it.row_form import (
    VALIDATION,
    asked_cells,
    render_form,
    render_start,
)
from pages.components.shared.try_it.row_picture import asked_picture, render_picture_input
from pages.components.shared.try_it.row_plane import render_plane
from pages.components.shared.try_it.row_steps import render_steps, steps_so_far
from pages.components.shared.try_it.tried import Tried
from tuning_core.catalog.row_answer import RowAnswer, RowForm
from tuning_core.datasets import DataError
from tuning_core.manager import ManagerError
from tuning_core.manager.workers.requests import RefusedError

Question = dict[str, Any]
WAITING = "The model is being made ready. This takes some seconds, once."
_ANSWERS, _WAITED = "row_answers", "row_waited"


def render_tried(tried: Tried) -> None:
    """Draw what can be asked, and the answer."""
    if tried.info.kind == "image":
        _render_picture(tried)
    else:
        _render_table(tried)


def _render_picture(tried: Tried) -> None:
    form = _form(tried)
    drawn, said, near = st.columns([1, 1, 1.25], gap="large")
    with drawn:
        render_picture_input(tried, form)
    question, answer = None, None
    words = f"Draw or upload something: {tried.who} answers."
    try:
        question = asked_picture(tried)
        if question is not None and form is not None:
            answer = _asked(tried, question)
    except (DataError, ManagerError) as error:
        words = str(error)
    with said:
        if form is None or words == WAITING:
            words = _render_waiting(tried) or words
        render_prediction(tried, answer, words)
        if answer is not None and question is not None and question.get("notes"):
            say(question["notes"])
    if answer is not None:
        with near:
            render_nearest(tried, answer, form)


def _render_table(tried: Tried) -> None:
    form = _form(tried)
    if form is None:
        say(_render_waiting(tried))
        return
    filled, said = st.columns([1, 1.2], gap="medium")
    try:
        with filled:
            part, number = render_start(tried, form)
            row: Question = {"row": number} | ({"part": part} if part == VALIDATION else {})
            plane = st.container()
            start = _asked(tried, row, "start")
            cells = render_form(tried, form, (part, number), start)
            if start.surface is not None:
                with plane:
                    render_plane(tried, form, start.surface, cells)
        answer = start
        if asked_cells(form, cells) != asked_cells(form, start.cells):
            answer = _asked(tried, {**row, "cells": cells})
    except ManagerError as error:
        with said:
            if str(error) == WAITING:
                say(_render_waiting(tried))
            else:
                st.warning(html.plain(str(error)))
        return
    steps = steps_so_far(tried, (part, number), start, answer)
    with said:
        render_prediction(tried, answer, before=steps[-2].prediction if len(steps) > 1 else None)
        render_steps(answer, steps)
        render_effects(answer)
    render_nearest(tried, answer, form)


def _asked(tried: Tried, question: Question, place: str = "") -> RowAnswer:
    """The answer to a question, asked once. Raises ManagerError, which is not kept.

    Where no worker rests, as when a search has taken it, one is waited for beside the page: the
    error then says ``WAITING``.
    """
    model = tried.model

    def ask() -> RowAnswer | str:
        try:
            return model.ask(question)
        except RefusedError as error:
            return str(error)  # It would be refused again.

    token = (model.name, json.dumps(question, sort_keys=True, default=str))
    known = st.session_state.get(_ANSWERS, {}).get((tried.place, place), (None,))[0]
    if known != token and not model.quick and st.session_state.get(_WAITED) != token:
        st.session_state[_WAITED] = token
        model.begin()
        raise ManagerError(WAITING)
    found: RowAnswer | str = cached(_ANSWERS, (tried.place, place), token, ask)
    if isinstance(found, str):
        raise ManagerError(found)
    return found


def _form(tried: Tried) -> RowForm | None:
    """What a row is made of; None while the model is being made ready, which is begun here."""
    model = tried.model
    form = model.form
    if form is None and model.at_hand and not model.refused:
        model.begin()
    return form


def _render_waiting(tried: Tried) -> str:
    """Wait for the model, or offer to have it made ready; a sentence about that, "" without."""
    model = tried.model
    refused = model.refused
    if model.waiting or (model.form is not None and not refused):
        rerun_until(lambda: not model.waiting, every=0.3)
        return WAITING
    if refused:
        st.warning(html.plain(refused))
    st.button(
        "Try again" if refused else "Make the model ready",
        key="row-begin",
        on_click=model.begin,
    )
    return ""
