"""The path through the lessons: one a file, in the order in which they are best read.

Each has a picture that is computed when it is looked at; what it says about the picture is checked
against the picture's numbers. :mod:`parts` has what they are made of.
"""

from __future__ import annotations

from tuning_core.lessons import (
    activations,
    batch_normalisation,
    batch_size,
    bayesian,
    cross_validation,
    depth_width,
    dropout,
    early_stopping,
    filters,
    fitting,
    grid_random,
    hidden_units,
    hyperband,
    initialisers,
    learning_rate,
    loss_shape,
    momentum,
    noise,
    optimizers,
    penalties,
    scales,
    schedules,
    seeds,
    three_parts,
)
from tuning_core.lessons.parts import Lesson

GROUPS: dict[str, tuple[Lesson, ...]] = {
    "How a network learns": (
        learning_rate.LESSON,
        batch_size.LESSON,
        momentum.LESSON,
        optimizers.LESSON,
        schedules.LESSON,
    ),
    "What it is made of": (
        hidden_units.LESSON,
        depth_width.LESSON,
        activations.LESSON,
        initialisers.LESSON,
        batch_normalisation.LESSON,
        filters.LESSON,
    ),
    "When to stop, and what to hold back": (
        fitting.LESSON,
        early_stopping.LESSON,
        dropout.LESSON,
        penalties.LESSON,
        noise.LESSON,
        loss_shape.LESSON,
    ),
    "What a score is worth": (three_parts.LESSON, cross_validation.LESSON, seeds.LESSON),
    "How to search": (scales.LESSON, grid_random.LESSON, bayesian.LESSON, hyperband.LESSON),
}
"""The lessons of each subject."""


def all_lessons() -> dict[str, Lesson]:
    """Every lesson by its id, in the order of the path."""
    return {lesson.id: lesson for group in GROUPS.values() for lesson in group}


def neighbours(lesson: Lesson) -> tuple[Lesson | None, Lesson | None]:
    """The lessons before and after this one on the path."""
    order = [None, *all_lessons().values(), None]
    place = order.index(lesson)
    return order[place - 1], order[place + 1]
