"""The lessons' trainings, by the one worker that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
import streamlit as st

from pages.components.learn.picture import curve_of
from pages.components.shared.manager_session import open_manager
from tests.manager.conftest import eventually
from tests.pages.conftest import APP
from tuning_core.lessons import all_lessons
from tuning_core.lessons.parts import Chosen, Lesson, Seen
from tuning_core.manager import Manager

TRAINED = [lesson for lesson in all_lessons().values() if lesson.runs(lesson.start())]
Asked = tuple[Manager, dict[str, list[str]]]
SECONDS = 240.0
"""A busy machine takes its time."""
# Test by test of a lesson, so that one process trains it where several share the tests.
every_trained_lesson = pytest.mark.parametrize(
    "lesson", TRAINED, ids=lambda lesson: lesson.id, scope="module"
)


@pytest.fixture(scope="package")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The manager of the pages, whose one worker trains all lessons; what was asked for of each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(APP.parent)
        patch.setenv("TUNESCAPE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("TUNESCAPE_SPARE", "0")
        manager = open_manager()
        yield manager, {}
        manager.close()
        st.cache_resource.clear()


def seen_of(lesson: Lesson, asked: Asked) -> Seen:
    """The lesson at its defaults once all its trainings have ended."""
    manager, ids = asked
    if lesson.id not in ids:
        requests = [run.request for run in lesson.runs(lesson.start())]
        ids[lesson.id] = manager.trainings.ask(lesson.id, requests, replace=False)
    return seen_with(lesson, lesson.start(), manager, ids[lesson.id])


def seen_with(lesson: Lesson, chosen: Chosen, manager: Manager, ids: Sequence[str]) -> Seen:
    """The lesson as ``chosen`` once its trainings have ended."""
    runs = lesson.runs(chosen)

    def seen() -> Seen:
        found = [manager.trainings.get(id) for id in ids]
        curves = [curve_of(run.label, one) for run, one in zip(runs, found, strict=True)]
        return Seen(chosen, tuple(curves))

    eventually(lambda: seen().complete, SECONDS)
    return seen()
