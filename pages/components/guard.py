"""Every page starts here, so that a deep link works as the first request on a fresh server.

Until app.py has run once in the process, Streamlit runs the file of a deep link on its own,
without start-up and navigation. app.py leaves a mark in the session; a page without the mark
notes what was wanted and hands over to app.py, which switches back with the query kept.
"""

from __future__ import annotations

import streamlit as st

_MARK = "app_has_run"
_WANTED = "wanted_page"
_FOLLOWED = "address_followed"


def mark_app() -> tuple[str, dict[str, str]] | None:
    """Leave the mark; return the page that a guard noted and its query, if any."""
    st.session_state[_MARK] = True
    wanted: tuple[str, dict[str, str]] | None = st.session_state.pop(_WANTED, None)
    return wanted


def guard(page: str) -> None:
    """Hand over to app.py when it has not run in this session; ``page`` is the file's path."""
    if _MARK not in st.session_state:
        st.session_state[_WANTED] = (page, st.query_params.to_dict())
        st.switch_page("app.py")


def follow_address(page: str, *names: str) -> None:
    """Move the browser's address along when a link within ``page`` has changed these parameters.

    Streamlit moves it for links to other pages alone: a reload, a copied link and the next widget
    would bring back what the link has left.
    """
    now = (page, *(st.query_params.get(name) for name in names))
    if st.session_state.get(_FOLLOWED) != now:
        st.session_state[_FOLLOWED] = now
        st.query_params.from_dict(st.query_params.to_dict())
