"""What a user sees when something fails or is refused: a sentence, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from pages.components.shared.html import plain
from tuning_core.files import gone
from tuning_core.manager import ManagerError, default_home
from tuning_core.store import StoreError

log = logging.getLogger("tunescape.pages")

SENTENCE = (
    "This page ran into a fault of its own. Your studies are safe: reload the page, or open "
    "the study again from the Library. The details are in the server's log."
)
REFUSED, DONE = "manager_refused", "manager_done"
"""Where the session keeps what the manager said to a button, until the page shows it."""


def show_error(fault: Exception) -> bool:
    """Log ``fault`` with its traceback and show the sentence; True means it was shown.

    What the store cannot do is no fault of the page's: it has a sentence of its own.
    """
    sentence = str(fault) if isinstance(fault, StoreError) else ""
    if isinstance(fault, OSError) and not default_home().exists():
        sentence = gone(default_home())
    if sentence:
        log.error(sentence)
        st.error(plain(sentence))
        return True
    log.error("A page failed.", exc_info=fault)
    st.error(SENTENCE)
    return True


@contextmanager
def errors_shown() -> Iterator[None]:
    """Turn any exception of the block into a logged traceback and a sentence on the page."""
    try:
        yield
    except Exception as fault:
        show_error(fault)


def ask(
    action: Callable[..., Any],
    *arguments: Any,
    done: str = "",
    refused: str = REFUSED,
    **options: Any,
) -> bool:
    """Do what a button asks of the manager; return whether it was done.

    A refusal, or the sentence ``done``, is shown by the page's next run; ``refused`` is its place.
    """
    try:
        action(*arguments, **options)
    except (ManagerError, StoreError) as error:
        st.session_state[refused] = str(error)
        return False
    if done:
        st.session_state[DONE] = done
    return True


def render_refusal(place: str = REFUSED) -> None:
    """Draw what the last button that was pressed was answered with, if it was refused."""
    if place in st.session_state:
        st.error(plain(st.session_state.pop(place)))


def press(action: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """:func:`ask` as a button's callback."""
    ask(action, *arguments, **options)
