"""Class: joined by a code, led by a teacher, shown on a board."""

from __future__ import annotations

import streamlit as st

from pages.components.app.navigation import guard
from pages.components.class_room.board import render_board
from pages.components.class_room.control import render_control, render_last, render_opening
from pages.components.class_room.join import render_join, render_membership
from pages.components.class_room.line import PAGE
from pages.components.shared import html
from pages.components.shared.errors import press, render_refusal
from pages.components.shared.manager_session import manager
from pages.components.shared.user import person
from tuning_core.classroom.names import read_code
from tuning_core.classroom.state import ClassState
from tuning_core.home.home import ManagerError

guard(PAGE, {"code", "board"})
classes, me = manager().classes, person()
membership, last = classes.of(me.user), classes.of_teacher(me.user)
teaches = me.teacher or me.here


def render_entrance(code: str) -> None:
    """For whoever is in no class: join one, or open one."""
    st.title("Class")
    st.html(
        html.text(
            "A class works on the same lesson, setting or challenge, and the board on the "
            "projector shows how far everybody is. The teacher says its four letters.",
            "ts-muted ts-lead",
        )
    )
    said = classes.farewell(me.user)
    if said:
        st.info(html.plain(said))
    render_refusal()
    join, lead = st.columns(2, gap="large")
    with join:
        st.subheader("Join a class")
        render_join(code)
    if not teaches:
        return
    with lead:
        st.subheader("Lead a class")
        render_opening()
        if code:
            st.button(
                f"Lead class {html.plain(code)}, too",
                key="teach",
                on_click=press,
                args=(classes.teach, code, me),
                help="For a second teacher of a class that is open.",
            )
        if last is not None:
            render_last(last)


def led(code: str) -> ClassState | None:
    """The class of a code, if the user is one of its teachers."""
    try:
        found = classes.state(code)
    except ManagerError:
        return None
    return found if me.user in found.teachers else None


wanted = st.query_params.get("code", "")
try:
    code = read_code(wanted) if wanted else ""
except ManagerError as error:
    st.warning(html.plain(str(error)))
    code = ""
if not code and membership is not None:
    code = membership.code
state = led(code) if code else None
if state is not None and st.query_params.get("board") == "1" and state.ended is None:
    render_board(code)
elif state is not None:
    render_control(state)
elif membership is not None and membership.role == "student" and membership.code == code:
    render_membership(membership, classes.state(code).members[membership.member])
else:
    render_entrance(code)
