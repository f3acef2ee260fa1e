"""Reads which trials were clicked out of the selections that Streamlit hands back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PICKED = "picked"
"""Name of the selection of trials by clicks, the same in every chart that has one."""


def picked_trials(selection: Mapping[str, Any]) -> list[int]:
    """Numbers of the clicked trials, in the order of the clicks.

    ``selection`` is what ``st.altair_chart`` gives under ``selection``:
    ``{"picked": [{"trial": 3}, ...]}``; nothing picked is ``{}``.
    """
    rows = selection.get(PICKED) or []
    numbers = [int(row["trial"]) for row in rows if row.get("trial") is not None]
    return list(dict.fromkeys(numbers))
