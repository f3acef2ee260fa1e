"""What a session has made, cached until what it was made of changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st


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
