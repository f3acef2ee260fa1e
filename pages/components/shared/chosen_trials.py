"""The trials that the user has selected, in any table or chart of the page."""

from __future__ import annotations

import streamlit as st

_CHOSEN = "chosen_trials"


def chosen_trials() -> list[int]:
    """The trials that the user selected, in any table or chart of this page."""
    numbers: list[int] = st.session_state.get(_CHOSEN, [])
    return numbers


def choose_trials(numbers: list[int]) -> None:
    """Select these trials."""
    st.session_state[_CHOSEN] = numbers
