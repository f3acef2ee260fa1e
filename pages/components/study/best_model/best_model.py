"""The tab of the best model: what it is, how good, where it errs, whether it won by luck."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.study.analysed_trials import tied_with_best
from pages.components.study.best_model.best_answers import render_answers_watch
from pages.components.study.best_model.best_configuration import (
    nothing_yet,
    render_best_configuration,
    render_gain,
)
from pages.components.study.best_model.best_training import render_training
from pages.components.study.best_model.confirmation_block import known_verdict, render_confirmation
from pages.components.study.best_model.downloads import render_downloads
from pages.components.study.best_model.open_in_what_if import render_open_in_what_if
from pages.components.study.best_model.predictions_block import render_predictions
from pages.components.study.best_model.revealed_test import render_test
from pages.components.study.best_model.scoring import render_scoring
from pages.components.study.live import LiveStudy
from tuning_core.manager import Manager


def render_best_model(live: LiveStudy, engine: Manager, seen: bool = True) -> None:
    """Draw the tab; what a worker is asked for, and what takes time, only when it is ``seen``."""
    best = live.best
    if best is None:
        st.html(html.text(nothing_yet(live), "ts-muted"))
        return
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        st.subheader(f"Configuration of trial {best.number}")
        render_best_configuration(live)
        tie = len(tied_with_best(live))
        if tie > 1:
            words = f"{tie:,} trials share its score; it is the first of them."
            st.html(html.text(words, "ts-small"))
        if seen:
            render_gain(live, best, known_verdict(live, engine))
        with st.expander("All hyperparameters"):
            render_best_configuration(live, every=True)
        render_open_in_what_if(live, best)
    with right:
        st.subheader("How it was trained")
        render_training(live, best, engine)
        st.subheader("Test score")
        render_test(live, engine, seen)
    # In a place of its own: what comes and goes in it must not move the uploader below.
    with st.container():
        if seen:
            render_predictions(live, engine)
            render_answers_watch(live, engine)
            render_confirmation(live, engine)
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        render_downloads(live, engine)
    if live.spec.dataset_info.kind == "table":
        with right:
            render_scoring(live, engine)
