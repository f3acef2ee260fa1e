"""Confirm the winner: the best trials trained again on new seeds, live, and what that says."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import render_chart, say
from pages.components.study.best_model.confirmation_form import render_form
from pages.components.study.best_model.confirmation_words import (
    progress_words,
    trial_name,
    verdict_words,
)
from pages.components.study.live import LiveStudy
from tuning_core.analysis.confirmation import Verdict, verdict
from tuning_core.charts.hyperparameters.confirmed import confirmed
from tuning_core.charts.parts.chart import PICKED
from tuning_core.manager import Manager
from tuning_core.manager.questions.confirmation import DEFAULT, Confirmation
from tuning_core.manager.questions.confirmations import FEWEST_SEEDS

LOOK_SECONDS = 1.0
"""Between two looks at a confirmation that is under way."""


def known_verdict(live: LiveStudy, engine: Manager) -> Verdict | None:
    """What the confirmation of a study says so far; None before there is one."""
    return verdict_of(live, engine.confirmations.look(live.study.id))


def verdict_of(live: LiveStudy, now: Confirmation) -> Verdict | None:
    """What the scores of a confirmation say."""
    objective = live.spec.objective_info
    return verdict(now.scores, objective.direction, _resolution(live))


def _resolution(live: LiveStudy) -> float:
    """The least step of a score: one row of an accuracy, unknown for others."""
    rows = live.study.rows
    validating = rows.get("validation", 0)
    if live.spec.folds > 1:
        validating += rows.get("train", 0)
    accuracy = live.spec.objective_info.metric == "accuracy"
    return 1 / validating if accuracy and validating else 0.0


def render_confirmation(live: LiveStudy, engine: Manager) -> None:
    """Draw the form, or how far the trainings are, and the chart of what is known."""
    now = engine.confirmations.look(live.study.id)
    st.subheader("Confirm the winner")
    every = LOOK_SECONDS if now.active else None
    st.fragment(_render_live, run_every=every)(live, engine, now.active)


def _render_live(live: LiveStudy, engine: Manager, drawn_active: bool) -> None:
    now = engine.confirmations.look(live.study.id)
    if now.active != drawn_active:
        st.rerun()
    narrow, wide = st.columns([1, 1.6], gap="large")
    with narrow:
        if now.active:
            _render_progress(live, engine, now)
        else:
            render_form(live, engine, now)
    with wide:
        _render_found(live, now)


def _render_progress(live: LiveStudy, engine: Manager, now: Confirmation) -> None:
    share = (now.trained + now.share) / max(1, now.trainings)
    st.html(html.bar(share, "trainings on new seeds"))
    say(progress_words(now))
    st.button(
        "Stop",
        key="confirmation-stop",
        on_click=engine.confirmations.stop,
        args=(live.study.id,),
        help="What is trained stays; it can be continued.",
    )


def _render_found(live: LiveStudy, now: Confirmation) -> None:
    found = verdict_of(live, now)
    if found is None:
        if now.active:
            say("The first score draws the first row.")
        return
    # Of trainings under way, only what rests on as many seeds for each.
    if not now.active or all(s.seeds + s.lost >= FEWEST_SEEDS for s in found.standings):
        words = verdict_words(found, live.study.best_trial)
        st.html(html.text(f"So far: {words}" if now.active else words, "ts-lead"))
    dark = html.is_dark()
    render_chart(
        f"confirmed-{len(found.standings)}-{live.study.id}",
        (now.trained, now.trials, now.seeds, dark),
        lambda: confirmed(*_frames(live, now, found), live.spec.objective_info, dark=dark),
        [PICKED],
        True,
    )
    say(
        "Dots: means on new seeds with 95% intervals; small lines: each seed; diamonds: the score "
        "in the search. Grey: worse than the best, beyond luck (paired t-tests, Holm's correction)."
    )


def _frames(
    live: LiveStudy, now: Confirmation, found: Verdict
) -> tuple[pd.DataFrame, pd.DataFrame]:
    level = {found.leader.trial, *found.equals}
    means = [
        {
            # The default is no trial that a click could select.
            "trial": None if s.trial == DEFAULT else s.trial,
            "name": trial_name(s.trial),
            "mean": s.mean,
            # Of two scores an interval reaches beyond all that is drawn.
            "low": s.low if s.seeds >= FEWEST_SEEDS else math.nan,
            "high": s.high if s.seeds >= FEWEST_SEEDS else math.nan,
            "searched": None if s.trial == DEFAULT else live.trials[s.trial].score,
            "level": s.trial in level,
        }
        for s in found.standings
    ]
    scores = [
        {"trial": trial, "name": trial_name(trial), "seed": seed, "score": value}
        for trial, values in now.scores.items()
        for seed, value in enumerate(values, 1)
        if value is not None
    ]
    frame = pd.DataFrame(means).astype({"searched": "float64", "trial": "float64"})
    return frame, pd.DataFrame(scores)
