"""The best model itself: what it is, how good, where it errs, whether it won by luck."""

from __future__ import annotations

import statistics

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from pages.components.shared.try_it.panel import render_tried
from pages.components.shared.try_it.tried import Tried
from pages.components.shared.user import ROWS_HIDDEN, person
from pages.components.study.best_model.best_configuration import (
    MOST_ROWS,
    known_defaults,
    render_best_configuration,
    render_gain,
    render_open_in_what_if,
)
from pages.components.study.best_model.confirmation import known_verdict, render_confirmation
from pages.components.study.best_model.downloads import render_downloads
from pages.components.study.best_model.known_answers import render_predictions_watch
from pages.components.study.best_model.predictions import render_predictions
from pages.components.study.best_model.revealed_test import render_test
from pages.components.study.best_model.scoring import render_scoring
from pages.components.study.curves_tab import has_epochs
from pages.components.study.live import live_study
from tuning_core.findings.analysed_trials import tied_with_best
from tuning_core.findings.formatting import (
    count,
    duration,
    execution_word,
    score,
    standard_deviation,
    with_deviation,
)
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.revealed_words import has_test
from tuning_core.manager import Manager
from tuning_core.spec.model import Ability
from tuning_core.store import ExecutionRow, TrialRow


def render_best_model(live: LiveStudy, engine: Manager, seen: bool = True) -> None:
    """Draw the view; what a worker is asked for, and what takes time, only when it is ``seen``."""
    best, can = live.best, live.spec.abilities
    assert best is not None
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        st.subheader(f"Configuration of trial {best.number}")
        render_best_configuration(live)
        tie = len(tied_with_best(live))
        if tie > 1:
            words = f"{tie:,} trials share its score; it is the first of them."
            st.html(html.text(words, "ts-small"))
        if seen and known_defaults(live.spec):
            render_gain(live, best, known_verdict(live, engine))
        # Of a record nearly all is shown above.
        if live.spec.source is None or len(best.config) > MOST_ROWS:
            with st.expander("All hyperparameters"):
                render_best_configuration(live, every=True)
        render_open_in_what_if(live, best)
    with right:
        st.subheader("How it was trained")
        _render_training(live, best, engine)
        if Ability.MODEL in can and has_test(live):
            st.subheader("Test score")
            render_test(live, engine, seen)
    with st.container():
        if seen and Ability.ROWS in can:
            st.fragment(_render_try, key="study-try")(live.study.id)
    # In a place of its own: what comes and goes in it must not move the uploader below.
    with st.container():
        if seen and Ability.ROWS in can:
            render_predictions(live, engine)
            render_predictions_watch(live, engine)
        if seen and Ability.TRAIN in can:
            render_confirmation(live, engine)
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        render_downloads(live, engine)
    if live.spec.dataset_info.kind == "table" and Ability.ROWS in can:
        with right:
            render_scoring(live, engine)


def _render_try(study_id: str) -> None:
    """Draw what the best model says to a row of one's own; runs by itself with each line drawn."""
    with errors_shown():
        engine = manager()
        live = live_study(study_id, engine.store)
        if live is None or live.best is None:
            return
        st.subheader("Try it")
        if not engine.access.may_see_rows(live.study, person()):
            say(ROWS_HIDDEN)
            return
        if live.study.status.active:
            say("Possible when the search has ended: until then the best model may change.")
            return
        who = "the best model, just as it is downloaded,"
        render_tried(
            Tried(engine.new_rows.of_study(study_id, by=person()), study_id, live.spec.dataset, who)
        )


def _render_training(live: LiveStudy, best: TrialRow, engine: Manager) -> None:
    """Draw the figures of the best trial, and those of its executions when it has several."""
    objective = live.spec.objective_info
    several = live.spec.executions > 1
    executions = engine.store.executions(live.study.id, best.number) if several else []
    scores = [execution.score for execution in executions]
    mean = score(best.score, objective.id)
    if best.score is not None and standard_deviation(scores):
        mean = with_deviation(best.score, scores)
    facts = [
        (objective.label, mean),
        # Of several executions each has its own.
        *([("best epoch", _best_epoch(live, best))] if best.best_epoch and not several else []),
        *([("parameters", f"{best.parameters:,}")] if best.parameters else []),
        *([("training time", duration(best.seconds))] if best.seconds else []),
    ]
    st.html(html.facts(facts))
    if executions:
        word = execution_word(live.spec.folds, live.spec.repeats)
        each = " · ".join(score(value, objective.id) for value in scores)
        words = f"{count(len(scores), word)}: {each}. {_downloaded_model(live, best, executions)}"
        st.html(html.text(words, "ts-muted ts-small"))


def _best_epoch(live: LiveStudy, best: TrialRow) -> str:
    known = best.target_epochs and has_epochs(live, None)
    return f"{best.best_epoch:,}" + (f" of {best.target_epochs:,}" if known else "")


def _downloaded_model(live: LiveStudy, best: TrialRow, executions: list[ExecutionRow]) -> str:
    """Which model is downloaded when a trial has several."""
    if Ability.MODEL not in live.spec.abilities:
        return ""
    if live.spec.folds == 1:
        return f"The model is that of repeat {best.best_execution}, the best of them."
    epochs = [e.best_epoch for e in executions if e.best_epoch]
    if not epochs:
        return ""
    middle = round(statistics.median(epochs))
    return (
        "The model is refitted on all rows outside the test part for "
        f"{count(middle, 'epoch')}, the median of their best."
    )
