"""What a lesson sees of its trainings: asked for once, then looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import streamlit as st

from pages.components.shared.manager_session import manager
from pages.components.shared.reader import presence
from tuning_core.catalog import TrialStatus, Value
from tuning_core.lessons import Curve, Lesson, Run, Seen
from tuning_core.manager import ManagerError, Training

_READER = "lesson_reader"
_ASKED = "lesson_asked"


@dataclass(frozen=True)
class _Asked:
    """The trainings that were asked for last: of which lesson and setting, and their ids."""

    lesson: str
    chosen: dict[str, Value]
    runs: tuple[Run, ...]
    ids: list[str]


def seen_so_far(lesson: Lesson, chosen: dict[str, Value]) -> Seen:
    """The knobs as chosen, and the lesson's trainings as far as they are.

    They are asked for when they are others than last time, or no longer kept. Raises
    ManagerError when they cannot be.
    """
    trainings = manager().trainings
    asked: _Asked | None = st.session_state.get(_ASKED)
    if asked is not None and (asked.lesson, asked.chosen) == (lesson.id, chosen):
        runs = asked.runs
    else:
        runs = lesson.runs(chosen)
    if not runs:
        return Seen(chosen)
    if asked is not None and asked.runs == runs:
        try:
            found = [trainings.look(id) for id in asked.ids]
        except ManagerError:
            found = []
        # Another page of this reader may have taken their place.
        if found and not any(training.state == "abandoned" for training in found):
            return _seen(chosen, runs, found)
    ids = trainings.ask(_reader(), [run.request for run in runs], present=presence())
    st.session_state[_ASKED] = _Asked(lesson.id, dict(chosen), runs, ids)
    return _seen(chosen, runs, [trainings.look(id) for id in ids])


def _reader() -> str:
    reader: str = st.session_state.setdefault(_READER, f"lessons {uuid4().hex}")
    return reader


def _seen(chosen: dict[str, Value], runs: Sequence[Run], found: Sequence[Training]) -> Seen:
    return Seen(
        chosen,
        tuple(curve_of(run.label, training) for run, training in zip(runs, found, strict=True)),
    )


def curve_of(label: str, training: Training) -> Curve:
    """A training as a lesson sees it."""
    return Curve(
        label,
        training.epochs,
        training.state.value,
        training.status is TrialStatus.DIVERGED,
        training.message,
        training.views,
    )
