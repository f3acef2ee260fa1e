"""The answer of a study that is over: what won, real or luck, what mattered, what next."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from pages.components.shared.errors import ask
from pages.components.shared.session import cached
from pages.components.shared.user import person
from pages.components.study.best_model.best_configuration import render_open_in_what_if
from pages.components.study.best_model.confirmation import (
    USUAL_SEEDS,
    training_seconds,
    usual_trials,
)
from pages.components.study.controls import BUDGET, PANEL, RANGES
from pages.components.study.importance_block import (
    analysis_failed,
    compute_importances,
    render_analysis_watch,
    render_extend,
    stored_importances,
)
from tuning_core.analysis.diagnoses.search import widened
from tuning_core.findings.answer import answer
from tuning_core.findings.answer_words import Sentence
from tuning_core.findings.formatting import spell
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.space import Range
from tuning_core.spec.model import Ability

BEST_MODEL = "Best model"
_CHANGES = ("confirm", "extend", "widen", "ranges", "budget")
"""Steps that change the study."""
_NEEDS = {**dict.fromkeys(_CHANGES, Ability.TRAIN), "what_if": Ability.WHAT_IF}
_NEEDS["model"] = Ability.MODEL
_CACHE = "answer"


def render_answer(live: LiveStudy, engine: Manager, section: str, seen: bool = True) -> None:
    """Draw a sentence for each question with its button; nothing before the study is over.

    ``section`` is the session's key of the open tab.
    """
    if live.study.status.active or not live.study.trials:
        return
    folder = engine.home.study(live.study.id).folder
    known, now = stored_importances(folder), engine.confirmations.get(live.study.id)
    if seen:
        compute_importances(live, folder, known)
        render_analysis_watch(folder)
    failed = analysis_failed(folder)
    state = (live.cursor, live.study, known and known.trials, failed, now.stage, now.trained)
    sentences = cached(
        _CACHE, live.study.id, state, lambda: answer(live, known, now, failed), seen=seen
    )
    with st.container(border=True, key="answer", gap="xxsmall"):
        for sentence in sentences or []:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                # As high as a button: nothing moves when one comes with what was analysed.
                st.html(
                    '<div data-testid="answer" style="min-height:2.5rem;display:flex;'
                    f'align-items:center"><span><b>{escape(sentence.title)}.</b> '
                    f"{escape(sentence.words)}</span></div>"
                )
                _render_step(live, engine, sentence, section)


def _render_step(live: LiveStudy, engine: Manager, sentence: Sentence, section: str) -> None:
    """The button that belongs to a sentence."""
    study_id, step = live.study.id, sentence.step
    if step in _CHANGES and not engine.access.may_change(study_id, person()):
        return
    if _NEEDS.get(step) not in (None, *live.spec.abilities):
        return
    if step == "confirm":
        _render_confirm(live, engine, section)
    elif step == "extend":
        render_extend(live, engine, "answer-extend")
    elif step == "what_if" and live.best is not None:
        render_open_in_what_if(live, live.best, "answer")
    elif step == "widen":
        _render_widen(live, sentence)
    elif step in ("ranges", "budget"):
        words, panel = {"ranges": ("Change the ranges", RANGES), "budget": ("Extend", BUDGET)}[step]
        _render_panel_button(words, (study_id, panel))
    elif step == "model" and st.button(
        "Best model", key=f"answer-{sentence.title}", on_click=_open_model, args=(section,)
    ):
        st.rerun()


def _render_confirm(live: LiveStudy, engine: Manager, section: str) -> None:
    """Train the usual few on new seeds, and show how that goes."""
    trials = usual_trials(live)
    trainings = len(trials) * USUAL_SEEDS
    cost = spell(trainings * training_seconds(live, trials))
    if st.button(
        "Confirm",
        key="answer-confirm",
        help=f"Trains the best {len(trials) - 1} and the default on {USUAL_SEEDS} new seeds: "
        f"{trainings} trainings, about {cost}. It can be stopped.",
        on_click=_open_model,
        args=(section,),
    ):
        ask(engine.confirmations.begin, live.study.id, trials, USUAL_SEEDS, by=person())
        st.rerun()


def _render_widen(live: LiveStudy, sentence: Sentence) -> None:
    """Open the form of the ranges with the one that is too narrow made wider."""
    parameter = live.spec.search_space[sentence.hyperparameter]
    if not isinstance(parameter, Range):
        return
    ends = widened(parameter, live.spec.known[parameter.name], sentence.upper)
    if ends == (parameter.low, parameter.high):
        return  # As far as it can go here.
    _render_panel_button("Widen the range", (live.study.id, RANGES, {parameter.name: ends}))


def _render_panel_button(words: str, panel: tuple[Any, ...]) -> None:
    if st.button(words, key=f"answer-{words}"):
        st.session_state[PANEL] = panel
        st.rerun()


def _open_model(section: str) -> None:
    st.session_state[section] = BEST_MODEL
