"""What can come next for a class."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tuning_core.classroom.challenge import Challenge
from tuning_core.journal.events import Part

LONGEST_VALUE, MOST_VALUES = 12_000, 60
"""As much as an address of What-if carries: weights that were set under way are many words."""

LessonId = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")]


class LessonTask(Part):
    """A lesson of Learn."""

    kind: Literal["lesson"] = "lesson"
    lesson: LessonId


class WhatIfTask(Part):
    """A setting of What-if: the query of its address."""

    kind: Literal["what_if"] = "what_if"
    query: Annotated[
        dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=LONGEST_VALUE)]],
        Field(max_length=MOST_VALUES),
    ]


Task = Annotated[LessonTask | WhatIfTask | Challenge, Field(discriminator="kind")]
