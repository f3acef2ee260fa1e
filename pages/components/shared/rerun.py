"""Redraws a page once something outside it has happened."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.shared.errors import errors_shown


def rerun_until(done: Callable[[], bool], *, every: float = 0.5) -> None:
    """Ask ``done`` every so many seconds, and draw the whole page again when it is so."""

    @st.fragment(run_every=every)
    def look_again() -> None:
        with errors_shown():
            if done():
                st.rerun()

    look_again()
