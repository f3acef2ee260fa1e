"""Tunescape: page config, start-up and navigation; nothing else."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.app.browser_script import run_browser_script
from pages.components.app.navigation import PAGES, mark_app, render_sidebar
from pages.components.class_room.line import render_class_line
from pages.components.shared.errors import errors_shown
from pages.components.shared.html import render_title
from pages.components.shared.share_link import embedded
from pages.components.shared.user import require_login, take_teacher_key

ASSETS = Path(__file__).parent / "pages" / "assets"
st.set_page_config(
    page_title="Tunescape",
    page_icon=ASSETS / "icon.png",
    layout="wide",
    initial_sidebar_state="auto",
)
if not embedded():
    st.logo(ASSETS / "logo.svg", size="medium", icon_image=ASSETS / "icon.svg")

wanted = mark_app()
page = st.navigation(
    {
        section: [
            st.Page(
                entry.file,
                title=entry.title,
                url_path=entry.address or None,
                default=not entry.address,
                visibility="hidden" if entry.hidden else "visible",
            )
            for entry in entries
        ]
        for section, entries in PAGES.items()
    },
    position="hidden" if embedded() else "sidebar",
)
if wanted is not None:
    st.switch_page(wanted[0], query_params=wanted[1])

render_title(page.title)
with errors_shown():
    require_login()
    take_teacher_key()
    if not embedded():
        render_sidebar()
    run_browser_script()
    render_class_line(page.url_path)
    page.run()
