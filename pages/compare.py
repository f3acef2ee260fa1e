"""Compare: several studies on one page, and races of strategies at equal epochs."""

from __future__ import annotations

import streamlit as st

from pages.components.app.navigation import guard
from pages.components.compare.chosen import compared, render_choice
from pages.components.compare.differences import comparability, render_differences
from pages.components.compare.importances import render_importances
from pages.components.compare.pictures import (
    VIEW,
    render_coordinates,
    render_progress,
    render_shares,
)
from pages.components.compare.race_form import render_race_form
from pages.components.compare.race_view import render_race
from pages.components.shared import html
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from pages.components.shared.study_list import render_studies
from pages.components.shared.view_address import keep_view, open_view, write_view
from tuning_core.manager import ManagerError

guard("pages/compare.py", ("ids", "race", *(part.name for part in VIEW)))
TICK = 2.0
NEW = "new"
"""Instead of a race's id: the form that starts one."""
engine = manager()


def render_studies_chosen() -> None:
    """Draw the choice of studies and what is compared of them."""
    chosen = render_choice(engine)
    if not chosen:
        st.html(
            html.text(
                "Choose two or more studies: their progress on one picture, what differs between "
                "them, and what mattered in each.",
                "ts-muted ts-lead",
            )
        )
    else:
        if len(chosen) == 1:
            st.html(html.text("Choose another study to compare it with.", "ts-muted ts-small"))
        rows = [engine.store.study(study_id) for study_id in chosen]
        ticking = TICK if any(row is not None and row.status.active for row in rows) else None
        st.fragment(render_body, key="compare-body", run_every=ticking)(chosen)


def render_body(ids: list[str]) -> None:
    """Draw all that is compared; again and again while one of the studies runs."""
    with errors_shown():
        keep_view(VIEW)
        studies = compared(ids, engine.store)
        if not studies:
            st.html(html.text("What is recorded of these studies cannot be read.", "ts-muted"))
            return
        active = any(one.live.study.status.active for one in studies)
        if st.session_state.get("compare_active") not in (None, active):
            st.session_state["compare_active"] = active
            st.rerun()
        st.session_state["compare_active"] = active
        render_studies([one.live.study for one in studies], "compare")
        caution = comparability(studies)
        if caution:
            st.info(html.plain(caution))
        st.subheader("Best so far")
        render_progress(studies, engine)
        if len(studies) > 1:
            st.subheader("What differs")
            render_differences(studies)
        st.subheader("How good the trials were")
        render_shares(studies, engine)
        st.subheader("Parallel coordinates")
        render_coordinates(studies)
        st.subheader("What mattered in each")
        render_importances(studies, engine)
        write_view(VIEW)


race_id = st.query_params.get("race", "")
title, other = st.columns([3, 1], vertical_alignment="bottom")
with title:
    st.title("Race" if race_id else "Compare")
with other, st.container(horizontal=True, horizontal_alignment="right"):
    if race_id:
        if race_id != NEW:
            st.page_link("pages/compare.py", label="New race", query_params={"race": NEW})
        st.page_link("pages/compare.py", label="Compare studies")
    else:
        st.page_link("pages/compare.py", label="Race strategies", query_params={"race": NEW})
open_view("compare", VIEW)
record = None
if race_id and race_id != NEW:
    try:
        record = engine.races.race(race_id)
    except ManagerError as error:
        st.warning(html.plain(str(error)))
if record is not None:
    render_race(record, engine)
elif race_id:
    render_race_form(engine)
else:
    render_studies_chosen()
