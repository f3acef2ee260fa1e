"""Taking in a study file."""

from __future__ import annotations

import streamlit as st

from pages.components import look
from pages.components.engine import manager
from pages.components.library_actions import SUFFIX
from pages.components.reader import reader
from tuning_core.manager import ManagerError

_ROUND = "import_round"


def put_import() -> None:
    """Draw the way in for a study file; opens the study when it is one."""
    menu = st.popover("Import", key="import", on_change="rerun")
    if not menu.open:
        return
    with menu:
        turn = st.session_state.setdefault(_ROUND, 0)
        file = st.file_uploader(
            "A study file",
            type=[SUFFIX.removeprefix("."), "zip"],
            key=f"import-file-{turn}",
            help="What Export has written, here or on another server. It brings data only.",
        )
        if file is None:
            return
        try:
            with st.spinner("Checking every line of the file."):
                study_id = manager().archive.import_study(file, reader=reader())
        except ManagerError as error:
            st.error(look.plain(str(error)))
            return
        # The next import starts with an empty field.
        st.session_state[_ROUND] = turn + 1
        st.switch_page("pages/study.py", query_params={"id": study_id})
