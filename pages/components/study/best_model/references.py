"""Plain models and an ensemble beside the best network: does it do better than they do."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.errors import ask
from pages.components.shared.manager_session import manager
from pages.components.shared.session import rerun_until
from pages.components.shared.user import person
from pages.components.study.assessment import render_assessment
from tuning_core.findings.formatting import count, file_name, score
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.reference_words import (
    ENSEMBLE_HEAD,
    ENSEMBLE_METHOD,
    ensemble_rows,
    members_head,
    members_rows,
    reference_lines,
    references_head,
    references_method,
    references_rows,
)
from tuning_core.manager import Manager

BASELINES, ENSEMBLE = "baselines", "ensemble"
AUTOMATIC_NUMBERS = 2_000_000
"""Rows x columns x classes up to which references are computed without being asked for."""
SIZES = (5, 8, 10)
"""How many of the best trials an ensemble may be made of."""
USUAL_SIZE = 8


def known_references(live: LiveStudy, engine: Manager, seen: bool = True) -> dict[str, Any] | None:
    """What is known of the references; None before they are.

    On small data they are asked for where a warm worker waits, so that nobody has to.
    """
    study = live.study
    if study.status.active or live.best is None:
        return None
    now = engine.assessments.get(study.id, BASELINES)
    if now.result is None and now.stage == "none" and not now.message and seen:
        info = live.spec.dataset_info
        numbers = sum(study.rows.values()) * max(1, info.inputs) * max(1, info.classes)
        may = engine.access.may_change(study.id, person()) and engine.costs.automatic
        if may and 0 < numbers <= AUTOMATIC_NUMBERS and live.spec.source is None:
            ask(engine.assessments.begin, study.id, BASELINES, by=person(), refused="")
    return now.result


def render_reference_sentence(live: LiveStudy, engine: Manager, seen: bool) -> None:
    """Draw how the best network stands beside the references, once that is known."""
    found = known_references(live, engine, seen)
    if found is not None and found["sentence"]:
        say(found["sentence"])
    elif seen and engine.assessments.get(live.study.id, BASELINES).active:
        rerun_until(lambda: not engine.assessments.get(live.study.id, BASELINES).active)


def render_reference_row(live: LiveStudy, engine: Manager) -> None:
    """Draw the references below the table of trials, in a line that says that they are none."""
    found = known_references(live, engine, seen=False)
    lines = reference_lines(found)
    if found is not None and lines:
        better = sorted(lines, key=lambda one: one[1], reverse=found["direction"] == "max")
        each = " · ".join(f"{name} {score(value, found['objective'])}" for name, value in better)
        say(f"References, which are no trials: {each}.")


def render_references(live: LiveStudy, engine: Manager, seen: bool) -> None:
    """Draw the view: references, and the ensemble with its file."""
    if seen:
        known_references(live, engine)
    st.subheader("References")
    render_assessment(live, engine, BASELINES, _render_baselines, button="Fit the references")
    st.subheader("Ensemble")
    k = st.segmented_control(
        "Best trials that may be members",
        SIZES,
        default=USUAL_SIZE,
        required=True,
        key="ensemble-size",
        help="They are trained again as they were; those that add nothing get no weight.",
    )
    size = int(k or USUAL_SIZE)
    render_assessment(
        live,
        engine,
        ENSEMBLE,
        lambda found: _render_ensemble(live, found, size),
        options={"k": size},
        button="Train the members",
    )


def _render_baselines(found: dict[str, Any]) -> None:
    if found["sentence"]:
        st.html(html.text(found["sentence"], "ts-lead"))
    tested = found["test"]
    if tested is not None and tested["sentence"]:
        st.html(html.text(tested["sentence"], "ts-lead"))
    st.html(_table(references_head(found), references_rows(found)))
    say(references_method(found))


def _render_ensemble(live: LiveStudy, found: dict[str, Any], k: int) -> None:
    st.html(html.text(found["sentence"], "ts-lead"))
    objective = live.spec.objective
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        st.html(_table(members_head(found), members_rows(found, objective)))
    with right:
        st.html(_table(ENSEMBLE_HEAD, ensemble_rows(found, objective)))
        say(ENSEMBLE_METHOD)
        path = manager().home.study(live.study.id).ensemble(k)
        st.download_button(
            "Download the ensemble",
            data=lambda: path.read_bytes(),
            file_name=f"{file_name(live.study.name)}-{live.study.id}-ensemble.zip",
            mime="application/zip",
            on_click="ignore",
            key="download-ensemble",
            disabled=not path.is_file(),
            help=f"One Keras model of {count(len(found['members']), 'member')} with its card.",
        )
    others = [str(m["trial"]) for m in found["members"] if not m["same"]]
    if others:
        say(f"Trained again, trial {', '.join(others)} came out otherwise than in the search.")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows if row
    )
    return f'<div class="ts-wide"><table class="ts-table"><tr>{head}</tr>{body}</table></div>'
