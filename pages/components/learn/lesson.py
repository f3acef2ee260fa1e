"""A lesson on its page: text, knobs, picture, what the picture shows, question and way on."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.learn.knobs import render_knobs
from pages.components.learn.picture import render_picture
from pages.components.shared import html
from pages.components.shared.aim_words import aim_html, picture_words
from pages.components.shared.deeds import lessons_done, note_aim, note_answer
from pages.components.shared.study_draft import replace_draft
from pages.components.shared.user import browser_id
from pages.components.shared.what_if_link import query_of
from tuning_core.catalog import Value
from tuning_core.lessons import all_lessons, neighbours
from tuning_core.lessons.parts import Aim, Lesson, PictureAim, Seen
from tuning_core.spec.training_request import parse_training

PAGE, WHAT_IF = "pages/learn.py", "pages/what_if.py"


def render_lesson(lesson: Lesson) -> None:
    """Draw the whole lesson."""
    html.render_title(lesson.title)
    _render_head(lesson)
    with st.container(key="lesson-halves"):
        words, picture = st.columns([1, 1.75], gap="large")
    with words:
        st.html("".join(f"<p>{escape(line)}</p>" for line in lesson.text))
        chosen = render_knobs(lesson, [st.container() for _ in lesson.knobs])
    with picture:
        seen = render_picture(lesson.id, chosen)
        _render_claims(lesson, seen)
    question, way = st.columns([1.75, 1], gap="large")
    with question:
        _render_question(lesson, seen)
    with way, st.container(border=True, key="way-try"):
        _render_aim(lesson, seen)
        _render_ways(lesson, chosen)
    with st.expander("References"):
        st.html("".join(html.text(line, "ts-small") for line in lesson.references))
    _render_way_on(lesson)


def _render_head(lesson: Lesson) -> None:
    order = list(all_lessons())
    title, links = st.columns([2.2, 1], vertical_alignment="center")
    with title:
        st.title(lesson.title)
        place = f"Lesson {order.index(lesson.id) + 1} of {len(order)}"
        st.html(html.text(place, "ts-muted ts-small"))
    with (
        links,
        st.container(key="actions-learn", horizontal=True, horizontal_alignment="right"),
    ):
        st.page_link(PAGE, label="All lessons")
        st.page_link(
            PAGE,
            label="Present",
            query_params={"lesson": lesson.id, "present": "1"},
            help="Large type, nothing but the picture and its knobs.",
        )


def _render_claims(lesson: Lesson, seen: Seen) -> None:
    """What the picture shows, each sentence checked against its numbers."""
    if not seen.complete:
        return
    rows = "".join(
        f'<li class="{"holds" if claim.holds else "fails"}">'
        f"{'' if claim.holds else 'Not with these settings: '}{escape(claim.words)}</li>"
        for claim in lesson.claims(seen)
    )
    st.html(f'<ul class="ts-claims">{rows}</ul>')


def _render_question(lesson: Lesson, seen: Seen) -> None:
    st.subheader("A question")
    question = lesson.question
    options = range(len(question.options))
    chosen = st.radio(
        question.words,
        options,
        index=None,
        format_func=lambda option: html.plain(question.options[option]),
        key=f"question-{lesson.id}",
    )
    if chosen is None:
        return
    if not seen.complete:
        st.html(html.text("The answer comes with the last training.", "ts-muted"))
        return
    answer = question.answer(seen)
    word = "Yes." if chosen == answer.right else f"No: {question.options[answer.right]}."
    st.html(f'<div class="ts-answer"><b>{escape(word)}</b> {escape(answer.why)}</div>')
    note_answer(lesson.id, chosen, right=chosen == answer.right)


def _render_aim(lesson: Lesson, seen: Seen) -> None:
    """What to reach, in What-if or with the knobs of the picture, and whether it was."""
    aim = lesson.aim
    st.subheader("The aim")
    if isinstance(aim, PictureAim):
        now = aim.reached(seen)
        if now:
            note_aim(lesson.id)
        st.html(aim_html(aim.words, "", picture_words(aim, seen), reached=now))
        return
    reached = lesson.id in lessons_done().reached(browser_id())
    state = "You have reached it." if reached else aim.scene
    st.html(aim_html(aim.words, aim.knobs, state, reached=reached))


def _render_ways(lesson: Lesson, chosen: dict[str, Value]) -> None:
    """The ways from here: to the aim, and to turn all knobs freely."""
    aim, setting = lesson.aim, lesson.try_it(chosen)
    # Links, where there can be: a button's rerun can cross a tick of the picture, which then
    # brings the lesson back.
    with st.container(horizontal=True):
        if isinstance(aim, Aim):
            with st.container(key="primary-link-aim", width="content"):
                st.page_link(
                    WHAT_IF,
                    label="Reach it in What-if",
                    query_params=query_of(aim.start, aim=lesson.id),
                    help="The aim stands over the pictures there, and is ticked when a run "
                    "reaches it.",
                )
        if setting.page == "what_if":
            st.page_link(
                WHAT_IF,
                label="Try it",
                query_params=query_of(parse_training(setting.document)),
                help="Opens What-if with this lesson's network, every knob in reach.",
            )
        elif st.button(
            "Search",
            key=f"try-{lesson.id}",
            type="secondary" if isinstance(aim, Aim) else "primary",
            help="Opens New study with a search for what this lesson is about, ready to launch.",
        ):
            replace_draft(setting.document)
            st.switch_page("pages/new_study.py")


def _render_way_on(lesson: Lesson) -> None:
    with st.container(key="lesson-way", horizontal=True, horizontal_alignment="distribute"):
        for other, words in zip(neighbours(lesson), ("Previous", "Next"), strict=True):
            if other is not None:
                st.page_link(
                    PAGE, label=f"{words}: {other.title}", query_params={"lesson": other.id}
                )
