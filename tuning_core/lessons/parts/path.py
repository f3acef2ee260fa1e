"""The order in which the lessons are best read."""

from __future__ import annotations

from dataclasses import dataclass

from tuning_core.lessons import (
    activations,
    batch_normalisation,
    batch_size,
    bayesian,
    cross_validation,
    depth_width,
    dropout,
    early_stopping,
    fitting,
    grid_random,
    hyperband,
    initialisers,
    learning_rate,
    momentum,
    noise,
    optimizers,
    penalties,
    scales,
    schedules,
    seeds,
    three_parts,
)
from tuning_core.lessons.parts.lesson import Lesson


@dataclass(frozen=True)
class Group:
    """Lessons of one subject, in order."""

    title: str
    lessons: tuple[Lesson, ...]


GROUPS = (
    Group(
        "How a network learns",
        (
            learning_rate.LESSON,
            batch_size.LESSON,
            momentum.LESSON,
            optimizers.LESSON,
            schedules.LESSON,
        ),
    ),
    Group(
        "What it is made of",
        (depth_width.LESSON, activations.LESSON, initialisers.LESSON, batch_normalisation.LESSON),
    ),
    Group(
        "When to stop, and what to hold back",
        (
            fitting.LESSON,
            early_stopping.LESSON,
            dropout.LESSON,
            penalties.LESSON,
            noise.LESSON,
        ),
    ),
    Group("What a score is worth", (three_parts.LESSON, cross_validation.LESSON, seeds.LESSON)),
    Group(
        "How to search",
        (scales.LESSON, grid_random.LESSON, bayesian.LESSON, hyperband.LESSON),
    ),
)

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
