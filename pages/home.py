"""Home: what Tunescape is, what is live now, the ways in, and the latest studies."""

from __future__ import annotations

import streamlit as st

from pages.components.app.navigation import guard
from pages.components.home.now import render_now
from pages.components.home.with_a_class import render_with_a_class
from pages.components.library.library_actions import render_interrupted
from pages.components.new_study.plan_panel import expected_time, render_measuring
from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.shared.study_draft import demo
from pages.components.shared.study_list import render_scope, render_studies
from pages.components.shared.user import person
from tuning_core.lessons import all_lessons
from tuning_core.manager import ManagerError

guard("pages/home.py")
engine = manager()
searched = demo()

st.title("Tunescape")
st.html(
    html.text(
        "See how hyperparameters shape the training of a Keras neural network: choose data, "
        "ranges and a strategy, watch every epoch of the search, keep the best model.",
        "ts-muted ts-lead",
    )
)

render_interrupted(engine)
render_now(engine)

watch, turn, learn = st.columns(3, gap="medium")
with watch, st.container(border=True, height="stretch", key="way-watch"):
    st.subheader("Watch a search")
    st.html(
        html.text(
            f"{searched.plan().trials} small networks learn to read handwritten digits, each with "
            f"its own learning rate, width, depth and dropout. {expected_time(searched, engine)}",
            "ts-muted ts-small",
        )
    )
    render_measuring(searched, engine)
    if st.button("Watch a search", type="primary", key="watch"):
        try:
            study_id = engine.launch(searched, by=person())
        except ManagerError as error:
            st.error(html.plain(str(error)))
        else:
            st.switch_page("pages/study.py", query_params={"id": study_id})
with turn, st.container(border=True, height="stretch", key="way-turn"):
    st.subheader("Turn the knobs")
    st.html(
        html.text(
            "One network and all its knobs. Move one and it trains again at once, its curve over "
            "those before: what does this hyperparameter do?",
            "ts-muted ts-small",
        )
    )
    if st.button("Turn the knobs", key="turn"):
        st.switch_page("pages/what_if.py")
with learn, st.container(border=True, height="stretch", key="way-learn"):
    st.subheader("Learn the knobs")
    st.html(
        html.text(
            f"{len(all_lessons())} short lessons, from the learning rate to Hyperband, each with a "
            "picture that is computed while you look and a question.",
            "ts-muted ts-small",
        )
    )
    if st.button("Learn the knobs", key="learn"):
        st.switch_page("pages/learn.py")
with st.container(horizontal=True, vertical_alignment="center", key="way-own"):
    st.html(html.text("Your own data, ranges and strategy, with a plan before it starts:"))
    if st.button("New study", key="new"):
        st.switch_page("pages/new_study.py")
render_with_a_class(engine)

st.subheader("Recent studies")
studies = engine.store.studies()
if studies:
    render_studies(render_scope(studies, "recent")[:8], "recent")
else:
    st.html(
        html.text(
            "None yet. Watch a search is the quickest way to see one: the first curve shows "
            "within seconds.",
            "ts-muted",
        )
    )
