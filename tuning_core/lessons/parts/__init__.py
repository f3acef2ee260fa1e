"""All that a lesson is written with: ``from tuning_core.lessons import parts``."""

from __future__ import annotations

from tuning_core.catalog import Value
from tuning_core.charts.lessons import Chart
from tuning_core.lessons.parts.aims import (
    EPOCHS,
    GAP,
    Aim,
    Goal,
    PictureAim,
    Reached,
    Trained,
)
from tuning_core.lessons.parts.curves import (
    DIGITS,
    FEW_DIGITS,
    TRAINING,
    VALIDATION,
    Chosen,
    LessonCurve,
    LessonRun,
    Seen,
    Style,
    curve_picture,
    gap_pictures,
    run,
)
from tuning_core.lessons.parts.inside import first_filters, unit_maps
from tuning_core.lessons.parts.lesson import (
    Answer,
    Claim,
    Knob,
    Lesson,
    Question,
    TryIt,
    network,
    search,
)

__all__ = [
    "DIGITS",
    "EPOCHS",
    "FEW_DIGITS",
    "GAP",
    "TRAINING",
    "VALIDATION",
    "Aim",
    "Answer",
    "Chart",
    "Chosen",
    "Claim",
    "Goal",
    "Knob",
    "Lesson",
    "LessonCurve",
    "LessonRun",
    "PictureAim",
    "Question",
    "Reached",
    "Seen",
    "Style",
    "Trained",
    "TryIt",
    "Value",
    "curve_picture",
    "first_filters",
    "gap_pictures",
    "network",
    "run",
    "search",
    "unit_maps",
]
