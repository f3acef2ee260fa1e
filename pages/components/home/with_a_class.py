"""Home for a class: a challenge in one click, the last class; for students, where to join."""

from __future__ import annotations

import streamlit as st

from pages.components.home.now import CLASS_PAGE
from pages.components.shared import html
from pages.components.shared.errors import ask, render_refusal
from pages.components.shared.user import person
from tuning_core.classroom.challenge import PRESETS
from tuning_core.classroom.state import ClassState
from tuning_core.findings.formatting import ago, count
from tuning_core.manager import Manager

FIRST = next(iter(PRESETS))


def render_with_a_class(engine: Manager) -> None:
    """Draw one quiet line; nothing for who is in a class, which every page says."""
    me = person()
    if engine.classes.of(me.user) is not None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="way-class"):
        if not (me.teacher or me.here):
            st.html(html.text("In a class? Your teacher shows a code of four letters:"))
            if st.button("Join a class", key="class-join"):
                st.switch_page(CLASS_PAGE)
            return
        st.html(html.text("A class on the projector, everybody against the machine:"))
        if st.button("Begin a challenge", key="class-challenge", help=_help()):
            _begin(engine)
        if st.button("Class", key="class-open", type="tertiary", help="Open one, or join one."):
            st.switch_page(CLASS_PAGE)
        last = engine.classes.of_teacher(me.user)
        if last is not None:
            st.page_link(CLASS_PAGE, label=_last_words(last), query_params={"code": last.code})
    render_refusal()


def _help() -> str:
    challenge = PRESETS[FIRST]
    return (
        f"Opens a class with the challenge “{challenge.title}”: {challenge.budget} "
        f"{challenge.unit} each. The board then shows the code to join."
    )


def _begin(engine: Manager) -> None:
    """Open a class, begin the first challenge in it, and show its board."""
    me, challenge = person(), PRESETS[FIRST]
    codes: list[str] = []

    def begin() -> None:
        codes.append(engine.classes.open(challenge.title, me))
        engine.challenges.begin(codes[0], challenge, me)

    if ask(begin):
        st.switch_page(CLASS_PAGE, query_params={"code": codes[0], "board": "1"})


def _last_words(state: ClassState) -> str:
    title = html.plain(state.title) if state.title else state.code
    students = count(len(state.students), "student")
    return f"Last class: {title}, {students}, {ago(state.opened)}"
