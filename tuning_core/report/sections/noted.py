"""What people noted of a study and of its trials."""

from __future__ import annotations

from tuning_core.home.marks import Mark
from tuning_core.report.elements import Piece, Section, says, table
from tuning_core.report.told import Told

MOST = 50
"""Trials of which notes are told."""


def noted(told: Told) -> Section | None:
    """The note of the study first, then the trials that have something noted."""
    marks = told.marks
    if not marks:
        return None
    pieces: list[Piece] = [says(words) for words in _words(marks.study) if words]
    rows = [[f"{number:,}", *_words(mark)] for number, mark in sorted(marks.trials.items())[:MOST]]
    if rows:
        pieces.append(table(["trial", "tags", "note"], rows))
    return Section("noted", "Notes", pieces)


def _words(mark: Mark) -> list[str]:
    """Star and tags, and the note."""
    return [" ".join([*["★"] * mark.star, *(f"#{tag}" for tag in mark.tags)]), mark.note]
