"""What-if within a challenge of a class: the same data for everybody, and a budget.

While a student's class plays one, their knobs are free and all else is fixed; a run is trained
when they press Train, and the server counts what it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import render_chart
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from pages.components.shared.players import (
    Player,
    challenge_words,
    luck_of,
    players,
    progress,
    y_title,
)
from pages.components.shared.user import user_id
from pages.components.shared.what_if_link import WhatIfSetting
from pages.components.what_if.session import WhatIfSession
from tuning_core.catalog import FAMILIES
from tuning_core.charts.compare.progress import progress_lines
from tuning_core.classroom.challenge import Challenge
from tuning_core.findings.formatting import number
from tuning_core.manager import Manager
from tuning_core.manager.classroom.student_runs import Seat
from tuning_core.spec.training_request import TrainingRequest

TICK = 2.0
HEIGHT = 280
CLOSED = (
    "Sweeps, the rate test and the landscape are closed during a challenge: they would train "
    "without being counted."
)


def enter_challenge(session: WhatIfSession, engine: Manager, *, linked: bool) -> None:
    """Find out whether the user's class plays one now, and bring them to its setting.

    Of a setting that was ``linked`` to just now the knobs are kept, and it is said what is not.
    """
    students = engine.challenges.students
    seat = students.seat(user_id())
    session.seat = seat if seat is not None and students.is_open(seat.play) else None
    if session.seat is not None:
        challenge = session.seat.play.challenge
        refusal = challenge.refusal(session.setting.request)
        if refusal and linked:
            said, request = session.complaints, challenge.entered(session.setting.request)
            session.take(WhatIfSetting(request, at_once=False))
            session.complaints = (*said, refusal)
        elif refusal:
            session.take(WhatIfSetting(challenge.request(), at_once=False))


def keep_to_challenge(session: WhatIfSession) -> None:
    """Leave of what the widgets say what a challenge leaves free, trained when asked to."""
    if session.seat is not None:
        request = session.seat.play.challenge.entered(session.setting.request)
        session.setting = replace(session.setting, request=request, at_once=False, goes_on=False)


def render_train(seat: Seat | None, request: TrainingRequest, on_click: Callable[[], None]) -> None:
    """Draw the button that trains; within a challenge it says what that takes."""
    cost, words, short = 1, "Train", None
    if seat is not None:
        cost, unit = seat.play.cost(seat.member, request), seat.play.challenge.unit
        words = f"Train ({cost} {unit if cost > 1 else unit.removesuffix('s')})"
        left = seat.play.left(seat.member)
        if cost > left:
            short = "The budget is spent. Your best run counts."
            if left:
                short = f"Of the budget {left} {unit} are left. Choose {left} or fewer."
    st.button(
        words if cost else "Trained",
        type="primary",
        key="what-if-train",
        on_click=on_click,
        disabled=not cost or short is not None,
        help=short,
    )


def same_for_all(seat: Seat) -> str:
    """What nobody can turn in a challenge, in a sentence."""
    challenge = seat.play.challenge
    dataset, family = challenge.dataset, FAMILIES[challenge.family].title
    test = "" if dataset.test is None else f" {dataset.test:.0%} wait untouched as the test part."
    return (
        f"{dataset.info.title}, {family}, seed {challenge.seed}: the same for everybody. "
        f"{dataset.validation:.0%} of the rows choose;{test}"
    )


def render_challenge(engine: Manager) -> None:
    """A strip with what is left, the best so far and the rank; nothing for who plays none."""
    seat = engine.challenges.students.seat(user_id())
    if seat is None or seat.state.task != seat.play.challenge:
        return
    done = seat.play.reveal is not None
    with st.container(border=True, key="what-if-challenge"):
        st.fragment(_render, key="challenge-strip", run_every=None if done else TICK)(
            engine.challenges.students.is_open(seat.play)
        )


def _render(was_open: bool) -> None:
    with errors_shown():
        engine = manager()
        seat = engine.challenges.students.seat(user_id())
        if seat is None:
            return
        if engine.challenges.students.is_open(seat.play) != was_open:
            # What can be turned on the page is another thing now.
            st.rerun()
        found = players(seat.state, seat.play, engine.challenges.runs(seat.state))
        own = next((p for p in found if p.place.player == seat.member), None)
        st.html(f'<div class="ts-strip">{_strip(seat, found, own)}</div>')
        if seat.play.reveal is None:
            st.html(html.text(challenge_words(seat.play.challenge), "ts-muted ts-small"))
        else:
            for sentence in luck_of(seat.play, found, hidden=seat.state.names_hidden)[1]:
                st.html(html.text(sentence))
        with st.expander("How the class stands", key="challenge-stands"):
            _render_progress(seat, found)


def _strip(seat: Seat, found: list[Player], own: Player | None) -> str:
    play, challenge = seat.play, seat.play.challenge
    students = [player for player in found if not player.machine]
    if not manager().challenges.students.is_open(play):
        parts = ["<b>The challenge is over</b>"]
    else:
        left = play.left(seat.member)
        parts = [f"<b>Challenge: {left} of {challenge.budget} {challenge.unit} left</b>"]
    if own is None or own.place.rank is None or own.place.value is None:
        parts.append("no run that counts yet" if own else "no run yet")
        return " \u00b7 ".join(parts)
    ranks = [p.place.rank for p in students if p.place.rank is not None]
    rank = sum(other < own.place.rank for other in ranks) + 1
    parts.append(f"best {escape(value_words(challenge, own.place.value))}")
    parts.append(f"{ordinal(rank)} of {len(seat.state.students)}")
    if own.test_rank is not None and own.judged is not None and own.judged.test is not None:
        tested = [p.test_rank for p in students if p.test_rank is not None]
        there = sum(other < own.test_rank for other in tested) + 1
        parts.append(
            f"on the test part {number(own.judged.test)}, <b>{ordinal(there)} of {len(tested)}</b>"
        )
    elif not manager().challenges.students.is_open(play):
        parts.append("your teacher reveals the test part")
    return " \u00b7 ".join(parts)


def value_words(challenge: Challenge, value: float) -> str:
    """What an entry is worth, with its unit."""
    if challenge.aim == "score":
        return number(value)
    return f"{value:,.0f} {challenge.aim}"


def ordinal(place: int) -> str:
    """1st, 2nd, 11th."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if 10 < place % 100 < 14 else ends.get(place % 10, "th")
    return f"{place}{end}"


def _render_progress(seat: Seat, found: list[Player]) -> None:
    challenge = seat.play.challenge
    lines = progress(seat.play, found, member=seat.member)
    render_chart(
        "challenge-own-progress",
        (
            tuple((line.label, line.kind, tuple(line.x), tuple(line.y)) for line in lines),
            html.is_dark(),
        ),
        lambda: progress_lines(
            lines,
            y_title=y_title(challenge),
            direction=challenge.direction,
            until=challenge.epochs,
            dark=html.is_dark(),
            height=HEIGHT,
        ),
        (),
        live=True,
    )
