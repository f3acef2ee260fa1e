"""Taking in a study file."""

from __future__ import annotations

import streamlit as st

from pages.components.library.actions import SUFFIX
from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.shared.uploads import render_uploader, renew_uploader
from pages.components.shared.user import user_id
from tuning_core.manager import ManagerError

_NAME = "import-file"
_REFUSED = "import-refused"


def render_import() -> None:
    """Draw the way in for a study file; opens the study when it is one."""
    menu = st.popover("Import", key="import", on_change="rerun")
    if not menu.open:
        return
    with menu:
        file = render_uploader(
            "A study file",
            _NAME,
            type=[SUFFIX.removeprefix("."), "zip"],
            help="What Export has written, here or on another server. It brings data only.",
        )
        if file is None:
            if _REFUSED in st.session_state:
                st.error(html.plain(st.session_state[_REFUSED]))
            return
        st.session_state.pop(_REFUSED, None)
        with st.spinner("Checking every line of the file."):
            # Before the import: whatever ends this run, no file is taken in twice.
            renew_uploader(_NAME, file)
            try:
                study_id = manager().archive.import_study(file, reader=user_id())
            except ManagerError as error:
                st.session_state[_REFUSED] = str(error)
                st.rerun()
        st.switch_page("pages/study.py", query_params={"id": study_id})
