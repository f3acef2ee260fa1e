"""The picture of a lesson: drawn at once, and again as the trainings behind it come along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_document, say
from pages.components.shared.manager_session import manager
from pages.components.shared.network import render_network
from pages.components.shared.user import person, presence
from tuning_core.catalog import TrialStatus, Value
from tuning_core.charts.parts.chart import enlarged
from tuning_core.findings.formatting import count
from tuning_core.lessons import all_lessons
from tuning_core.lessons.parts import Lesson, LessonCurve, LessonRun, Seen, Style
from tuning_core.manager import ManagerError, TrainingSnapshot

TICK = 0.2
"""Seconds between two looks while trainings run."""
NETWORK, BELOW_NETWORK = 495, 280
"""Pixels that a network is high, and the charts below it."""
_USER = "lesson_user"
_ASKED = "lesson_asked"


@dataclass(frozen=True)
class Size:
    """Pixels that a picture is high, and how much larger than usual its letters and lines are.

    A network is drawn ``beside`` the other pictures, or above them.
    """

    height: int = 440
    larger: float = 1.0
    beside: bool = False


@dataclass(frozen=True)
class _Asked:
    """The trainings that were asked for last: of which lesson and setting, and their ids."""

    lesson: str
    chosen: dict[str, Value]
    runs: tuple[LessonRun, ...]
    ids: list[str]


_Trained = tuple[LessonRun, TrainingSnapshot]


def render_picture(lesson_id: str, chosen: dict[str, Value], size: Size | None = None) -> Seen:
    """Draw the picture, live while trainings run; return what it shows now."""
    seen = seen_so_far(all_lessons()[lesson_id], chosen)
    live = st.fragment(
        _draw_live, key=f"picture-{lesson_id}", run_every=None if seen.ended else TICK
    )
    live(lesson_id, chosen, size or Size(), seen.ended)
    return seen


def _draw_live(lesson_id: str, chosen: dict[str, Value], size: Size, was_ended: bool) -> None:
    lesson = all_lessons()[lesson_id]
    trained = _trainings(lesson, chosen)
    seen = _seen(chosen, trained)
    below = lesson.drawn is not None and not size.beside
    height = BELOW_NETWORK if below else size.height
    charts = lesson.pictures(seen, Style(html.is_dark(), height, size.larger))
    if lesson.drawn is None:
        network, places = None, st.columns(len(charts), gap="medium")
    elif size.beside:
        network, *places = st.columns([1.5 * len(charts), *(1 for _ in charts)], gap="medium")
    else:
        network, places = st.container(), st.columns(len(charts), gap="medium")
    if network is not None:
        with network:
            _render_network(lesson, chosen, trained, size)
    for index, (chart, place) in enumerate(zip(charts, places, strict=True)):
        document = enlarged(chart.to_dict(), size.larger)
        with place, chart_place(f"lesson-{index}", height):
            render_document(document, f"lesson-{lesson_id}-{index}")
    if seen.curves:
        st.html(html.text(_state(seen), "ts-muted ts-small ts-line"))
    if seen.ended and not was_ended:
        st.rerun()


def _render_network(
    lesson: Lesson, chosen: dict[str, Value], trained: Sequence[_Trained], size: Size
) -> None:
    """The network of the lesson's training that is to be drawn, in a place that is there before."""
    assert lesson.drawn is not None
    label = lesson.drawn(chosen)
    training = next(training for run, training in trained if run.label == label)
    with st.container(key="lesson-network"):
        if training.inside:
            height = size.height if size.beside else NETWORK
            render_network(
                training, "accuracy", f"network-{lesson.id}", height=height, larger=size.larger
            )
        elif training.state.ended:
            say("This training left no numbers to draw. Turn a knob to train another.")
        else:
            say("The network is drawn as it trains.")


def _state(seen: Seen) -> str:
    """How far the trainings are, in a line that is there from the first to the last."""
    failed = [curve.label for curve in seen.curves if curve.state == "failed"]
    if failed:
        return f"Not trained: {', '.join(failed)}. Turn a knob or reload the page to try again."
    ended = sum(curve.ended for curve in seen.curves)
    if seen.complete:
        epochs = sum(len(curve.epochs) for curve in seen.curves)
        return f"{count(ended, 'training')}, {epochs:,} epochs, computed on this machine."
    running = [curve for curve in seen.curves if curve.state == "running"]
    now = f": {running[0].label}, epoch {len(running[0].epochs)}" if running else ""
    return f"Training {ended + 1} of {len(seen.curves)}{now}"


def seen_so_far(lesson: Lesson, chosen: dict[str, Value]) -> Seen:
    """The knobs as chosen, and the lesson's trainings as far as they are.

    They are asked for when they are others than last time, or no longer kept. Raises
    ManagerError when they cannot be.
    """
    return _seen(chosen, _trainings(lesson, chosen))


def _trainings(lesson: Lesson, chosen: dict[str, Value]) -> list[_Trained]:
    trainings = manager().trainings
    asked: _Asked | None = st.session_state.get(_ASKED)
    if asked is not None and (asked.lesson, asked.chosen) == (lesson.id, chosen):
        runs = asked.runs
    else:
        runs = lesson.runs(chosen)
    if not runs:
        return []
    if asked is not None and asked.runs == runs:
        try:
            found = [trainings.get(id) for id in asked.ids]
        except ManagerError:
            found = []
        # Another page of this user may have taken their place.
        if found and not any(training.state == "abandoned" for training in found):
            return list(zip(runs, found, strict=True))
    ids = trainings.ask(_user(), [run.request for run in runs], present=presence(), by=person())
    st.session_state[_ASKED] = _Asked(lesson.id, dict(chosen), runs, ids)
    return list(zip(runs, map(trainings.get, ids), strict=True))


def _user() -> str:
    user: str = st.session_state.setdefault(_USER, f"lessons {uuid4().hex}")
    return user


def _seen(chosen: dict[str, Value], trained: Sequence[_Trained]) -> Seen:
    return Seen(chosen, tuple(curve_of(run.label, training) for run, training in trained))


def curve_of(label: str, training: TrainingSnapshot) -> LessonCurve:
    """A training as a lesson sees it."""
    return LessonCurve(
        label,
        training.epochs,
        training.state.value,
        training.status is TrialStatus.DIVERGED,
        training.message,
        training.views,
        training.network,
        training.inside,
    )
