"""The widgets with which a teacher chooses a challenge."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.shared.formatting import joined
from pages.components.shared.players import challenge_words
from tuning_core.catalog import STRATEGIES
from tuning_core.classroom.challenge import MOST_BUDGET, MOST_MINUTES, PRESETS, Challenge


def choose_challenge() -> Challenge:
    """A challenge that is ready to begin, with another budget or limit if the teacher wants."""
    id = st.selectbox(
        "Challenge",
        [*PRESETS],
        format_func=lambda id: PRESETS[id].title,
        key="challenge-preset",
    )
    ready = PRESETS[id]
    budget, minutes = st.columns(2)
    with budget:
        amount = st.number_input(
            f"{ready.unit.capitalize()} for each",
            min_value=ready.run_epochs if ready.unit == "epochs" else 1,
            max_value=MOST_BUDGET,
            value=ready.budget,
            step=20 if ready.unit == "epochs" else 1,
            key=f"challenge-budget-{id}",
            help="A run takes as many as it trains; another setting pays anew.",
        )
    with minutes:
        limit = st.number_input(
            "Minutes",
            min_value=0.0,
            max_value=MOST_MINUTES,
            value=ready.minutes or 0.0,
            step=5.0,
            format="%g",
            key=f"challenge-minutes-{id}",
            help="0 for no limit. You end it on the board when you reveal the test part.",
        )
    titles = joined([STRATEGIES[strategy].title for strategy in ready.machines])
    plays = st.toggle(
        "The machine plays, too",
        value=True,
        key="challenge-machines",
        help=f"{titles} search with the same budget, as dotted lines on the board.",
    )
    chosen = ready.model_copy(
        update={
            "budget": int(amount),
            "minutes": float(limit) or None,
            "machines": ready.machines if plays else [],
        }
    )
    st.html(html.text(challenge_words(chosen), "ts-muted ts-small"))
    return chosen
