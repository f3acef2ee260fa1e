"""The overview: the answer of a study, its best trial so far, and what stands out."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.manager_session import manager
from pages.components.shared.session import one_chosen
from pages.components.study.answer_card import render_answer
from pages.components.study.best_model.best_configuration import render_best_configuration
from pages.components.study.best_model.references import (
    known_references,
    render_reference_sentence,
)
from pages.components.study.curves_tab import curves_part, has_epochs, has_times
from pages.components.study.diagnoses_block import render_diagnoses
from pages.components.study.tab_parts import SECTION, Part, Within
from tuning_core.charts.parts.chart import PICKED
from tuning_core.charts.study.best_so_far import Spent, best_so_far
from tuning_core.findings.formatting import duration, spelled
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.reference_words import reference_lines
from tuning_core.manager import Manager

AGAINST: tuple[Spent, ...] = ("trials", "epochs", "seconds")
"""What the best score is drawn over."""


def _render_best_so_far(live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw the best score so far over the trials, or over what they took."""
    heading, switch = st.columns([1, 1], vertical_alignment="center")
    known = {"epochs": has_epochs(live, None), "seconds": has_times(live)}
    options = [spent for spent in AGAINST if known.get(spent, True)]
    one_chosen("best-against", options)
    heading.subheader("Best so far")
    with switch, st.container(horizontal=True, horizontal_alignment="right"):
        picked = st.segmented_control(
            "Against",
            options,
            format_func=lambda spent: "time" if spent == "seconds" else spent,
            required=True,
            key="best-against",
            label_visibility="collapsed",
        )
    against: Spent = picked or AGAINST[0]
    with chart_place("best-so-far", 220):
        if not live.study.trials:
            say("A point per trial, from the first that has ended.")
            return
        chosen, dark = chosen_trials(), html.is_dark()
        references = reference_lines(known_references(live, manager(), seen))
        objective = live.spec.objective_info
        render_chart(
            f"best-so-far-{live.study.id}",
            (live.pictured_trials, tuple(chosen), dark, against, references),
            lambda: best_so_far(
                live.search_frame(),
                objective,
                against=against,
                picked=chosen,
                dark=dark,
                height=220,
                references=references,
            ),
            [PICKED],
            seen,
        )
    render_reference_sentence(live, manager(), seen)


def _render_best_configuration(live: LiveStudy, seen: bool, within: Within) -> None:
    with st.container(border=True):
        render_best_configuration(live)


def render_outcome(live: LiveStudy, engine: Manager) -> None:
    """Draw a small table of plan and outcome; nothing while the study runs or has no trial."""
    study = live.study
    if study.status.active or not study.trials or live.spec.source is not None:
        return
    planned = engine.planned(study.id)
    plan = live.plan if planned is None else planned.plan
    estimate = None if planned is None else planned.estimate
    rows = [
        ("trials", f"{plan.trials:,}", f"{study.trials:,}"),
        ("epochs", f"{plan.epochs:,}", f"{study.epochs:,}"),
        (
            "time",
            "not measured before" if estimate is None else spelled(estimate.low, estimate.high),
            duration(study.seconds),
        ),
    ]
    body = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(before)}</td><td>{escape(after)}</td></tr>"
        for name, before, after in rows
    )
    st.subheader("Against the plan")
    st.html(
        f'<table class="ts-table"><tr><th></th><th>planned</th><th>done</th></tr>{body}</table>'
    )


OVERVIEW: tuple[Part, ...] = (
    Part(
        "answer",
        "",
        lambda live, seen, within: render_answer(live, manager(), SECTION, seen),
    ),
    Part("best-so-far", "", _render_best_so_far, place="wide"),
    curves_part("overview-curves", "wide", applies=has_epochs),
    Part("best", "Best configuration", _render_best_configuration, place="narrow"),
    Part(
        "diagnoses",
        "What stands out",
        lambda live, seen, within: render_diagnoses(live, seen),
        place="narrow",
    ),
    Part(
        "outcome",
        "",
        lambda live, seen, within: render_outcome(live, manager()),
        place="narrow",
    ),
)
