"""Every page starts here, so that a deep link works as the first request on a fresh server.

Until app.py has run once in the process, Streamlit runs the file of a deep link on its own,
without start-up and navigation. app.py leaves a mark in the session; a page without the mark
notes what was wanted and hands over to app.py, which switches back with the query kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from pages.components.shared import html

LONGEST, MOST = 40, 5
"""Letters of a parameter that are repeated, and parameters that are named."""
_MARK = "app_has_run"
_WANTED = "wanted_page"


def mark_app() -> tuple[str, dict[str, str]] | None:
    """Leave the mark; return the page that a guard noted and its query, if any."""
    st.session_state[_MARK] = True
    wanted: tuple[str, dict[str, str]] | None = st.session_state.pop(_WANTED, None)
    return wanted


def guard(page: str, known: Collection[str] = ()) -> None:
    """Hand over to app.py when it has not run in this session; ``page`` is the file's path.

    What the address says beside the parameters ``known`` to the page is said to be passed over.
    """
    if _MARK not in st.session_state:
        st.session_state[_WANTED] = (page, st.query_params.to_dict())
        st.switch_page("app.py")
    say_unread([name for name in st.query_params if name not in known])


def say_unread(names: Sequence[str]) -> None:
    """Say quietly which parameters of the address this page does not know."""
    if names:
        shown = ", ".join(name[:LONGEST] for name in names[:MOST])
        more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
        words = f"Not understood in the address: {shown}{more}. The page is shown without."
        st.html(html.text(words, "ts-muted ts-small"))
