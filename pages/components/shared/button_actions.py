"""Doing what a button asks of the manager, whose refusal is a sentence on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from tuning_core.manager import ManagerError

SAID = "manager_said"
DONE = "manager_done"


def ask(action: Callable[..., Any], *arguments: Any, done: str = "", **options: Any) -> bool:
    """Do what a button asks; keep the sentence when it cannot be done. Whether it was."""
    try:
        action(*arguments, **options)
    except ManagerError as error:
        st.session_state[SAID] = str(error)
        return False
    if done:
        st.session_state[DONE] = done
    return True


def press(action: Callable[[], Any]) -> None:
    """Do what a button asks, as a button's callback."""
    ask(action)
