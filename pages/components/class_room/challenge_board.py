"""A challenge on the board: everyone's best so far against the epochs spent, then its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.components.class_room.challenge_end import STYLE, end_html
from pages.components.class_room.roll import Roll
from pages.components.shared import html
from pages.components.shared.chart_place import render_chart
from pages.components.shared.errors import press, render_refusal
from pages.components.shared.manager_session import manager
from pages.components.shared.players import Player, challenge_words, players, progress, y_title
from pages.components.shared.user import person
from pages.components.shared.window import HEIGHT, WIDTH, window_size
from tuning_core.charts.compare.progress import BOARD, progress_lines
from tuning_core.classroom.play import Play
from tuning_core.classroom.state import ClassState
from tuning_core.findings.formatting import count

AROUND = 12.4
"""Letters of 20 pixels that all above and below the picture is high."""
SMALLEST = 240


def render_challenge(roll: Roll) -> None:
    """What a challenge shows beside the address, or in its place once all is revealed."""
    state, play = roll.state, roll.state.play
    if play is None:
        return
    found = players(state, play, manager().challenges.runs(state))
    title = escape(play.challenge.title)
    if play.reveal is not None:
        st.html(f'{STYLE}<div class="ts-board"><h2>{title}: the test part</h2></div>')
        st.html(end_html(play, found, hidden=state.names_hidden, dark=html.is_dark()))
        return
    about = escape(challenge_words(play.challenge))
    st.html(f'<div class="ts-board"><h2>{title}</h2><p>{about}</p></div>')
    _render_progress(play, found, hidden=state.names_hidden)
    words, actions = st.columns([1.6, 1], vertical_alignment="center")
    words.html(f"<p>{_play_words(roll, play, found)}</p>")
    with actions:
        _render_actions(state, play)


def _render_progress(play: Play, found: Sequence[Player], *, hidden: bool) -> None:
    width, height = window_size("board-window")
    scale = max(1.0, min(width / WIDTH, height / HEIGHT))
    pixels = max(SMALLEST, round(height - AROUND * 20 * scale))
    lines = progress(play, found, hidden=hidden)
    token = (
        tuple((line.label, line.kind, tuple(line.x), tuple(line.y), line.end) for line in lines),
        *(pixels, round(scale, 2), html.is_dark()),
    )
    challenge = play.challenge
    render_chart(
        "challenge-progress",
        token,
        lambda: progress_lines(
            lines,
            y_title=y_title(challenge),
            direction=challenge.direction,
            spent="epochs",
            until=challenge.epochs,
            dark=html.is_dark(),
            height=pixels,
            scale=BOARD * scale,
        ),
        (),
        live=True,
    )


def _play_words(roll: Roll, play: Play, found: Sequence[Player]) -> str:
    began = sum(not player.machine for player in found)
    students = len(roll.students)
    done = sum(play.left(member.id) == 0 for member in roll.students)
    words = [f"<b>{began}</b> of {count(students, 'student')} have run", f"<b>{done}</b> done"]
    if not students:
        words = ["Nobody has joined yet"]
    if play.deadline is not None and play.ended is None:
        left = max(0.0, play.deadline - time.time())
        words.append(f"<b>{left // 60:.0f}:{left % 60:02.0f}</b> left" if left else "time is up")
    return " \u00b7 ".join(words)


def _render_actions(state: ClassState, play: Play) -> None:
    challenges, me = manager().challenges, person()
    problem = challenges.problem(state.code, play)
    if challenges.revealing(state.code, play):
        st.html("<p>The test part is being revealed\u2026</p>")
        return
    if problem:
        st.html(f"<p>{escape(problem)}</p>")
    if state.ended is not None:
        return
    going = [m for m in state.students if challenges.students.is_open(play) and play.left(m.id)]
    with st.popover("Reveal the test part", type="primary", key="challenge-ask"):
        st.html(
            "<p>Everybody's best run is judged on rows that chose nothing. "
            f"{_ends_for(len(going))}</p>"
        )
        st.button(
            "Reveal it",
            key="challenge-reveal",
            type="primary",
            on_click=press,
            args=(challenges.reveal, state.code, me),
        )
    render_refusal()


def _ends_for(going: int) -> str:
    """What a reveal ends, in a sentence; "" where nobody could go on."""
    if not going:
        return ""
    have = f"{going} students have" if going > 1 else "One student has"
    return f"The challenge ends: {have} something left to spend."
