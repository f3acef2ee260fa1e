"""The draft of New study: one JSON document in the session, and the keys of its widgets.

Widgets take their first value from the draft and write back into it at every run, so the draft
is what is shown, copied and launched. Replacing the draft (a pasted spec, a preset) starts a new
generation of keys, and with it new widgets that read the new values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.examples import empty_form

_DRAFT = "draft"
_GENERATION = "draft_generation"
_ASIDE = "draft_aside"


def draft() -> dict[str, Any]:
    """The document as the form last had it."""
    if _DRAFT not in st.session_state:
        replace_draft(empty_form())
    document: dict[str, Any] = st.session_state[_DRAFT]
    return document


def keep_draft(document: dict[str, Any]) -> None:
    """Take over what the widgets say now."""
    st.session_state[_DRAFT] = document


def replace_draft(document: Mapping[str, Any]) -> None:
    """Make the form show another document."""
    st.session_state[_DRAFT] = dict(document)
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
    st.session_state[_ASIDE] = {}


def aside() -> dict[str, Any]:
    """Space entries of rows that are hidden for now, kept for when they come back."""
    kept: dict[str, Any] = st.session_state.setdefault(_ASIDE, {})
    return kept


def key(name: str, first: Any) -> str:
    """The session key of the form's widget ``name``, given its first value if it has none."""
    full = f"{name}-{st.session_state.get(_GENERATION, 0)}"
    if full not in st.session_state:
        st.session_state[full] = first
    return full
