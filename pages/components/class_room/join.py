"""How a student comes into a class, and what the class is to them."""

from __future__ import annotations

import streamlit as st

from pages.components.class_room.tasks import destination_of, lesson_title, words_of
from pages.components.shared import html
from pages.components.shared.deeds import note_for_class
from pages.components.shared.errors import ask, press, render_refusal
from pages.components.shared.manager_session import manager
from pages.components.shared.user import user_id
from tuning_core.classroom.deeds import Followed
from tuning_core.classroom.names import LONGEST_NICKNAME
from tuning_core.classroom.pins import drawn_pin, is_pin, read_pin
from tuning_core.classroom.state import Member, Membership
from tuning_core.findings.formatting import count
from tuning_core.home.home import ManagerError

_PIN = "class-pin"
"""Where the session keeps the PIN that was chosen in it; nothing else knows it."""


def render_join(code: str) -> None:
    """The form by which one joins or comes back; ``code`` is what the address says."""
    with st.form("join", border=True):
        typed = st.text_input("Code of the class", value=code, max_chars=12, key="join-code")
        nickname = st.text_input(
            "Nickname",
            max_chars=LONGEST_NICKNAME,
            key="join-nickname",
            placeholder="Empty: an animal is drawn",
            help="Not your full name: everybody in the room sees it.",
        )
        pin = st.text_input(
            "PIN of four digits",
            max_chars=8,
            key="join-pin",
            placeholder="Empty: one is drawn",
            help="With your nickname and this PIN you come back on another device. Not a PIN that "
            "you use elsewhere.",
        )
        if not st.form_submit_button("Join", type="primary"):
            return
    pin = "".join(pin.split()) or drawn_pin()
    address = st.context.ip_address or ""
    try:
        joined = manager().classes.join(typed, nickname, pin, user_id(), address=address)
    except ManagerError as error:
        st.error(html.plain(str(error)))
        return
    # This browser may have been a member's before, who has another PIN.
    if is_pin(pin, manager().classes.state(joined.code).members[joined.member].pin):
        st.session_state[_PIN] = (joined.code, joined.member, pin)
    st.query_params["code"] = joined.code
    st.rerun()


def render_membership(membership: Membership, member: Member) -> None:
    """Who the student is, what comes next, what they have done, their PIN."""
    st.title(f"Class {membership.code}")
    title = f"{membership.title}. " if membership.title else ""
    st.html(html.text(f"{title}You are {member.nickname}.", "ts-lead"))
    render_refusal()
    next_, own = st.columns([1.4, 1], gap="large")
    with next_, st.container(border=True, key="class-next"):
        st.subheader("What comes next")
        task = membership.task
        if task is None:
            st.html(html.text("Your teacher has set nothing yet; it will appear here.", "ts-muted"))
        else:
            st.html(html.text(words_of(task), "ts-name"))
            where = destination_of(task)
            if st.button("Go there", key="class-next-go", type="primary"):
                note_for_class(Followed(number=membership.number))
                st.switch_page(where.file, query_params=dict(where.query))
        record = _record(member)
        if record:
            st.html(html.text(record, "ts-muted ts-small"))
    with own:
        _render_pin(membership.code, member)
        st.button(
            f"I am not {html.plain(member.nickname)}",
            key="class-leave",
            type="tertiary",
            on_click=press,
            args=(manager().classes.leave, user_id()),
            help="For another student at this device. You come back by nickname and PIN.",
        )


def _record(member: Member) -> str:
    right = sum(answer.right for answer in member.answers.values())
    said = [f"{count(len(member.answers), 'question')} answered, {right} right"]
    if member.guesses:
        right = sum(guess.right for guess in member.guesses)
        said.append(f"{right} of {count(len(member.guesses), 'guess', 'guesses')} right")
    if member.aims:
        said.append("aims reached: " + ", ".join(lesson_title(lesson) for lesson in member.aims))
    return " \u00b7 ".join(said) if member.answers or member.guesses or member.aims else ""


def _render_pin(code: str, member: Member) -> None:
    known = st.session_state.get(_PIN)
    st.subheader("On another device")
    if known is not None and known[:2] == (code, member.id):
        words = f"Come back as {member.nickname} with your PIN {known[2]}. Note it down."
    else:
        words = f"Come back as {member.nickname} with your PIN. If you forgot it, set another here."
    st.html(html.text(words, "ts-small"))
    with st.form("another-pin", border=False):
        pin = st.text_input("Another PIN", max_chars=8, key="another-pin-digits")
        if not st.form_submit_button("Set this PIN"):
            return
    if ask(manager().classes.set_pin, user_id(), pin):
        st.session_state[_PIN] = (code, member.id, read_pin(pin))
        st.rerun()
    render_refusal()
