"""Lessons: one a file, each with a picture that is computed when it is looked at.

Knows no Streamlit. What a lesson says about its picture is checked against the picture's numbers.
"""

from __future__ import annotations

from tuning_core.lessons.parts.lesson import (
    Answer,
    Claim,
    Knob,
    Lesson,
    Look,
    Question,
    Seen,
    Setting,
)
from tuning_core.lessons.parts.path import GROUPS, LESSONS, Group, after, before
from tuning_core.lessons.parts.runs import Curve, Run

__all__ = [
    "GROUPS",
    "LESSONS",
    "Answer",
    "Claim",
    "Curve",
    "Group",
    "Knob",
    "Lesson",
    "Look",
    "Question",
    "Run",
    "Seen",
    "Setting",
    "after",
    "before",
]
