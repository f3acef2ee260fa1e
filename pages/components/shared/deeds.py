"""What a user has done is noted: for themselves, from visit to visit."""

from __future__ import annotations

from pages.components.shared.manager_session import home
from pages.components.shared.user import browser_id
from tuning_core.manager.library.lessons_done import LessonsDone


def lessons_done() -> LessonsDone:
    """The record of which browser has done which lesson."""
    return LessonsDone(home() / "lessons")


def note_aim(lesson: str) -> None:
    """Note that the user has reached the aim of a lesson."""
    lessons_done().reach(browser_id(), lesson)
