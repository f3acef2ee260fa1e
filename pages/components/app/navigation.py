"""How one gets to a page: the table of pages, links from outside, what stands in the sidebar.

Until app.py has run once in the process, Streamlit runs the file of a deep link on its own,
without start-up and navigation. app.py leaves a mark in the session; a page without the mark
notes what was wanted and hands over to app.py, which switches back with the query kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.shared.user import person, render_logout
from tuning_core.findings.formatting import count
from tuning_core.resources import cores

LONGEST, MOST = 40, 5
"""Letters of a parameter that are repeated, and parameters that are named."""
TICK = 2.0
"""Seconds between two looks at the machine while a search runs."""
_MARK = "app_has_run"
_WANTED = "wanted_page"


@dataclass(frozen=True)
class PageEntry:
    """A page: its file, its title, its address (empty for the first page)."""

    file: str
    title: str
    address: str
    hidden: bool = False


PAGES: dict[str, tuple[PageEntry, ...]] = {
    "": (PageEntry("pages/home.py", "Home", ""),),
    "Tune": (
        PageEntry("pages/new_study.py", "New study", "new_study"),
        PageEntry("pages/study.py", "Study", "study"),
        PageEntry("pages/what_if.py", "What-if", "what_if"),
        PageEntry("pages/compare.py", "Compare", "compare"),
    ),
    "Learn": (
        PageEntry("pages/learn.py", "Lessons", "learn"),
        PageEntry("pages/class_room.py", "Class", "class_room"),
    ),
    "Keep": (
        PageEntry("pages/library.py", "Library", "library"),
        PageEntry("pages/status.py", "Status", "status", hidden=True),
    ),
}
ADDRESSES = {page.address for pages in PAGES.values() for page in pages}


def mark_app() -> tuple[str, dict[str, str]] | None:
    """Leave the mark; return the page that a guard noted and its query, if any."""
    st.session_state[_MARK] = True
    wanted: tuple[str, dict[str, str]] | None = st.session_state.pop(_WANTED, None)
    return wanted


def guard(page: str, known: Collection[str] = ()) -> None:
    """Hand over to app.py when it has not run in this session; ``page`` is the file's path.

    A sentence names what the address says beside the parameters ``known`` to the page.
    """
    if _MARK not in st.session_state:
        st.session_state[_WANTED] = (page, st.query_params.to_dict())
        st.switch_page("app.py")
    render_unknown_parameters([name for name in st.query_params if name not in known])


def render_unknown_parameters(names: Sequence[str]) -> None:
    """Say quietly which parameters of the address this page does not know."""
    if names:
        shown = ", ".join(name[:LONGEST] for name in names[:MOST])
        more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
        words = f"Not understood in the address: {shown}{more}. The page is shown without."
        st.html(html.text(words, "ts-muted ts-small"))


def render_sidebar() -> None:
    """Show the device and how many searches run and wait."""
    engine = manager()
    active = bool(engine.running() or engine.queued())
    with st.sidebar:
        st.fragment(_machine, key="machine", run_every=TICK if active else None)()
        st.page_link("pages/status.py", label="Server status", help="Workers, queue, memory, disk")
        if person().teacher:
            st.html(html.text("You are a teacher here.", "ts-muted ts-small"))
        render_logout()


def _machine() -> None:
    engine = manager()
    running, queued = len(engine.running()), len(engine.queued())
    state = f"{count(running, 'search', 'searches')} running" if running else "No search running"
    if queued:
        state = f"{running} running · {queued} waiting"
    device = engine.device or f"CPU, {count(cores(), 'core')}"
    st.html(
        html.text("Runs on", "ts-muted ts-small")
        + html.text(device, "ts-small")
        + html.text(state, "ts-muted ts-small")
    )
