"""Uneven classes: said, with the offer to weigh them."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.shared import html
from pages.components.shared.study_draft import key

UNEVEN = 1.5
"""How many times the rows of the smallest class the largest must have to be worth a word."""


def render_class_weights(counts: Mapping[str, int], weighed: bool, mark: str) -> bool:
    """Draw the offer where it makes sense; return whether classes are to be weighed.

    ``weighed`` is what the draft says; ``mark`` ends the key of the switch.
    """
    present = {name: rows for name, rows in counts.items() if rows}
    if len(present) < 2:
        return False
    rarest = min(present, key=present.__getitem__)
    most = max(present.values())
    if most < UNEVEN * present[rarest] and not weighed:
        return False
    always = most / sum(present.values())
    chosen = st.toggle(
        "Weigh classes by their rarity",
        key=key(f"class-weights-{mark}", weighed),
        help="A training row counts in inverse proportion to the rows of its class, so that "
        "rare classes are learnt as well as frequent ones. Scores stay unweighed.",
    )
    times = most / present[rarest]
    st.html(
        html.text(
            f"Classes are uneven: the largest has {times:,.1f} times the rows of “{rarest}”, and "
            f"always answering with it is right for {always:.0%} of the rows.",
            "ts-muted ts-small",
        )
    )
    return chosen
