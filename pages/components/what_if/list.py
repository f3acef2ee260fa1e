"""The list of runs: what each changed against the one before, and what came of it."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.formatting import count, duration, score
from pages.components.shared.what_if_link import Setting
from pages.components.what_if.runs import Run, WhatIfSession
from pages.components.what_if.words import changes, effect, forecast_words, setting_words
from tuning_core.manager import TrainingState

MOST_SHOWN = 12
AT_ONCE = 0.05
"""Seconds below which nothing can have been trained, and 0.0 would be said."""


def render_status(session: WhatIfSession) -> None:
    """One line on the present run: how it stands, its score, and whether it was expected."""
    st.html(f'<div class="ts-run-status">{_status(session)}</div>')


def _status(session: WhatIfSession) -> str:
    if session.refused:
        return _muted(session.refused)
    run = session.current
    if run is None:
        return _muted(_preview(session))
    training, request = run.training, run.request
    if training.state is TrainingState.FAILED:
        return f"<b>Run {run.number}:</b> " + _muted(f"could not be trained. {training.message}")
    if training.state is TrainingState.WAITING:
        place = f"{training.place} before it" if training.place else "next in line"
        return f"<b>Run {run.number}</b> " + _muted(training.note or f"waits, {place}.")
    done = f"epoch {len(training.epochs):,} of {request.epochs:,}"
    if training.state is TrainingState.RUNNING:
        share = f", {100 * training.share:.0f} % of the next" if training.share else ""
        return f"<b>Run {run.number}</b> " + _muted(training.note or f"trains: {done}{share}")
    words = [f"<b>Run {run.number}:</b>"]
    best = training.best
    if best is not None:
        words.append(
            f"<b>{escape(request.objective_info.label)} {score(best[0], request.objective)}</b>"
            + _muted(f" at epoch {best[1]:,} of {request.epochs:,}")
        )
    if training.message:
        words.append(_muted(training.message))
    words.append(_muted(_expected(run)))
    return " ".join(word for word in words if word)


def _preview(session: WhatIfSession) -> str:
    """What is forecast for the setting under the knobs before it is trained."""
    request = session.setting.request
    expected = None
    if session.preview is not None and session.preview[0] == request and session.preview[1].done():
        expected = session.preview[1].result()
    if expected is None:
        return "Say what you expect, then press Train. Forecasts begin after five runs."
    forecast = forecast_words(expected, request.objective)
    return f"Forecast of {request.objective_info.label}: {forecast}. Press Train to see."


def _expected(run: Run) -> str:
    """What was forecast for an ended run, and whether it came."""
    expected, came = run.expected, run.score
    if expected is None or came is None:
        return ""
    forecast = forecast_words(expected, run.request.objective)
    if not expected.surprised_by(came):
        return f"\u00b7 as forecast: {forecast}"
    return f"\u00b7 a surprise: {forecast} was forecast"


def calibration(session: WhatIfSession) -> str:
    """How many ended runs fell inside their intervals; empty before the first forecast."""
    runs = [*session.comparable, *([session.current] if session.current is not None else [])]
    compared = [
        (expected, came)
        for run in runs
        if run.training.state.ended
        and (expected := run.expected) is not None
        and (came := run.score) is not None
    ]
    if not compared:
        return "Forecasts begin with the sixth run."
    inside = sum(not expected.surprised_by(came) for expected, came in compared)
    return f"{inside} of {count(len(compared), 'forecast')} inside their 80 % intervals."


def render_runs(session: WhatIfSession) -> None:
    """Draw the list, newest first."""
    newest = [*reversed(session.runs)]
    if session.current is not None and session.current.training.state.ended:
        newest.insert(0, session.current)
    if not newest:
        st.html(html.text("Each run is listed here with what it changed.", "ts-muted ts-small"))
        return
    for place, run in enumerate(newest[:MOST_SHOWN]):
        before = newest[place + 1] if place + 1 < len(newest) else None
        _render_run(session, run, before)
    if len(newest) > MOST_SHOWN:
        rest = count(len(newest) - MOST_SHOWN, "earlier run")
        st.html(html.text(f"and {rest}", "ts-muted ts-small"))
    st.html(html.text(calibration(session), "ts-muted ts-small"))


def _render_run(session: WhatIfSession, run: Run, before: Run | None) -> None:
    words, back, pin = st.columns([8, 1.1, 1.1], vertical_alignment="center", gap="small")
    if before is None:
        what, came = setting_words(run.request), ""
    else:
        what, came = changes(before.request, run.request), effect(before.training, run.training)
    if not came:
        came = f"{run.request.objective_info.label} {score(run.score, run.request.objective)}"
    seconds = run.training.seconds
    # Asked for and there at once: somebody has trained it before.
    took = duration(seconds) if seconds >= AT_ONCE else "known at once"
    with words:
        st.html(
            f'<div class="ts-run"><b>Run {run.number}:</b> {escape(what)}; '
            f'<span>{escape(came)}</span> <i class="ts-muted ts-small">{took}</i></div>'
        )
    with back:
        st.button(
            "Back",
            key=f"what-if-back-{run.number}",
            type="tertiary",
            on_click=_go_back,
            args=(session, run),
            disabled=run is session.current,
            help="Set the knobs as they were.",
        )
    with pin:
        st.button(
            "Unpin" if run.pinned else "Pin",
            key=f"what-if-pin-{run.number}",
            type="tertiary",
            on_click=_turn,
            args=(run,),
            help="Keep its curve in the picture.",
        )


def _go_back(session: WhatIfSession, run: Run) -> None:
    session.take(Setting(run.request, session.setting.at_once))


def _turn(run: Run) -> None:
    run.pinned = not run.pinned


def _muted(words: str) -> str:
    return f'<span class="ts-muted">{escape(words)}</span>' if words else ""
