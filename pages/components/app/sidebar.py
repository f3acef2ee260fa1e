"""What the machine is doing, below the navigation."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.shared.formatting import count
from pages.components.shared.manager_session import manager
from pages.components.shared.user import render_logout
from tuning_core.resources import cores

TICK = 2.0
"""Seconds between two looks while a search runs."""


def render_sidebar() -> None:
    """Show the device and how many searches run and wait."""
    engine = manager()
    active = bool(engine.running() or engine.queued())
    with st.sidebar:
        st.fragment(_machine, key="machine", run_every=TICK if active else None)()
        st.page_link("pages/status.py", label="Server status", help="Workers, queue, memory, disk")
        render_logout()


def _machine() -> None:
    engine = manager()
    running, queued = len(engine.running()), len(engine.queued())
    state = f"{count(running, 'search', 'searches')} running" if running else "No search running"
    if queued:
        state = f"{running} running · {queued} waiting"
    device = engine.device or f"CPU, {count(cores(), 'core')}"
    st.html(
        html.text("Runs on", "ts-muted ts-small")
        + html.text(device, "ts-small")
        + html.text(state, "ts-muted ts-small")
    )
