"""A session: what it has made, cached until it changes; and when its page is drawn again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import streamlit as st

from pages.components.shared.errors import errors_shown


def cached(
    place: str,
    key: Hashable,
    token: tuple[Any, ...],
    make: Callable[[], Any],
    *,
    seen: bool = True,
) -> Any:
    """What ``make`` made last for ``key``, made anew when ``token`` has changed.

    Out of sight (``seen`` False) nothing is made: it stays as it was, None where there is nothing.
    The session caches it under the name ``place``.
    """
    known = st.session_state.setdefault(place, {})
    if seen and known.get(key, (None,))[0] != token:
        known[key] = (token, make())
    return known[key][1] if key in known else None


def rerun_until(done: Callable[[], bool], *, every: float = 0.5) -> None:
    """Ask ``done`` every so many seconds, and draw the whole page again when it is so."""

    @st.fragment(run_every=every)
    def look_again() -> None:
        with errors_shown():
            if done():
                st.rerun()

    look_again()


def one_chosen(key: str, options: Sequence[Any]) -> None:
    """Choose the first of a widget's options where what is chosen is none of them (any more)."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]


def first_value(key: str, value: Any) -> Any:
    """The value that a widget had when it came: it must not change while the widget is there."""
    firsts = st.session_state.setdefault("first_values", {})
    if key not in st.session_state:
        firsts[key] = value
    return firsts.setdefault(key, value)
