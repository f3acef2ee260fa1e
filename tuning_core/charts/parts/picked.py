"""Reads which trials were clicked out of the selections that Streamlit hands back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

PICKED = "picked"
"""Name of the selection of trials by clicks, the same in every chart that has one."""

TURN = "turn"
"""A field beside the trial that a page may add to tell one click from the next: a browser does not
report a selection that equals its last, although another chart may have changed it since."""


def picked_trials(selection: Mapping[str, Any]) -> list[int]:
    """Numbers of the clicked trials, in the order of the clicks.

    ``selection`` is what ``st.altair_chart`` gives under ``selection``:
    ``{"picked": [{"trial": 3}, ...]}``; nothing picked is ``{}``. A trial that was added to the
    selection in one turn and again in another was taken off it with the second.
    """
    rows = selection.get(PICKED) or []
    clicks = [(int(row["trial"]), row.get(TURN)) for row in rows if row.get("trial") is not None]
    turns = Counter(number for number, _ in dict.fromkeys(clicks))
    return [number for number, count in turns.items() if count % 2]
