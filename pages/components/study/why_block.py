"""Why this configuration next: what the oracle says of a trial, in a sentence and in pictures."""

from __future__ import annotations

import time

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.formatting import count
from pages.components.study.live import LiveStudy
from pages.components.study.why_charts import keep_place, render_why_charts
from tuning_core.catalog.explanation import Explanation
from tuning_core.manager import Manager

LOOK_SECONDS = 0.4
"""Between two looks at an answer that is under way."""

STAY_SECONDS = 4.0
"""How long an explanation stays before that of a newer trial takes its place."""

_FOLLOWED = "why_followed"
_SHOWN = "why_shown"

READING = {
    "surrogate": "Solid: the expected score, shaded by one deviation. Dashed: with the luck that "
    "the search allows for. The dot is the trial; each picture changes one hyperparameter of it.",
    "densities": "How densely the good trials and the rest lie along each hyperparameter. The dot "
    "is the trial.",
    "parents": "Dark and large: the parents. Blue: who else could have been one. The line is the "
    "trial.",
    "rounds": "The large point is the trial that was promoted here.",
    "coverage": "Earlier trials over each hyperparameter, the first at the bottom. The line is the "
    "trial.",
}


def render_why(live: LiveStudy, engine: Manager, seen: bool) -> None:
    """Draw the explanation of the selected trial, by default of the last that was asked for.

    Asks nothing unless ``seen``: what was shown last stays.
    """
    if not live.trials:
        return
    st.subheader("Why this configuration next?")
    trial, selected = _explained_trial(live)
    known = engine.explanations.kept(live.study.id, trial)
    if known is None or not seen:
        if seen:
            _render_question(live, engine, trial)
        earlier = st.session_state.get(_SHOWN)
        if earlier is None or earlier[0] != live.study.id:
            keep_place(live)
            return
        # What was there stays until the answer comes, so that nothing jumps.
        known = earlier[1]
    else:
        st.session_state[_SHOWN] = (live.study.id, known)
        which = "selected" if selected else "the last one asked for"
        say(f"Trial {trial:,}, {which}.")
    st.html(html.text(known.sentence, "ts-why"))
    render_why_charts(live, known)
    _render_reading(known, selected, len(live.trials))


def _explained_trial(live: LiveStudy) -> tuple[int, bool]:
    """The trial to explain, and whether the user selected it."""
    selected = [number for number in chosen_trials() if number in live.trials]
    if selected:
        return selected[-1], True
    last = max(live.trials)
    study, trial, since = st.session_state.get(_FOLLOWED, ("", 0, 0.0))
    now = time.monotonic()
    # Trials can come faster than anyone reads.
    fresh = study == live.study.id and live.study.status.active and now - since < STAY_SECONDS
    if fresh and trial in live.trials:
        return trial, False
    if (study, trial) != (live.study.id, last):
        st.session_state[_FOLLOWED] = (live.study.id, last, now)
    return last, False


def _render_question(live: LiveStudy, engine: Manager, trial: int) -> None:
    """Ask, or let the user ask, and say what is going on."""
    asked = engine.explanations
    failed = asked.failed(live.study.id, trial)
    if asked.waiting(live.study.id, trial):
        say(f"Asking the search about trial {trial:,}.")
        _look_again(live, engine, trial)
    elif failed:
        say(failed)
        st.button("Ask again", key="why-ask", on_click=asked.begin, args=(live.study.id, trial))
    elif asked.at_hand:
        asked.begin(live.study.id, trial)
        say(f"Asking the search about trial {trial:,}.")
        _look_again(live, engine, trial)
    else:
        say(f"The search can be asked about trial {trial:,}; starting it takes some seconds.")
        st.button("Ask", key="why-ask", on_click=asked.begin, args=(live.study.id, trial))


def _look_again(live: LiveStudy, engine: Manager, trial: int) -> None:
    """Redraw once there is an answer: a study that has ended does not tick."""
    if live.study.status.active:
        return

    @st.fragment(run_every=LOOK_SECONDS)
    def look_again() -> None:
        if not engine.explanations.waiting(live.study.id, trial):
            st.rerun()

    look_again()


def _render_reading(known: Explanation, selected: bool, trials: int) -> None:
    words = READING[known.kind]
    if not selected and trials > 1:
        words += f" Select any of the {count(trials, 'trial')} to ask about it."
    say(words)
