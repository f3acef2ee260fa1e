"""The learning-rate range test of the present setting, and the range that it suggests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.manager_session import manager
from pages.components.shared.user import person, presence
from pages.components.what_if.run_list import render_range_button
from pages.components.what_if.session import WhatIfSession
from tuning_core.analysis.what_if_readings import smoothed, suggested_rates
from tuning_core.charts.what_if.rate_test import rate_test
from tuning_core.findings.formatting import number
from tuning_core.manager import ManagerError, TrainingSnapshot
from tuning_core.spec.looks import MAX_RAMP_EPOCHS
from tuning_core.spec.training_request import TrainingRequest

TICK = 0.3
HEIGHT = 280
LOW, HIGH = 1e-6, 10.0
UPDATES = 150
"""Updates that a test should have at least; small data is gone through more than once."""

_KEY = "what_if_rates"


@dataclass
class RateTest:
    """A test and its ticket."""

    request: TrainingRequest
    id: str


def asked_training(key: str) -> TrainingSnapshot | None:
    """The training whose ``id`` is noted under ``key``; one no longer kept is forgotten there."""
    asked = st.session_state.get(key)
    if asked is None:
        return None
    try:
        return manager().trainings.get(asked.id)
    except ManagerError:
        st.session_state.pop(key, None)
        return None


def render_rates(session: WhatIfSession) -> None:
    """Draw the button and what it found."""
    request = session.setting.request.from_the_start()
    words, go = st.columns([3, 1], vertical_alignment="center")
    with words:
        say(
            "The learning rate grows from batch to batch, from one that learns nothing to one "
            "that breaks everything. Good rates are where the loss falls."
        )
    with go:
        if st.button("Test the rates", key="what-if-rates", width="stretch"):
            _begin(session, request)
    training = asked_training(_KEY)
    active = training is not None and not training.state.ended
    st.fragment(_render_found, key="what-if-rates-found", run_every=TICK if active else None)()


def ramp_epochs(request: TrainingRequest) -> int:
    """How many passes over the rows make enough updates."""
    rows = request.dataset.info.rows * (1 - request.dataset.validation)
    updates = max(1, math.ceil(rows / int(request.config["batch_size"])))
    return min(MAX_RAMP_EPOCHS, max(1, math.ceil(UPDATES / updates)))


def _begin(session: WhatIfSession, request: TrainingRequest) -> None:
    ramp = {"low": LOW, "high": HIGH, "epochs": ramp_epochs(request)}
    test = request.changed(ramp=ramp, views=[], epochs=1)
    try:
        [id] = manager().trainings.ask(
            f"{session.user}-rates", [test], present=presence(), by=person()
        )
    except ManagerError as error:
        st.error(str(error))
        return
    st.session_state[_KEY] = RateTest(request, id)


def _render_found() -> None:
    training = asked_training(_KEY)
    if training is None:
        return
    test: RateTest = st.session_state[_KEY]
    rates, losses = (
        [*part] for part in (zip(*training.rates, strict=True) if training.rates else ((), ()))
    )
    suggested = suggested_rates(rates, losses) if training.state.ended else None
    dark = html.is_dark()
    with chart_place("what-if-rates", HEIGHT):
        render_chart(
            "what-if-rates-chart",
            (test.id, len(rates), training.state, dark),
            lambda: rate_test(
                rates,
                losses,
                smoothed(losses) if losses else [],
                None if suggested is None else (suggested.low, suggested.high),
                (LOW, HIGH),
                dark=dark,
                height=HEIGHT,
            ),
            [],
            True,
        )
    if not training.state.ended:
        return
    if suggested is None:
        say(training.message or "The loss hardly fell at any rate; nothing can be read off.")
    else:
        text, button = st.columns([2.2, 1], vertical_alignment="center")
        with text:
            say(f"Suggested: {number(suggested.low)} to {number(suggested.high)} (shaded).")
        with button:
            entry = {"low": suggested.low, "high": suggested.high, "scale": "log"}
            render_range_button(test.request, {"learning_rate": entry}, "what-if-rates-use")
    if st.session_state.get("what_if_rates_drawn") != test.id:
        st.session_state["what_if_rates_drawn"] = test.id
        st.rerun()
