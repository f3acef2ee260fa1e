"""What-if beside its knobs: the status, the pictures, the runs and what can be done with them."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.manager_session import manager
from pages.components.what_if.controls import at_once_key, first_value, longer
from pages.components.what_if.list import render_status
from pages.components.what_if.picture import render_curve, render_metric, render_view
from pages.components.what_if.runs import Bench, ask, bench_of_session
from pages.components.what_if.runs import look as bring_up_to_date

TICK = 0.2
"""Seconds between two looks at a training; there are none once it has ended."""


def render_actions(bench: Bench) -> None:
    """Draw what can be done with the present setting."""
    run = bench.current
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.toggle(
            "Train at once",
            value=first_value(at_once_key(bench), bench.setting.at_once),
            key=at_once_key(bench),
            help="Off: move the knobs, look at the forecast and say what you expect, then train.",
        )
        if not bench.setting.at_once:
            st.button("Train", type="primary", key="what-if-train", on_click=_train, args=(bench,))
        st.button(
            "Train longer",
            key="what-if-longer",
            on_click=longer,
            args=(bench,),
            disabled=run is None,
            help="Go on from where this training ended.",
        )
        st.button(
            "Unpin" if run is not None and run.pinned else "Pin",
            key="what-if-pin",
            on_click=_pin,
            args=(bench,),
            disabled=run is None,
            help="Keep this curve in the picture while you go on.",
        )


def render_body() -> None:
    """Draw the live part of the page."""
    bench = bench_of_session()
    if bench is None:
        return
    before = bench.current is not None and not bench.current.training.state.ended
    bring_up_to_date(bench, manager())
    after = bench.current is not None and not bench.current.training.state.ended
    with st.container(key="what-if-head", horizontal=True, vertical_alignment="center"):
        render_status(bench)
        render_metric(bench)
    with st.container(key="what-if-charts"):
        curve, view = st.columns([1.55, 1], gap="medium")
    with curve:
        render_curve(bench)
    with view:
        render_view(bench)
    if before and not after:
        # The ticks end, and the page's own parts learn of the end.
        st.rerun()


def _train(bench: Bench) -> None:
    ask(bench, manager(), anyway=True)


def _pin(bench: Bench) -> None:
    if bench.current is not None:
        bench.current.pinned = not bench.current.pinned
