"""What-if: one network, every knob at hand; moving one trains anew at once."""

from __future__ import annotations

import streamlit as st

from pages.components.app.navigation import guard
from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.what_if.aim import render_aim
from pages.components.what_if.challenge import (
    CLOSED,
    enter_challenge,
    keep_to_challenge,
    render_challenge,
    same_for_all,
)
from pages.components.what_if.controls import (
    asked_request,
    read_controls,
    render_data,
    render_epochs,
    render_knobs,
)
from pages.components.what_if.guess import render_guess
from pages.components.what_if.landscape import render_landscape
from pages.components.what_if.pictures import TICK, render_actions, render_body
from pages.components.what_if.rates import render_rates
from pages.components.what_if.run_list import render_keep_button, render_runs
from pages.components.what_if.session import (
    ask,
    current_session,
    open_session,
    wait,
    write_address,
)
from pages.components.what_if.sweep import render_sweep
from pages.components.what_if.try_it import render_try_it
from pages.components.what_if.under_way import has_moved

# Whatever stands in this page's address is read by it, or complained of.
guard("pages/what_if.py", st.query_params)
engine = manager()
query, before = st.query_params.to_dict(), current_session()
setting = before.setting if before is not None else None
session = open_session(
    query, lambda session: has_moved(session.setting.request, asked_request(session))
)
enter_challenge(session, engine, linked=bool(query) and session.setting is not setting)
read_controls(session, engine)
keep_to_challenge(session)
# Asked for before anything is drawn: it trains meanwhile.
ask(session, engine)
write_address(session)

heading, actions = st.columns([1, 1.6], vertical_alignment="bottom", gap="medium")
with heading:
    st.title("What-if")
with actions:
    render_actions(session)
for complaint in session.complaints:
    st.warning(html.plain(complaint))
render_challenge(engine)
# Where they stand beside and below each other is the style sheet's: on a small screen the
# pictures come first and stay in sight while a knob moves.
with st.container(key="what-if"):
    data, knobs, pictures, runs = (
        st.container(key=f"what-if-{part}") for part in ("data", "knobs", "pictures", "runs")
    )
with data:
    if session.seat is None:
        render_data(session)
    else:
        words, epochs = st.columns([3, 1.1], vertical_alignment="bottom", gap="medium")
        words.html(html.text(same_for_all(session.seat), "ts-muted"))
        with epochs:
            render_epochs(session, session.seat.play.left(session.seat.member))
with knobs:
    render_knobs(session)
with pictures:
    wait(session, engine)
    render_aim(session)
    render_guess(session)
    running = session.current is not None and not session.current.training.state.ended
    st.fragment(render_body, key="what-if-body", run_every=TICK if running else None)()
with runs:
    render_runs(session)
    render_keep_button(session, engine)
    render_try_it()
    if session.seat is None:
        with st.expander("Sweep one hyperparameter", key="what-if-sweep-place"):
            render_sweep(session)
        with st.expander("Find the learning rate", key="what-if-rates-place"):
            render_rates(session)
        with st.expander("Loss landscape", key="what-if-landscape-place"):
            render_landscape(session)
    else:
        st.html(html.text(CLOSED, "ts-muted ts-small"))
