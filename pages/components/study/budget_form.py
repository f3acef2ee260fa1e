"""The form that extends the budget of a study, or changes what else ends it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.study.controls import render_panel_buttons, when_changed
from tuning_core.findings.formatting import count, duration
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.spec.parts import MAX_SECONDS, MAX_TRIALS
from tuning_core.spec.study import StudySpec


def render_budget_form(live: LiveStudy, engine: Manager) -> None:
    """Draw the form below the header."""
    spec = engine.editing.spec(live.study.id)
    st.html(
        html.text(
            "The same search goes on to the new budget. The epochs of a trial stay as they are: "
            "trials of different lengths cannot be compared.",
            "ts-muted ts-small",
        )
    )
    changed: dict[str, Any] = {}
    trials_column, seconds_column, target_column, _ = st.columns(4, gap="medium")
    with trials_column:
        trials = st.number_input(
            "Trials in all",
            min_value=spec.trials,
            max_value=MAX_TRIALS,
            value=min(spec.trials + 10, MAX_TRIALS),
            help=f"The present budget is {count(spec.trials, 'trial')}.",
            key="panel-trials",
        )
    with seconds_column:
        changed |= _render_time(spec)
    with target_column:
        changed |= _render_target(spec)
    if spec.budget.settled is not None:
        goes_on = not st.toggle(
            "End once more trials gain less than chance makes", value=True, key="panel-settled"
        )
        changed |= {"settled": False} if goes_on else {}
    if trials != spec.trials:
        changed["trials"] = int(trials)
    ended = live.study.reason in ("target", "settled") and live.study.reason not in changed
    if ended:
        word = "reached its target" if live.study.reason == "target" else "is settled"
        st.html(
            html.text(
                f"The search {word}, and would end again at once: change that as well.",
                "ts-small",
            )
        )
    render_panel_buttons(
        "Extend",
        f"The new budget holds {when_changed(live)}.",
        engine.editing.extend,
        live.study.id,
        disabled=not changed or ended,
        **changed,
    )


def _render_time(spec: StudySpec) -> dict[str, Any]:
    limit = spec.budget.seconds
    before = limit and limit / 60
    minutes = st.number_input(
        "Time limit, minutes in all",
        min_value=0.0,
        max_value=MAX_SECONDS / 60,
        value=before,
        step=1.0,
        format="%g",
        placeholder="none",
        help="0 takes the limit away."
        + (f" The present limit is {duration(limit)}." if limit else " There is none now."),
        key="panel-minutes",
    )
    return {} if minutes in (None, before) else {"seconds": round(60 * float(minutes), 3)}


def _render_target(spec: StudySpec) -> dict[str, Any]:
    before, objective = spec.budget.target, spec.objective_info
    target = st.number_input(
        f"Target, {objective.label}",
        value=before,
        step=0.01,
        format="%g",
        placeholder="none",
        help="The search ends when a trial's score reaches it. Empty is no target.",
        key="panel-target",
    )
    if target == before:
        return {}
    return {"target": "none" if target is None else float(target)}
