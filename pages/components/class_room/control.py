"""A class in its teacher's hands: what comes next, who is here, and its end."""

from __future__ import annotations

import time
from functools import partial
from html import escape

import streamlit as st

from pages.components.class_room.address import class_address, qr_picture
from pages.components.class_room.line import PAGE
from pages.components.class_room.roll import Roll, place_of
from pages.components.class_room.tasks import KINDS, words_of
from pages.components.shared import html
from pages.components.shared.errors import ask, errors_shown, press, render_refusal
from pages.components.shared.manager_session import manager
from pages.components.shared.players import challenge_csv
from pages.components.shared.user import person
from tuning_core.classroom.names import LONGEST_NICKNAME, LONGEST_TITLE
from tuning_core.classroom.state import ClassState, Member
from tuning_core.findings.formatting import count

TICK = 2.0
_COLUMNS = ("Student", "Where", "Last deed", "Answers", "Aims")


def render_opening() -> None:
    """For a teacher without a class: open one."""
    with st.form("open-class", border=True):
        title = st.text_input(
            "Title", max_chars=LONGEST_TITLE, key="open-title", placeholder="May be left empty"
        )
        if not st.form_submit_button("Open a class"):
            return
    opened: list[str] = []
    if ask(lambda: opened.append(manager().classes.open(title, person()))):
        st.query_params["code"] = opened[0]
        st.rerun()
    render_refusal()


def render_control(state: ClassState) -> None:
    """All that a teacher does with a class."""
    heading, actions = st.columns([1, 1.4], vertical_alignment="bottom", gap="medium")
    with heading:
        st.title(f"Class {state.code}")
        if state.title:
            st.html(html.text(state.title, "ts-lead"))
    with actions, st.container(horizontal=True, horizontal_alignment="right", key="class-actions"):
        if state.ended is None:
            st.link_button("Open the board", f"class_room?code={state.code}&board=1")
        _render_csv(state)
        if state.ended is None:
            _render_end(state)
    render_refusal()
    if state.ended is not None:
        st.info("This class has ended. What it did stays here for you, and in the CSV.")
        st.html(_roll_html(Roll.call(state, frozenset())))
        return
    join, task = st.columns([1, 1.6], gap="large")
    with join:
        _render_address(state)
    with task, st.container(border=True, key="class-task"):
        _render_task(state)
    st.subheader("Who is here")
    st.fragment(_render_roll, key="class-roll", run_every=TICK)(state.code)
    _render_members(state)


def _render_address(state: ClassState) -> None:
    address = class_address(state.code)
    picture, words = st.columns([1, 1.5], vertical_alignment="center")
    with picture:
        st.html(f'<div class="ts-qr">{qr_picture(address.link)}</div>')
    with words:
        st.html(
            f'<div class="ts-small">Join at <b>{escape(address.short)}</b></div>'
            f'<div class="ts-code">{escape(state.code)}</div>'
        )
    if address.problem:
        st.warning(html.plain(address.problem))


def _render_task(state: ClassState) -> None:
    st.subheader("What comes next")
    now = "Nothing yet." if state.task is None else f"Now: {words_of(state.task)}"
    if state.everybody and state.task is not None:
        now += ", everybody is taken there."
    st.html(html.text(now, "ts-muted"))
    kind = st.segmented_control(
        "Kind",
        [*KINDS],
        format_func=lambda kind: KINDS[kind].label,
        default=next(iter(KINDS)),
        key="task-kind",
        required=True,
        label_visibility="collapsed",
    )
    task = KINDS[kind].render_choice()
    everybody = st.toggle(
        "Take everybody there",
        key="task-everybody",
        help="Pages of students go there by themselves, once. Otherwise a button offers it.",
    )
    with st.container(horizontal=True):
        if st.button("Set as next", key="task-set", type="primary", disabled=task is None) and ask(
            manager().challenges.set_task, state.code, task, person(), everybody=everybody
        ):
            st.rerun()
        if state.task is not None and st.button("Nothing next", key="task-none", type="tertiary"):
            ask(manager().challenges.set_task, state.code, None, person())
            st.rerun()


def _render_roll(code: str) -> None:
    with errors_shown():
        classes = manager().classes
        state = classes.state(code)
        st.html(_roll_html(Roll.call(state, classes.here(state))))


def _roll_html(roll: Roll) -> str:
    if not roll.students:
        return html.text("Nobody has joined yet.", "ts-muted")
    stuck = {member.id for member in roll.stuck}
    head = "".join(f"<th>{words}</th>" for words in _COLUMNS)
    rows = "".join(_row_html(roll, member, member.id in stuck) for member in roll.students)
    words = f"{len(roll.present)} here, {len(roll.gone)} away" if roll.state.ended is None else ""
    return (
        html.text(words, "ts-muted ts-small")
        + f'<div class="ts-roll"><table class="ts-table"><tr>{head}</tr>{rows}</table></div>'
    )


def _row_html(roll: Roll, member: Member, stuck: bool) -> str:
    away = roll.state.ended is None and member.id not in roll.here
    right = sum(answer.right for answer in member.answers.values())
    seconds = roll.now - member.seen
    ago = "just now" if seconds < 10 else f"{seconds:.0f} s ago"
    if seconds >= 120:
        ago = f"{seconds / 60:.0f} min ago" if seconds < 7_200 else f"{seconds / 3_600:.0f} h ago"
    mark = f" {html.status_mark('failed', 'stuck')}" if stuck else ""
    answers = f"{right} of {len(member.answers)} right" if member.answers else ""
    return (
        f"<tr{' class=same' if away else ''}><td><bdi>{escape(member.nickname)}</bdi>{mark}</td>"
        f"<td>{escape(place_of(member)) if member.page or member.steps else ''}</td>"
        f"<td>{'away, ' if away else ''}{ago}</td><td>{answers}</td>"
        f"<td>{len(member.aims) or ''}</td></tr>"
    )


def _render_members(state: ClassState) -> None:
    """Hide names, rename, remove and let in again."""
    classes, me, code = manager().classes, person(), state.code
    # Another teacher may have turned it, and another class has its own.
    st.session_state["class-hide"] = state.names_hidden
    st.toggle(
        "Hide names on the board",
        key="class-hide",
        on_change=lambda: press(classes.hide_names, code, st.session_state["class-hide"], me),
    )
    members = {member.id: member for member in state.members.values()}
    if not members:
        return
    with st.expander("Rename or remove somebody"), st.container(key="class-members"):
        chosen = members[
            st.selectbox(
                "Who",
                [*members],
                format_func=lambda id: (
                    members[id].nickname + (" (removed)" if members[id].removed else "")
                ),
                key="class-member",
            )
        ]
        if chosen.removed:
            st.button(
                "Let in again",
                key="let-in",
                on_click=press,
                args=(classes.let_in, code, chosen.id, me),
            )
            return
        name = st.text_input(
            "Another nickname", max_chars=LONGEST_NICKNAME, key=f"rename-{chosen.id}"
        )
        with st.container(horizontal=True):
            st.button(
                "Rename",
                key="rename",
                disabled=not name.strip(),
                on_click=press,
                args=(classes.rename, code, chosen.id, name, me),
            )
            st.button(
                "Remove",
                key="remove",
                on_click=press,
                args=(classes.remove, code, chosen.id, me),
                help="They are told, and this browser of theirs stays out until you let it in.",
            )


def _render_csv(state: ClassState) -> None:
    files = {"class": ("Save as CSV", _csv)}
    if state.play is not None:
        files["challenge"] = ("Challenge as CSV", _challenge_csv)
    day = time.strftime("%Y-%m-%d", time.gmtime(state.opened))
    for name, (label, made) in files.items():
        st.download_button(
            label,
            data=partial(made, state.code),
            file_name=f"{name}-{state.code}-{day}.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"{name}-csv",
        )


def _challenge_csv(code: str) -> str:
    state = manager().classes.state(code)
    assert state.play is not None
    return challenge_csv(state, state.play, manager().challenges.runs(state))


def _csv(code: str) -> str:
    classes = manager().classes
    state = classes.state(code)
    return Roll.call(state, classes.here(state)).table()


def _render_end(state: ClassState) -> None:
    with st.popover("End the class"):
        st.html(html.text("Students are told; nothing more is noted. It stays here for you."))
        st.button(
            f"End it for {count(len(state.students), 'student')}",
            key="class-end",
            on_click=press,
            args=(manager().challenges.end_class, state.code, person()),
        )


def render_last(state: ClassState) -> None:
    """A way to the class that the teacher led last."""
    st.page_link(
        PAGE,
        label=f"Your last class, {state.code}: {count(len(state.students), 'student')}",
        query_params={"code": state.code},
    )
