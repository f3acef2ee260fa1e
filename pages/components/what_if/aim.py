"""The aim of a lesson over the pictures of What-if: how near the runs have come to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from pages.components.shared import html
from pages.components.shared.aim_words import aim_html, best_words
from pages.components.shared.deeds import note_aim
from pages.components.what_if.session import WhatIfSession
from tuning_core.catalog import TrialStatus
from tuning_core.lessons import all_lessons
from tuning_core.lessons.parts import Aim, Lesson, Trained
from tuning_core.manager import TrainingSnapshot, TrainingState

LEARN = "pages/learn.py"


def render_aim(session: WhatIfSession) -> None:
    """Draw the aim that is pursued, if there is one, and note it once it is reached."""
    lesson = all_lessons().get(session.setting.aim)
    if lesson is None or not isinstance(lesson.aim, Aim):
        return
    aim = lesson.aim
    best = aim.best(_trained(session))
    if best is not None and best.reached:
        note_aim(lesson.id)
    with st.container(key="what-if-aim", horizontal=True, vertical_alignment="center"):
        reached = best is not None and best.reached
        objection = _objection(session, aim)
        words = best_words(aim, best)
        st.html(aim_html(aim.words, aim.knobs, words, objection, reached=reached, label="Aim"))
        _render_ways(session, lesson, aim)


def _render_ways(session: WhatIfSession, lesson: Lesson, aim: Aim) -> None:
    with st.container(horizontal=True, width="content", vertical_alignment="center"):
        st.button(
            "Start over",
            key="what-if-aim-start",
            type="tertiary",
            on_click=session.take,
            args=(replace(session.setting, request=aim.start, goes_on=False),),
            help="Set the knobs as the lesson has them at first.",
        )
        st.page_link(
            LEARN,
            label="The lesson",
            query_params={"lesson": lesson.id},
            help=html.plain(lesson.title),
        )
        st.button(
            "Leave",
            key="what-if-aim-leave",
            type="tertiary",
            on_click=_leave,
            args=(session,),
            help="Go on here without the aim.",
        )


def _leave(session: WhatIfSession) -> None:
    session.setting = replace(session.setting, aim="")


def _trained(session: WhatIfSession) -> Iterator[Trained]:
    """The user's runs as an aim sees them."""
    current = session.current
    for run in [*session.runs, *([current] if current is not None else [])]:
        yield trained(run.training)


def trained(training: TrainingSnapshot) -> Trained:
    """A training as an aim sees it: one that was cut off or diverged has not ended well."""
    ended = training.state is TrainingState.DONE and training.status is TrialStatus.COMPLETED
    return Trained(training.request, training.epochs, ended)


def _objection(session: WhatIfSession, aim: Aim) -> str:
    """Why the present setting does not count."""
    why = aim.refused(session.setting.request)
    if why:
        return f"As the knobs stand it does not count: {why}."
    run = session.current
    if run is not None and run.training.status is TrialStatus.DIVERGED:
        return "A training that diverges does not count."
    return ""
