"""What a lesson sees of its trainings."""

from __future__ import annotations

from tuning_core.catalog import Value
from tuning_core.lessons import Lesson, Seen


def seen_so_far(lesson: Lesson, chosen: dict[str, Value]) -> Seen:
    """The knobs as chosen, and the lesson's trainings as far as they are."""
    return Seen(chosen)
