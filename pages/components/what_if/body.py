"""What-if beside its knobs: the status, the pictures, the runs and what can be done with them."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.manager_session import manager
from pages.components.what_if.controls import at_once_key, first_value, longer
from pages.components.what_if.list import render_status
from pages.components.what_if.picture import render_curve, render_metric, render_view
from pages.components.what_if.runs import WhatIfSession, ask, current_session
from pages.components.what_if.runs import look as bring_up_to_date

TICK = 0.2
"""Seconds between two looks at a training; there are none once it has ended."""


def render_actions(session: WhatIfSession) -> None:
    """Draw what can be done with the present setting."""
    run = session.current
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.toggle(
            "Train at once",
            value=first_value(at_once_key(session), session.setting.at_once),
            key=at_once_key(session),
            help="Off: move the knobs, look at the forecast and say what you expect, then train.",
        )
        if not session.setting.at_once:
            st.button(
                "Train", type="primary", key="what-if-train", on_click=_train, args=(session,)
            )
        st.button(
            "Train longer",
            key="what-if-longer",
            on_click=longer,
            args=(session,),
            disabled=run is None,
            help="Go on from where this training ended.",
        )
        st.button(
            "Unpin" if run is not None and run.pinned else "Pin",
            key="what-if-pin",
            on_click=_pin,
            args=(session,),
            disabled=run is None,
            help="Keep this curve in the picture while you go on.",
        )


def render_body() -> None:
    """Draw the live part of the page."""
    session = current_session()
    if session is None:
        return
    before = session.current is not None and not session.current.training.state.ended
    bring_up_to_date(session, manager())
    after = session.current is not None and not session.current.training.state.ended
    with st.container(key="what-if-head", horizontal=True, vertical_alignment="center"):
        render_status(session)
        render_metric(session)
    with st.container(key="what-if-charts"):
        curve, view = st.columns([1.55, 1], gap="medium")
    with curve:
        render_curve(session)
    with view:
        render_view(session)
    if before and not after:
        # The ticks end, and the page's own parts learn of the end.
        st.rerun()


def _train(session: WhatIfSession) -> None:
    ask(session, manager(), anyway=True)


def _pin(session: WhatIfSession) -> None:
    if session.current is not None:
        session.current.pinned = not session.current.pinned
