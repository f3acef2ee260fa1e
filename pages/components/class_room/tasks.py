"""What can come next for a class: in words, where it leads, and how a teacher chooses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from pages.components.class_room.challenge_choice import choose_challenge
from pages.components.shared import html
from pages.components.shared.user import user_id
from pages.components.shared.what_if_link import WhatIfSetting, query_of, setting_of
from pages.components.what_if.kept_runs import kept_runs
from pages.components.what_if.session import current_session
from tuning_core.catalog import DATASETS
from tuning_core.classroom.challenge import Challenge
from tuning_core.classroom.tasks import LessonTask, Task, WhatIfTask
from tuning_core.lessons import all_lessons


@dataclass(frozen=True)
class Destination:
    """Where a task leads. Who is at the ``address`` with the ``marks`` in its query is there.

    Where these do not say all, one has to have gone there by the task once.
    """

    address: str
    query: Mapping[str, str]
    marks: Mapping[str, str] = field(default_factory=dict)
    marks_say_all: bool = False

    @property
    def file(self) -> str:
        """The page's file."""
        return f"pages/{self.address}.py"


@dataclass(frozen=True)
class TaskKind:
    """A kind of task: its words, where it leads, and the widgets to choose one (None: not yet).

    ``details`` is what the board says of it besides, if anything.
    """

    label: str
    words: Callable[[Any], str]
    destination: Callable[[Any], Destination]
    render_choice: Callable[[], Task | None]
    details: Callable[[Any], str] = lambda task: ""


def words_of(task: Task) -> str:
    """A task as a line says it."""
    return KINDS[task.kind].words(task)


def destination_of(task: Task) -> Destination:
    """Where a task leads."""
    return KINDS[task.kind].destination(task)


def details_of(task: Task) -> str:
    """What the board says of a task besides its words."""
    return KINDS[task.kind].details(task)


def lesson_title(lesson: str) -> str:
    """The title of a lesson; its id, should there be none of that id any more."""
    found = all_lessons().get(lesson)
    return found.title if found is not None else lesson


def data_title(dataset: str) -> str:
    """The title of a dataset."""
    return DATASETS[dataset].title if dataset in DATASETS else "other data"


def _choose_lesson() -> Task | None:
    lessons = all_lessons()
    order = [*lessons]
    chosen = st.selectbox(
        "Lesson",
        order,
        format_func=lambda id: f"{order.index(id) + 1}  {lessons[id].title}",
        key="task-lesson",
    )
    return LessonTask(lesson=chosen)


def _choose_what_if() -> Task | None:
    link = st.text_input(
        "A link to What-if",
        key="task-link",
        max_chars=8_000,
        placeholder="Empty: the setting that you have open",
        help="Copy the address of What-if with the setting that you want, and paste it here.",
    )
    if link.strip():
        read = setting_of(dict(parse_qsl(urlsplit(link.strip()).query)))
        for complaint in read.complaints:
            st.warning(html.plain(complaint))
        setting = read.setting
    else:
        opened = _open_setting()
        if opened is None:
            st.html(html.text("Open What-if first, or paste a link to it.", "ts-muted ts-small"))
            return None
        setting = opened
    query = query_of(setting.request, at_once=setting.at_once, goes_on=setting.goes_on)
    st.html(html.text(_setting_words(query), "ts-muted ts-small"))
    return WhatIfTask(query=query)


def _open_setting() -> WhatIfSetting | None:
    """What the teacher has on What-if: in this tab, or else trained there last."""
    session = current_session()
    if session is not None:
        return session.setting
    runs = kept_runs(user_id()).runs
    return WhatIfSetting(runs[-1].request) if runs else None


def _setting_words(query: Mapping[str, str]) -> str:
    request = setting_of(query).setting.request
    knobs = [f"{name.replace('_', ' ')} {value}" for name, value in request.values.items()]
    return ", ".join([data_title(request.dataset.id), f"{request.epochs} epochs", *knobs])


def _to_lesson(task: LessonTask) -> Destination:
    query = {"lesson": task.lesson}
    return Destination("learn", query, query, marks_say_all=True)


def _to_challenge(challenge: Challenge) -> Destination:
    return Destination("what_if", query_of(challenge.request(), at_once=False))


def _to_what_if(task: WhatIfTask) -> Destination:
    return Destination("what_if", task.query, {"dataset": task.query.get("dataset", "")})


KINDS: dict[str, TaskKind] = {
    "lesson": TaskKind(
        "Lesson",
        lambda task: f"Lesson \u2018{lesson_title(task.lesson)}\u2019",
        _to_lesson,
        _choose_lesson,
    ),
    "what_if": TaskKind(
        "What-if",
        lambda task: f"What-if, {data_title(task.query.get('dataset', 'moons'))}",
        _to_what_if,
        _choose_what_if,
        lambda task: _setting_words(task.query),
    ),
    "challenge": TaskKind(
        "Challenge",
        lambda challenge: f"Challenge \u2018{challenge.title}\u2019",
        _to_challenge,
        choose_challenge,
    ),
}
"""Every kind of task, by the ``kind`` of its event; a new one is a line here."""
