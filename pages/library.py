"""Library: every study, to open, rename or delete."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components import look
from pages.components.engine import manager
from pages.components.formatting import count
from pages.components.guard import guard
from pages.components.study_list import put_studies
from tuning_core.manager import ManagerError
from tuning_core.spec import MAX_NAME
from tuning_core.store import StudyRow

guard("pages/library.py")
engine = manager()
PAGE = 30  # studies shown at once
REFUSED = "library_refused"
STOP_SECONDS = 15.0  # how long a delete waits for a running search to stop


def rename(study_id: str) -> None:
    """Give the study the name that was typed."""
    ask(engine.rename, study_id, st.session_state[f"name-{study_id}"])


def delete(study_id: str) -> None:
    """Stop the study if it runs, and remove it."""

    def stop_and_delete(study_id: str) -> None:
        engine.stop(study_id)
        engine.wait(study_id, STOP_SECONDS)
        engine.delete(study_id)

    ask(stop_and_delete, study_id)


def ask(action: Callable[..., None], *arguments: str) -> None:
    """Do what a button asks; keep the sentence when it cannot be done."""
    try:
        action(*arguments)
    except ManagerError as error:
        st.session_state[REFUSED] = str(error)


def actions(study: StudyRow) -> None:
    """Draw what can be done with a study in its row."""
    with st.container(horizontal=True, gap="xxsmall", horizontal_alignment="right"):
        with st.popover("Rename", type="tertiary", key=f"rename-{study.id}"):
            st.text_input("Name", study.name, max_chars=MAX_NAME, key=f"name-{study.id}")
            st.button("Save", key=f"do-rename-{study.id}", on_click=rename, args=(study.id,))
        with st.popover("Delete", type="tertiary", key=f"delete-{study.id}"):
            st.html(
                look.text(
                    f"{count(study.trials, 'trial')} and the best model go for good. A search "
                    "that runs is stopped first.",
                    "ts-small",
                )
            )
            st.button(
                "Delete for good",
                key=f"do-delete-{study.id}",
                on_click=delete,
                args=(study.id,),
            )


st.title("Library")
if REFUSED in st.session_state:
    st.error(st.session_state.pop(REFUSED))
studies = engine.store.studies()
if not studies:
    st.html(look.text("No studies yet. Every search you launch is kept here.", "ts-muted"))
    if st.button("New study", key="new"):
        st.switch_page("pages/new_study.py")
else:
    wanted = st.text_input(
        "Search by name, dataset or strategy",
        key="library-search",
        placeholder="Search by name",
        label_visibility="collapsed",
    ).lower()
    found = [study for study in studies if wanted in study.name.lower()]
    st.html(look.text(count(len(found), "study", "studies"), "ts-muted ts-small"))
    put_studies(found[:PAGE], "library", actions)
    if len(found) > PAGE:
        st.html(
            look.text(f"The newest {PAGE} are shown; search by name for the others.", "ts-muted")
        )
