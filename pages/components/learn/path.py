"""The path through the lessons, with what this browser has done."""

from __future__ import annotations

import streamlit as st

from pages.components.learn.lesson import PAGE, lessons_done
from pages.components.shared import html as look
from pages.components.shared.browser_id import browser_id
from tuning_core.lessons import GROUPS, LESSONS

ACROSS = 3
"""Groups of lessons side by side."""


def render_path(unknown: str) -> None:
    """All lessons in their order; ``unknown`` is a name that was asked for and is none."""
    st.title("Learn the knobs")
    if unknown:
        st.warning(
            f"There is no lesson {look.plain(unknown[:60])}. All that there are, are listed below."
        )
    done = lessons_done().done(browser_id()) & {*LESSONS}
    st.html(
        look.text(
            "One knob a lesson: a short text, a picture computed while you look, a question. "
            "Nothing is canned: turn a knob and the networks train again.",
            "ts-muted ts-lead",
        )
    )
    if done:
        words = f"{len(done)} of {len(LESSONS)} lessons done in this browser"
        st.html(look.bar(len(done) / len(LESSONS), words) + look.text(words, "ts-muted ts-small"))
    following = next((lesson for lesson in LESSONS.values() if lesson.id not in done), None)
    if following is not None and st.button(
        f"{'Go on' if done else 'Begin'}: {following.title}", type="primary", key="go-on"
    ):
        st.switch_page(PAGE, query_params={"lesson": following.id})
    number = 0
    for index, group in enumerate(GROUPS):
        if index % ACROSS == 0:
            # A row of its own each: stacked on a phone, the groups keep their order.
            places = st.columns(ACROSS, gap="large")
        with places[index % ACROSS], st.container(key=f"lessons-{index}"):
            st.subheader(group.title)
            for lesson in group.lessons:
                number += 1
                mark = " · done" if lesson.id in done else ""
                st.page_link(
                    PAGE,
                    label=f"{number}  {lesson.title}{mark}",
                    query_params={"lesson": lesson.id},
                )
    if done and st.button("Forget what was done", key="forget", type="tertiary"):
        lessons_done().forget(browser_id())
        st.rerun()
