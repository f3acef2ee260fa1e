"""Lessons without trainings: every claim holds wherever its knobs can be turned."""

from __future__ import annotations

import json

import pytest

from tuning_core.lessons import all_lessons
from tuning_core.lessons.parts import Lesson, Seen, Style
from tuning_core.spec.study import parse_spec
from tuning_core.spec.training_request import parse_training

COMPUTED = [lesson for lesson in all_lessons().values() if not lesson.runs(lesson.start())]


def turned(lesson: Lesson) -> list[Seen]:
    """The lesson at its defaults, and with each knob turned to each of its options."""
    start = lesson.start()
    others = [start | {knob.id: value} for knob in lesson.knobs for value in knob.options]
    return [Seen(start), *map(Seen, others)]


@pytest.mark.parametrize("lesson", COMPUTED, ids=lambda lesson: lesson.id)
def test_every_claim_holds_at_first(lesson: Lesson):
    claims = lesson.claims(Seen(lesson.start()))
    assert claims
    assert [claim.words for claim in claims if not claim.holds] == []


@pytest.mark.parametrize("lesson", COMPUTED, ids=lambda lesson: lesson.id)
def test_a_picture_is_drawn_wherever_the_knobs_are(lesson: Lesson):
    for seen in turned(lesson):
        for dark in (False, True):
            for chart in lesson.pictures(seen, Style(dark)):
                assert json.loads(chart.specification)["height"]
                assert any(len(frame) for frame in chart.frames.values())
        assert lesson.claims(seen)


@pytest.mark.parametrize("lesson", all_lessons().values(), ids=lambda lesson: lesson.id)
def test_a_lesson_is_short_names_its_sources_and_leads_to_a_setting_that_is_valid(lesson: Lesson):
    words = " ".join(lesson.text).split()
    assert 80 <= len(words) <= 150
    assert lesson.references
    assert len(lesson.question.options) >= 2
    for seen in turned(lesson):
        setting = lesson.try_it(seen.chosen)
        if setting.page == "new_study":
            parse_spec(dict(setting.document))
        else:
            parse_training(setting.document)


@pytest.mark.parametrize("lesson", COMPUTED, ids=lambda lesson: lesson.id)
def test_the_answer_is_one_of_the_options(lesson: Lesson):
    answer = lesson.question.answer(Seen(lesson.start()))
    assert 0 <= answer.right < len(lesson.question.options)
    assert answer.why
