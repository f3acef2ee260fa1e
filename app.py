"""Tunescape: page config, start-up and navigation; nothing else."""

from __future__ import annotations

import streamlit as st

from pages.components.errors import faults_said
from pages.components.guard import mark_app
from pages.components.look import put_title
from pages.components.reader import require_login
from pages.components.sidebar import put_sidebar

st.set_page_config(
    page_title="Tunescape",
    page_icon="pages/assets/icon.png",
    layout="wide",
    initial_sidebar_state="auto",
)
st.logo("pages/assets/logo.svg", size="medium", icon_image="pages/assets/icon.svg")

wanted = mark_app()
page = st.navigation(
    {
        "": [st.Page("pages/home.py", title="Home", default=True)],
        "Tune": [
            st.Page("pages/new_study.py", title="New study", url_path="new_study"),
            st.Page("pages/study.py", title="Study", url_path="study"),
            st.Page("pages/what_if.py", title="What-if", url_path="what_if"),
        ],
        "Learn": [st.Page("pages/learn.py", title="Lessons", url_path="learn")],
        "Keep": [
            st.Page("pages/library.py", title="Library", url_path="library"),
            st.Page("pages/status.py", title="Status", url_path="status", visibility="hidden"),
        ],
    }
)
if wanted is not None:
    st.switch_page(wanted[0], query_params=wanted[1])

put_title(page.title)
with faults_said():
    require_login()
    put_sidebar()
    page.run()
