"""What the user expects of the setting that waits to be trained, and what came of it."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.shared.deeds import note_guess
from pages.components.what_if.kept_runs import WhatIfRun
from pages.components.what_if.session import WhatIfSession
from tuning_core.analysis.guess import Guess, Said, little, outcome
from tuning_core.findings.formatting import count, number, score

WORDS: dict[Said, str] = {"better": "Better", "same": "About the same", "worse": "Worse"}


def render_guess(session: WhatIfSession) -> None:
    """Draw what can be expected of a setting that waits, in the same place then what came of it."""
    last = _last(session)
    if session.setting.at_once or (last is None and session.current is None):
        return
    # As high with widgets as with words: nothing below it moves.
    with st.container(key="what-if-guess", horizontal=True, vertical_alignment="bottom"):
        if session.current is not None:
            st.html(html.text(_state(session, session.current)))
        elif last is not None and last.score is not None:
            _render_widgets(last, last.score)


def _state(session: WhatIfSession, run: WhatIfRun) -> str:
    """How a guess stands once it can be changed no more."""
    if run.guess is None:
        return "Move a knob, and say what you expect of the next run."
    if run.training.state.ended:
        return f"{outcome_words(run)} {tally(session)}"
    return f"You said {_said(run.guess)}."


def _render_widgets(last: WhatIfRun, before: float) -> None:
    aim = last.request.objective_info
    st.segmented_control(
        f"Against run {last.number} ({aim.label} {score(before, aim.id)}) this one will be",
        [*WORDS],
        format_func=WORDS.__getitem__,
        key=_key(last, "said"),
        help=f"About the same is within {number(little(aim, before), 2)}. "
        "Your guess is kept with the run, and told beside what came.",
    )
    share = aim.metric in ("accuracy", "auc", "f1")
    st.number_input(
        "or a number",
        value=None,
        min_value=0.0 if share else None,
        max_value=1.0 if share else None,
        step=0.01 if abs(before) < 10 else 1.0,
        format="%.4g",
        key=_key(last, "number"),
        width=150,
    )


def said_guess(session: WhatIfSession) -> Guess | None:
    """What the widgets say of the setting that waits."""
    last = _last(session)
    if last is None or last.score is None:
        return None
    said, named = (st.session_state.get(_key(last, name)) for name in ("said", "number"))
    aim = last.request.objective_info
    return Guess.of(said if said in WORDS else None, named, last.score, last.number, aim)


def note_outcome(session: WhatIfSession) -> None:
    """Tell the user's class what came of a guess, once."""
    run = session.current
    if run is None or run.id != session.guessed or not run.training.state.ended:
        return
    session.guessed = ""
    guess, came = run.guess, run.score
    if guess is not None and came is not None:
        right = guess.right(came, run.request.objective_info)
        note_guess(guess.number, came, right=right)


def outcome_words(run: WhatIfRun) -> str:
    """``You said better than run 2: it got 0.02 worse.``; "" where nothing was said."""
    guess, came = run.guess, run.score
    if guess is None or came is None:
        return ""
    aim = run.request.objective_info
    got, far = outcome(aim, guess.before, came), number(abs(came - guess.before), 2)
    if guess.number is not None:
        off = abs(came - guess.number)
        words = f"You said {_said(guess)}: {number(off, 2)} off"
        expected = run.expected
        if expected is not None:
            forecast = abs(came - expected.expected)
            words += f", the forecast {number(forecast, 2)}"
        return f"{words}."
    what = "it stayed about the same" if got == "same" else f"it got {far} {got}"
    said = f"You said {_said(guess)}"
    return f"{said}, and {what}." if got == guess.said else f"{said}: {what}."


def tally(session: WhatIfSession) -> str:
    """``Your guesses: 7 of 10 right; the forecasts 6 of 9.``; "" before the first."""
    guessed = [
        (run, run.guess, run.score)
        for run in session.ended
        if run.guess is not None and run.score is not None
    ]
    if not guessed:
        return ""
    right = sum(guess.right(came, run.request.objective_info) for run, guess, came in guessed)
    words = f"{right} of {count(len(guessed), 'guess', 'guesses')} right"
    # The forecasts are judged alike: by the way it went, not by their intervals.
    judged = [
        outcome(aim, guess.before, expected.expected) == outcome(aim, guess.before, came)
        for run, guess, came in guessed
        for aim in [run.request.objective_info]
        if (expected := run.expected) is not None
    ]
    forecasts = f"; the forecasts were in {sum(judged)} of {len(judged)}" if judged else ""
    return f"{words}{forecasts}."


def _said(guess: Guess) -> str:
    """``better``, or the number that was named."""
    return WORDS[guess.said].lower() if guess.number is None else number(guess.number)


def _last(session: WhatIfSession) -> WhatIfRun | None:
    """The run that a guess is compared with: the newest of those that can be."""
    return next((run for run in reversed(session.ended) if run.score is not None), None)


def _key(last: WhatIfRun, name: str) -> str:
    """Of a widget that is empty again after each run."""
    return f"what-if-guess-{name}-{last.id}"
