"""Lessons that train: every claim, checked against trainings by the worker that trains."""

from __future__ import annotations

import html
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from tests.lessons.conftest import SECONDS, Asked, every_trained_lesson, seen_of
from tests.manager.conftest import eventually
from tests.pages.conftest import APP
from tests.pages.test_pages import words
from tuning_core.lessons import all_lessons
from tuning_core.lessons.parts import Lesson, LessonCurve, Seen, Style


@every_trained_lesson
def test_every_claim_holds_for_what_was_trained(lesson: Lesson, asked: Asked):
    seen = seen_of(lesson, asked)
    assert [(curve.label, curve.message) for curve in seen.curves if curve.state != "done"] == []
    claims = lesson.claims(seen)
    assert claims
    assert [claim.words for claim in claims if not claim.holds] == []
    answer = lesson.question.answer(seen)
    assert 0 <= answer.right < len(lesson.question.options)
    assert answer.why


def test_the_race_opens_at_its_start_and_ends_with_its_winner(asked: Asked):
    lesson = all_lessons()["hyperband"]
    seen = seen_of(lesson, asked)
    assert seen.chosen["round"] == 1
    assert "won" not in " ".join(claim.words for claim in lesson.claims(seen))
    [picture] = lesson.pictures(seen, Style())
    assert picture.frames["points"]["x"].max() == 1
    ended = replace(seen, chosen={"round": 3, "rest": "yes"})
    claims = lesson.claims(ended)
    assert "won by" in claims[-1].words
    assert [claim.words for claim in claims if not claim.holds] == []


@every_trained_lesson
def test_a_picture_grows_from_nothing_with_its_axes_in_place(lesson: Lesson, asked: Asked):
    seen = seen_of(lesson, asked)
    nothing = tuple(LessonCurve(curve.label) for curve in seen.curves)
    half = tuple(
        LessonCurve(curve.label, curve.epochs[: len(curve.epochs) // 2], "running")
        for curve in seen.curves
    )
    for curves in (nothing, half, seen.curves):
        for chart in lesson.pictures(Seen(seen.chosen, curves), Style()):
            assert chart.specification
    whole, begun = (
        lesson.pictures(Seen(seen.chosen, curves), Style()) for curves in (seen.curves, nothing)
    )
    for chart, empty in zip(whole, begun, strict=True):
        assert any(len(frame) for frame in chart.frames.values())
        assert domains(chart.specification) == domains(empty.specification)


def domains(specification: str) -> set[str]:
    """The ends of the scales that a specification fixes."""
    return {part.split("]")[0] for part in specification.split('"domain": [')[1:]}


@every_trained_lesson
def test_knobs_that_need_no_training_agree_with_it(lesson: Lesson, asked: Asked):
    seen = seen_of(lesson, asked)
    trained = lesson.runs(lesson.start())
    for knob in lesson.knobs:
        for value in knob.options:
            chosen = lesson.start() | {knob.id: value}
            if lesson.runs(chosen) == trained:
                assert lesson.claims(Seen(chosen, seen.curves))
                assert lesson.pictures(Seen(chosen, seen.curves), Style(dark=True))


def test_a_page_draws_its_picture_at_once_and_says_what_it_shows_in_the_end(asked: Asked):
    lesson = all_lessons()["early_stopping"]
    seen = seen_of(lesson, asked)
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    app.switch_page("pages/learn.py")
    app.query_params["lesson"] = lesson.id
    app.run()
    said = words(app)
    assert app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    assert "1 trainings" not in said
    for claim in lesson.claims(seen):
        assert html.escape(claim.words) in said
    # A setting that nobody has trained: there is a picture, and nothing is claimed yet.
    app.query_params["lesson"] = "batch_normalisation"
    app.query_params["learning_rate"] = "0.03"
    app.run()
    assert app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    eventually(lambda: 'class="' + "ts-claims" in words(app.run()), SECONDS)


def test_try_it_leads_to_what_if_with_the_lessons_network(asked: Asked):
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    app.switch_page("pages/learn.py")
    app.query_params["lesson"] = "early_stopping"
    app.query_params["patience"] = "3"
    app.run()
    asked_for = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert not app.exception
    assert "dataset=diabetes" in asked_for["Try it"]
    assert "patience=3" in asked_for["Try it"]
    assert "aim=early_stopping" in asked_for["Reach it in What-if"]
