"""The board of a class, for the projector: nothing else is on the page, nothing is small.

Everything is measured in the root's letters, which grow with the window and are never smaller than
20 pixels; no text is smaller than 0.9 of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from pages.components.class_room.address import class_address, qr_picture
from pages.components.class_room.challenge_board import render_challenge
from pages.components.class_room.line import PAGE
from pages.components.class_room.roll import Roll
from pages.components.class_room.tasks import details_of, lesson_title, words_of
from pages.components.shared import html
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from tuning_core.classroom.state import ClassState, Member
from tuning_core.lessons import all_lessons

TICK = 2.0
MOST_NAMES, MOST_PLACES = 40, 6
"""Names in all that are written out beside places; more are counted."""
LETTER = 20
"""Pixels of a letter in a window of 1280 by 720, and at least."""


def render_board(code: str) -> None:
    """Draw the board, which follows the class by itself."""
    html.render_title(f"Board of {code}")
    st.html(_STYLE)
    st.fragment(_board, key="board", run_every=TICK)(code)


def _board(code: str) -> None:
    with errors_shown():
        classes = manager().classes
        state = classes.state(code)
        roll = Roll.call(state, classes.here(state))
        kind = "" if state.task is None else state.task.kind
        if kind in PARTS and state.play is not None and state.play.reveal is not None:
            # All are judged: nobody joins, and all room is for that.
            with st.container(key="board-main"):
                render_challenge(roll)
            with st.container(key="board-leave"):
                st.page_link(PAGE, label="Leave the board", query_params={"code": code})
            return
        # The ratio that leaves the picture of the address large enough for a camera at the back.
        join, main = st.columns([1, 2.75], gap="large")
        with join, st.container(key="board-join"):
            st.html(_join_html(roll))
            st.page_link(PAGE, label="Leave the board", query_params={"code": code})
        with main, st.container(key="board-main"):
            PARTS.get(kind, _render_class)(roll)


def _join_html(roll: Roll) -> str:
    state = roll.state
    if state.ended is not None:
        return f'<div class="code">{escape(state.code)}</div><p>This class has ended.</p>'
    address = class_address(state.code)
    scheme, _, rest = address.short.rpartition("://")
    shown = escape(f"{scheme}://{rest}" if scheme else rest).replace("/", "/<wbr>")
    problem = f"<p>{escape(address.problem)}</p>" if address.problem else ""
    gone = f" \u00b7 {len(roll.gone)} away" if roll.gone else ""
    return (
        f"<p>Join at <b>{shown}</b></p>"
        f'<div class="code">{escape(state.code)}</div>'
        f'<div class="qr">{qr_picture(address.link)}</div>{problem}'
        f"<p><b>{len(roll.present)}</b> here{gone}</p>"
    )


def _render_class(roll: Roll) -> None:
    """What is shown beside the address where a task has no part of its own."""
    st.html(f'<div class="ts-board">{class_html(roll)}</div>')


PARTS: dict[str, Callable[[Roll], None]] = {"challenge": render_challenge}
"""What is drawn for a kind of task in place of who is where; see ``tasks.py``."""


def class_html(roll: Roll) -> str:
    """What comes next, answers, who is where, who is stuck."""
    state = roll.state
    if not roll.students:
        title = f"<h2>{escape(state.title)}</h2>" if state.title else ""
        return (
            f"{title}<h2>Nobody has joined yet</h2><ol><li>Open the address on the left, or point "
            "your camera at the picture.</li><li>Type the four letters.</li><li>Choose a nickname, "
            "and a PIN of four digits with which you come back on another device.</li></ol>"
        )
    blocks = [f"<h2>{_headline(state)}</h2>"]
    task = state.task
    details = details_of(task) if task is not None else ""
    if details:
        blocks.append(f'<p class="q">{escape(details)}</p>')
    lesson = getattr(task, "lesson", "")
    if lesson in all_lessons():
        blocks.append(_answers_html(roll, lesson))
        reached = roll.reached(lesson)
        if reached:
            blocks.append(
                f"<p><b>{len(reached)} of {len(roll.students)}</b> reached the aim of "
                f"\u2018{escape(lesson_title(lesson))}\u2019{_named(roll, reached, ': ')}</p>"
            )
    blocks.append(_places_html(roll, large=len(blocks) < 3))
    guesses, right = roll.guesses
    if guesses:
        blocks.append(f"<p><b>{right} of {guesses}</b> guesses before training were right</p>")
    stuck = roll.stuck
    if stuck:
        count = f"<b>{len(stuck)}</b>" if state.names_hidden else ""
        blocks.append(f"<p>Stuck for a while: {count}{_named(roll, stuck, '')}</p>")
    return "".join(blocks)


def _headline(state: ClassState) -> str:
    return escape(words_of(state.task) if state.task is not None else state.title or "The class")


def _answers_html(roll: Roll, lesson: str) -> str:
    question, counts = all_lessons()[lesson].question, roll.answers(lesson)
    right, most = roll.right_option(lesson), len(roll.students)
    rows = ""
    for index, (words, count) in enumerate(zip(question.options, counts, strict=True)):
        kind, said = ("option right", f"{words} (right)") if index == right else ("option", words)
        width = f"{100 * count / most:.1f}%"
        rows += (
            f'<div class="{kind}">{escape(said)}</div>'
            f'<div class="bar"><i style="width:{width}"></i></div><b>{count}</b>'
        )
    answered = f"{sum(counts)} of {len(roll.students)} have answered"
    return (
        f'<p class="q">{escape(question.words)}</p><div class="bars">{rows}</div><p>{answered}</p>'
    )


def _places_html(roll: Roll, *, large: bool) -> str:
    places = roll.places
    if not places:
        return "<p>Nobody has the page open now.</p>"
    named = not roll.state.names_hidden and len(roll.present) <= MOST_NAMES
    rows = "".join(
        f"<b>{len(members)}</b><div>{escape(place)}"
        f"{f'<span class=names> {_bdi(members)}</span>' if named else ''}</div>"
        for place, members in places[:MOST_PLACES]
    )
    further = sum(len(members) for _, members in places[MOST_PLACES:])
    more = f"<b>{further}</b><div>elsewhere</div>" if further else ""
    kind = "places large" if large else "places"
    return f'<div class="{kind}">{rows}{more}</div>'


def _named(roll: Roll, members: Sequence[Member], lead: str) -> str:
    """The members by name, unless names are hidden or too many."""
    if roll.state.names_hidden:
        return ""
    more = f" and {len(members) - 12} more" if len(members) > 12 else ""
    return f"{lead}{_bdi(members[:12])}{more}"


def _bdi(members: Sequence[Member]) -> str:
    """Names, each of which keeps its own direction of writing to itself."""
    return ", ".join(f"<bdi>{escape(member.nickname)}</bdi>" for member in members)


_STYLE = f"""<style>
html {{ font-size: max({LETTER}px, min({100 * LETTER / 1280:.4f}vw, {100 * LETTER / 720:.4f}vh))
  !important; }}
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"]
  {{ display: none !important; }}
.stMainBlockContainer {{ padding: 1.2rem 1.6rem 0 !important; max-width: none !important; }}
.st-key-board-join, .st-key-board-main {{ font-size: 1rem; line-height: 1.4; }}
.st-key-board-join p, .st-key-board-main p {{ font-size: 1rem; margin: 0.35rem 0; }}
.st-key-board-join a p, .st-key-board-join a span {{ font-size: 0.9rem !important; }}
.st-key-board-join p:first-child {{ font-size: 1.1rem; }}
.st-key-board-join .code {{ font-size: 4rem; line-height: 1.15; font-weight: 700;
  letter-spacing: 0.08em; color: var(--ts-good); }}
.st-key-board-join .qr img {{ display: block; width: min(100%, 13rem); border-radius: 6px; }}
.ts-board h2 {{ font-size: 1.8rem; line-height: 1.25; padding: 0 0 0.3rem; margin: 0; }}
.ts-board ol li {{ font-size: 1.2rem; margin: 0.5rem 0; }}
.ts-board .q {{ font-size: 1.3rem !important; margin: 0.2rem 0 0.8rem !important; }}
.ts-board .bars {{ display: grid; grid-template-columns: minmax(8rem, 2fr) 3fr 2.4rem;
  gap: 0.6rem 0.8rem; align-items: center; }}
.ts-board .option {{ font-size: 1.15rem; line-height: 1.25; }}
.ts-board .bar {{ height: 2.1rem; background: rgba(127,145,141,.18); border-radius: 4px;
  overflow: hidden; }}
.ts-board .bar i {{ display: block; height: 100%; background: #14948a; border-radius: 4px;
  transition: width 0.4s; }}
.ts-board .right {{ color: var(--ts-good); font-weight: 600; }}
.ts-board .bars b {{ font-size: 1.3rem; }}
.ts-board .places b, .ts-board .bars b {{ font-variant-numeric: tabular-nums; }}
.ts-board .places {{ display: grid; grid-template-columns: 2.4rem 1fr; gap: 0.4rem 0.4rem;
  margin: 0.9rem 0 0.6rem; padding-top: 0.8rem; border-top: 1px solid rgba(127,145,141,.4); }}
.ts-board .places.large {{ font-size: 1.35rem; gap: 0.8rem 0.6rem; }}
.ts-board .names {{ opacity: 0.72; }}
.ts-board bdi {{ white-space: nowrap; }}
</style>"""
