"""The line above every page of a class's students: who they are, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from pages.components.class_room.tasks import Destination, destination_of, words_of
from pages.components.shared import html
from pages.components.shared.deeds import note_for_class
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from pages.components.shared.user import user_id
from tuning_core.catalog import DATASETS
from tuning_core.classroom.deeds import Followed, Step
from tuning_core.classroom.state import Membership
from tuning_core.lessons import all_lessons

PAGE = "pages/class_room.py"
TICK = 2.0
"""Seconds between two looks at the class."""
_TOLD = "class-told"
_BARE = ("board", "present")
"""What in an address asks for a page without anything around it."""


def render_class_line(address: str) -> None:
    """Note that a student is on the page at ``address``, and draw the line on it.

    Who is in no class has no line, and nothing that looks for one.
    """
    classes, user = manager().classes, user_id()
    membership = classes.of(user)
    query = st.query_params.to_dict()
    if any(query.get(name) == "1" for name in _BARE) or st.context.is_embedded:
        return
    if membership is None:
        said = classes.farewell(user)
        if said and address != "class_room":
            st.html(html.text(said, "ts-class-line ts-small"))
        return
    if membership.role == "student":
        note_for_class(Step(page=address, what=_what(address, query)))
    elif address in ("class_room", ""):  # Home shows a class to its teacher by itself.
        return
    with st.container(key="class-line"):
        st.fragment(_line, key="class-line-live", run_every=TICK)(address, membership)


def _what(address: str, query: Mapping[str, str]) -> str:
    """What of a page one is at: a lesson, a dataset of What-if."""
    lesson, dataset = query.get("lesson", ""), query.get("dataset", "")
    if address == "learn":
        return lesson if lesson in all_lessons() else ""
    if address == "what_if":
        return dataset if dataset in DATASETS else ""
    return ""


def _line(address: str, shown: Membership) -> None:
    classes, user = manager().classes, user_id()
    classes.heard_of(user)
    now = classes.of(user)
    if now is None or (now.code, now.member) != (shown.code, shown.member):
        st.rerun()
    if address == "class_room" and now.number != shown.number:
        st.rerun()
    if now.role == "student" and now.number != shown.number:
        _tell(now)
    go_to = None
    with errors_shown():
        go_to = _render_line(address, now)
    if go_to is not None:
        st.switch_page(go_to.file, query_params=dict(go_to.query))


def _tell(now: Membership) -> None:
    """Say once in a session what comes next, to who has scrolled the line out of sight."""
    told = (now.code, now.number)
    if now.task is not None and st.session_state.get(_TOLD) != told:
        st.session_state[_TOLD] = told
        st.toast(html.plain(f"Next: {words_of(now.task)}"))


def _render_line(address: str, now: Membership) -> Destination | None:
    """Draw the line; where to go, if the student or the teacher wants them to go now."""
    where = None if now.task is None else destination_of(now.task)
    there = where is not None and is_there(address, st.query_params.to_dict(), where, now)
    follows = now.everybody and now.followed < now.number and now.role == "student"
    # The page of the class says all of this itself.
    pressed = address != "class_room" and _render_words(now, where is not None, there)
    if where is None or not (pressed or follows or there):
        return None
    if now.followed < now.number and now.role == "student":
        # Once for each task: who has left it since is not taken back.
        note_for_class(Followed(number=now.number))
    return None if there else where


def _render_words(now: Membership, has_task: bool, there: bool) -> bool:
    """The line itself; whether a student wants to go to the task."""
    with st.container(key="class-line-parts", horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="ts-class-words">{_words(now, there)}</div>')
        if now.role == "teacher":
            st.page_link(PAGE, label="To the class", query_params={"code": now.code})
            return False
        return has_task and not there and st.button("Go there", key="class-go", type="primary")


def is_there(address: str, query: Mapping[str, str], where: Destination, now: Membership) -> bool:
    """Whether who is on the page of an address is where the task leads."""
    marked = all(query.get(name) == value for name, value in where.marks.items())
    went = where.marks_say_all or now.followed >= now.number
    return address == where.address and marked and went


def _words(now: Membership, there: bool) -> str:
    who = f" \u00b7 {escape(now.nickname)}" if now.nickname else ""
    head = f"Class <b>{escape(now.code)}</b>{who}"
    if now.task is None:
        return f"{head}" if now.role == "teacher" else f"{head} \u2014 nothing to do for now"
    lead = "now" if there or now.role == "teacher" else "next"
    return f"{head} \u2014 {lead}: <b>{escape(words_of(now.task))}</b>"
