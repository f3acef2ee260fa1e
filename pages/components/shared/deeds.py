"""What a user does is noted: for themselves from visit to visit, and for their class."""

from __future__ import annotations

import logging

from pages.components.shared.manager_session import home, manager
from pages.components.shared.user import browser_id, user_id
from tuning_core.classroom.deeds import AimReached, Answered, Deed, Guessed
from tuning_core.manager import ManagerError
from tuning_core.manager.library.lessons_done import LessonsDone

log = logging.getLogger("tunescape.pages")


def lessons_done() -> LessonsDone:
    """The record of which browser has done which lesson."""
    return LessonsDone(home() / "lessons")


def note_aim(lesson: str) -> None:
    """Note that the user has reached the aim of a lesson."""
    lessons_done().reach(browser_id(), lesson)
    note_for_class(AimReached(lesson=lesson))


def note_answer(lesson: str, option: int, *, right: bool) -> None:
    """Note that the user has answered the question of a lesson."""
    lessons_done().mark(browser_id(), lesson)
    note_for_class(Answered(lesson=lesson, option=option, right=right))


def note_guess(expected: float | None, came: float, *, right: bool) -> None:
    """Note whether the user said which way a training would go, and the score they named."""
    note_for_class(Guessed(expected=expected, came=came, right=right))


def note_for_class(deed: Deed) -> None:
    """Note a deed for the user's class, if they are in one.

    A disk that takes nothing more keeps nobody from a page.
    """
    try:
        manager().classes.note(user_id(), deed)
    except ManagerError as error:
        log.warning(str(error))
