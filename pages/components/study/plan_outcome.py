"""A study that has ended beside what was planned of it."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared.formatting import duration, spelled
from pages.components.study.live import LiveStudy
from tuning_core.manager import Manager


def render_outcome(live: LiveStudy, engine: Manager) -> None:
    """Draw a small table of plan and outcome; nothing while the study runs or has no trial."""
    study = live.study
    if study.status.active or not study.trials:
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
