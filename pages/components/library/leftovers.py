"""What the last end of the server left: searches to resume, a database that was made anew."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.errors import press
from pages.components.shared.formatting import count
from tuning_core.manager import Manager
from tuning_core.store import StoreError


def render_leftovers(engine: Manager) -> None:
    """Draw a banner for each, where there is something to say."""
    if engine.rescue is not None:
        st.warning(str(engine.rescue))
    try:
        left = engine.leftovers.studies()
    except StoreError as error:
        st.error(str(error))
        return
    if not left:
        return
    names = ", ".join(f"“{study.name}”" for study in left[:3])
    more = f" and {len(left) - 3:,} more" if len(left) > 3 else ""
    verb = "was" if len(left) == 1 else "were"
    with st.container(border=True, key="leftovers"):
        words, buttons = st.columns([3, 1.2], vertical_alignment="center")
        words.text(
            f"{count(len(left), 'search', 'searches')} {verb} under way when the server ended: "
            f"{names}{more}. Nothing that was trained is lost."
        )
        with buttons.container(horizontal=True, horizontal_alignment="right", gap="small"):
            st.button(
                "Resume" if len(left) == 1 else "Resume all",
                key="resume-left",
                on_click=press,
                args=(engine.leftovers.resume,),
            )
            st.button(
                "Leave",
                key="leave-left",
                on_click=press,
                args=(engine.leftovers.leave,),
                help="They stay as they are; each can be resumed from its page.",
            )
