"""The search space of a manual study: none but what its list says."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.formatting import label, number
from pages.components.shared.study_draft import aside


def render_listed_space(entries: dict[str, Any], *, keep_ranges: bool) -> dict[str, Any]:
    """Say that a list of configurations takes the place of ranges; return what is left.

    Ranges are kept for the next strategy, unless a document brought them along with its list.
    """
    fixed = {name: entry for name, entry in entries.items() if not isinstance(entry, dict)}
    ranges = {name: entry for name, entry in entries.items() if name not in fixed}
    words = "No ranges are needed: the configurations are listed under Manual, below."
    if fixed:
        values = (f"{label(name)} {number(value)}" for name, value in fixed.items())
        words += f" What they leave out: {', '.join(values)}."
    if not keep_ranges:
        aside().update(ranges)
    elif ranges:
        words += f" The ranges of the spec limit them: {', '.join(map(label, ranges))}."
    st.html(html.text(words, "ts-muted ts-small"))
    return entries if keep_ranges else fixed
