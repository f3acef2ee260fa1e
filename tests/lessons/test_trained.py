"""Lessons that train: every claim, checked against trainings by the worker that trains."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pages.components.learn_trainings import curve_of
from tests.manager.conftest import eventually
from tuning_core.lessons import LESSONS, Curve, Lesson, Look, Seen
from tuning_core.manager import Manager

TRAINED = [lesson for lesson in LESSONS.values() if lesson.runs(lesson.start())]
SECONDS = 240.0
"""All lessons wait for one worker; a busy machine takes its time."""


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Manager, dict[str, list[str]]]]:
    """The manager whose one worker trains all lessons, and the ids of their trainings."""
    manager = Manager(tmp_path_factory.mktemp("home"), spare=False)
    ids = {
        lesson.id: manager.trainings.ask(
            lesson.id, [run.request for run in lesson.runs(lesson.start())], replace=False
        )
        for lesson in TRAINED
    }
    yield manager, ids
    manager.close()


def seen_of(lesson: Lesson, asked: tuple[Manager, dict[str, list[str]]]) -> Seen:
    """The lesson at its defaults once all its trainings have ended."""
    manager, ids = asked
    runs = lesson.runs(lesson.start())

    def seen() -> Seen:
        found = [manager.trainings.look(id) for id in ids[lesson.id]]
        return Seen(
            lesson.start(),
            tuple(curve_of(run.label, one) for run, one in zip(runs, found, strict=True)),
        )

    eventually(lambda: seen().complete, SECONDS)
    return seen()


@pytest.mark.parametrize("lesson", TRAINED, ids=lambda lesson: lesson.id)
def test_every_claim_holds_for_what_was_trained(
    lesson: Lesson, asked: tuple[Manager, dict[str, list[str]]]
):
    seen = seen_of(lesson, asked)
    assert [(curve.label, curve.message) for curve in seen.curves if curve.state != "done"] == []
    claims = lesson.claims(seen)
    assert claims
    assert [claim.words for claim in claims if not claim.holds] == []
    answer = lesson.question.answer(seen)
    assert 0 <= answer.right < len(lesson.question.options)
    assert answer.why


@pytest.mark.parametrize("lesson", TRAINED, ids=lambda lesson: lesson.id)
def test_a_picture_grows_from_nothing_with_its_axes_in_place(
    lesson: Lesson, asked: tuple[Manager, dict[str, list[str]]]
):
    seen = seen_of(lesson, asked)
    nothing = tuple(Curve(curve.label) for curve in seen.curves)
    half = tuple(
        Curve(curve.label, curve.epochs[: len(curve.epochs) // 2], "running")
        for curve in seen.curves
    )
    for curves in (nothing, half, seen.curves):
        for chart in lesson.pictures(Seen(seen.chosen, curves), Look()):
            assert chart.specification
    whole, begun = (
        lesson.pictures(Seen(seen.chosen, curves), Look()) for curves in (seen.curves, nothing)
    )
    for chart, empty in zip(whole, begun, strict=True):
        assert any(len(frame) for frame in chart.frames.values())
        assert domains(chart.specification) == domains(empty.specification)


def domains(specification: str) -> list[str]:
    """The ends of every scale that a specification fixes."""
    return [part.split("]")[0] for part in specification.split('"domain": [')[1:]]


def test_knobs_that_need_no_training_agree_with_it(asked: tuple[Manager, dict[str, list[str]]]):
    for lesson in TRAINED:
        seen = seen_of(lesson, asked)
        trained = lesson.runs(lesson.start())
        for knob in lesson.knobs:
            for value in knob.options:
                chosen = lesson.start() | {knob.id: value}
                if lesson.runs(chosen) == trained:
                    assert lesson.claims(Seen(chosen, seen.curves))
                    assert lesson.pictures(Seen(chosen, seen.curves), Look(dark=True))
