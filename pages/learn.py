"""Learn: lessons, each with a picture computed on the spot."""

from __future__ import annotations

import streamlit as st

from pages.components.app.navigation import guard
from pages.components.learn.lesson import PAGE, render_lesson
from pages.components.learn.present import render_presented
from pages.components.shared import html
from pages.components.shared.deeds import lessons_done
from pages.components.shared.user import browser_id
from tuning_core.findings.formatting import count
from tuning_core.lessons import GROUPS, all_lessons
from tuning_core.manager import ManagerError

ACROSS = 3
"""Groups of lessons side by side."""


def render_path(unknown: str) -> None:
    """All lessons in their order; ``unknown`` is a name that was asked for and is none."""
    lessons = all_lessons()
    st.title("Learn the knobs")
    if unknown:
        st.warning(
            f"There is no lesson {html.plain(unknown[:60])}. All that there are, are listed below."
        )
    done = lessons_done().done(browser_id()) & {*lessons}
    reached = lessons_done().reached(browser_id()) & {*lessons}
    st.html(
        html.text(
            "One knob a lesson: a short text, a picture computed while you look, a question. "
            "Nothing is canned: turn a knob and the networks train again.",
            "ts-muted ts-lead",
        )
    )
    if done or reached:
        words = (
            f"{len(done)} of {len(lessons)} lessons done and {count(len(reached), 'aim')} reached "
            "in this browser"
        )
        st.html(html.bar(len(done) / len(lessons), words) + html.text(words, "ts-muted ts-small"))
    following = next((lesson for lesson in lessons.values() if lesson.id not in done), None)
    if following is not None and st.button(
        f"{'Go on' if done else 'Begin'}: {following.title}", type="primary", key="go-on"
    ):
        st.switch_page(PAGE, query_params={"lesson": following.id})
    number = 0
    for index, (title, group) in enumerate(GROUPS.items()):
        if index % ACROSS == 0:
            # A row of its own each: stacked on a phone, the groups keep their order.
            places = st.columns(ACROSS, gap="large")
        with places[index % ACROSS], st.container(key=f"lessons-{index}"):
            st.subheader(title)
            for lesson in group:
                number += 1
                marks = [
                    *(["done"] if lesson.id in done else []),
                    *(["aim reached"] if lesson.id in reached else []),
                ]
                mark = f" · {', '.join(marks)}" if marks else ""
                st.page_link(
                    PAGE,
                    label=f"{number}  {lesson.title}{mark}",
                    query_params={"lesson": lesson.id},
                )
    if (done or reached) and st.button("Forget what was done", key="forget", type="tertiary"):
        lessons_done().forget(browser_id())
        st.rerun()


wanted = st.query_params.get("lesson", "")
lesson = all_lessons().get(wanted)
knobs = lesson.knobs if lesson is not None else ()
presented = st.query_params.get("present") == "1"
guard(PAGE, {"lesson", *(["present"] if presented else []), *(knob.id for knob in knobs)})

try:
    if lesson is None:
        render_path(wanted)
    elif presented:
        render_presented(lesson)
    else:
        render_lesson(lesson)
except ManagerError as error:
    st.error(str(error))
