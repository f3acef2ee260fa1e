"""The order in which the lessons are best read."""

from __future__ import annotations

from dataclasses import dataclass

from tuning_core.lessons import bayesian, grid_random, scales
from tuning_core.lessons.lesson import Lesson


@dataclass(frozen=True)
class Group:
    """Lessons of one subject, in order."""

    title: str
    lessons: tuple[Lesson, ...]


GROUPS = (Group("Searching", (scales.LESSON, grid_random.LESSON, bayesian.LESSON)),)

LESSONS: dict[str, Lesson] = {lesson.id: lesson for group in GROUPS for lesson in group.lessons}


def before(lesson: Lesson) -> Lesson | None:
    """The lesson before this one on the path."""
    return _beside(lesson, -1)


def after(lesson: Lesson) -> Lesson | None:
    """The lesson after this one on the path."""
    return _beside(lesson, 1)


def _beside(lesson: Lesson, step: int) -> Lesson | None:
    order = list(LESSONS.values())
    place = order.index(lesson) + step
    return order[place] if 0 <= place < len(order) else None
