"""Study: one search, live and afterwards."""

from __future__ import annotations

import streamlit as st

from pages.components.app.navigation import guard, render_unknown_parameters
from pages.components.shared import html
from pages.components.shared.chosen_trials import choose_trials
from pages.components.shared.manager_session import manager
from pages.components.shared.share_link import embedded
from pages.components.shared.study_list import render_studies
from pages.components.shared.user import person
from pages.components.shared.view_address import open_view, write_view
from pages.components.study.address import names_of, view_parts
from pages.components.study.controls import render_controls
from pages.components.study.edit_forms import render_panel
from pages.components.study.header import render_name
from pages.components.study.history_list import TICK as HISTORY_TICK
from pages.components.study.history_list import render_history
from pages.components.study.live import live_study
from pages.components.study.marks import render_study_mark
from pages.components.study.parallel_tab import forget_study
from pages.components.study.share_panel import take_share
from pages.components.study.tabs import render_body, render_watch
from tuning_core.space import SpecError

# What its address may say depends on the study.
guard("pages/study.py", st.query_params)
engine = manager()
SHOWN = "study_shown"  # what is selected and brushed belongs to this study
study_id = st.query_params.get("id", "")
missing = (
    "There is no study at this address. It may have been deleted, or belong to another server."
)
try:
    live = live_study(study_id, engine.store) if study_id else None
except SpecError:
    live, missing = None, "What is recorded of this study cannot be read. Delete it in the Library."

if live is not None and engine.challenges.hides(study_id, person()):
    live, missing = None, "The machine's search is shown once the test part has been revealed."
known = {"id"} if live is None else names_of(live)
render_unknown_parameters([name for name in st.query_params if name not in known])
if live is None:
    st.title("Study")
    recent = engine.store.studies()[:12]
    if study_id:
        st.warning(missing + (" The latest ones here are below." if recent else ""))
    if recent:
        st.html(html.text("Open a study to follow its search and see what it found.", "ts-muted"))
        render_studies(recent, "recent")
    else:
        st.html(html.text("No studies yet.", "ts-muted"))
        if st.button("New study", key="new"):
            st.switch_page("pages/new_study.py")
else:
    if st.session_state.setdefault(SHOWN, study_id) != study_id:
        st.session_state[SHOWN] = study_id
        choose_trials([])
        forget_study()
    take_share(study_id, engine)
    open_view(study_id, view_parts(live))
    html.render_title(live.study.name)
    if embedded():
        render_name(live)
    else:
        # What was recorded elsewhere has few buttons, and more to be said of it.
        widths = [1.0, 1.35] if live.spec.source is None else [2.6, 1.0]
        name, controls = st.columns(widths, vertical_alignment="top", gap="medium")
        with name:
            render_name(live)
            render_study_mark(live, engine)
        with controls:
            render_controls(live, engine)
    # Always there: a form that opens must not move what is below it.
    with st.container():
        render_panel(live, engine)
    render_body(live)
    write_view(view_parts(live))
    if not embedded():
        ticking = HISTORY_TICK if live.study.status.active else None
        st.fragment(render_history, key="study-history", run_every=ticking)(live.study.id)
    render_watch(live)
