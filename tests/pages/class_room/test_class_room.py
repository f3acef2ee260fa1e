"""A class on its page, above other pages and on the board, as its teacher and students see it."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.class_room.board import class_html
from pages.components.class_room.line import is_there
from pages.components.class_room.roll import STUCK_SECONDS, Roll
from pages.components.class_room.tasks import destination_of
from pages.components.shared.errors import SENTENCE
from pages.components.shared.user import named
from tests.pages.conftest import APP, Opener, words
from tests.pages.library.test_library import user_of
from tuning_core.classroom import pins
from tuning_core.classroom.deeds import AimReached, Answered, Followed, Guessed, Step
from tuning_core.classroom.state import ClassState, Member
from tuning_core.classroom.tasks import LessonTask, WhatIfTask
from tuning_core.lessons import all_lessons
from tuning_core.manager import Manager
from tuning_core.manager.access import Person
from tuning_core.manager.classroom.classes import Classes

TEACHER = Person("teacher", teacher=True)
LESSON = "grid_random"
BROWSER = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def cheap_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pins._COST, "n", 2)


@pytest.fixture
def code(engine: Manager) -> str:
    return engine.classes.open("Room 5", TEACHER)


@pytest.fixture
def classes(tmp_path: Path) -> Classes:
    """Classes without a server around them."""
    return Classes(tmp_path / "classes")


@pytest.fixture
def played(classes: Classes) -> ClassState:
    """A class of three with one answer each."""
    code = classes.open("Room 5", TEACHER)
    for user, name in (("u1", "=1+1"), ("u2", "<b>newt</b>"), ("u3", "seal")):
        classes.join(code, name, "0471", user)
        classes.note(user, Step(page="learn", what=LESSON))
    classes.set_task(code, LessonTask(lesson=LESSON), TEACHER)
    for user, option in (("u1", 1), ("u2", 1), ("u3", 0)):
        classes.note(user, Answered(lesson=LESSON, option=option, right=option == 1))
    classes.note("u2", Guessed(expected=0.9, came=0.8, right=False))
    classes.note("u2", AimReached(lesson=LESSON))
    return classes.state(code)


def joined(engine: Manager, app: AppTest, code: str, nickname: str = "elk") -> AppTest:
    """A page whose browser has joined."""
    engine.classes.join(code, nickname, "0471", user_of(app))
    return app.run()


def visit(**query: str) -> AppTest:
    """Home in the browser ``BROWSER``, in a new tab: a page of AppTest runs app.py once."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.session_state["browser_id"] = BROWSER
    for parameter, value in query.items():
        app.query_params[parameter] = value
    app.run()
    assert not app.exception
    return app


def test_a_teacher_opens_a_class_and_sets_what_comes_next(opened: Opener, engine: Manager):
    app = opened("class_room")
    app.text_input("open-title").set_value("Room <b>5</b>")
    app.button("FormSubmitter:open-class-Open a class").click().run()
    state = engine.classes.of_teacher(user_of(app))
    assert state is not None
    assert state.code in words(app)
    assert "Room &lt;b&gt;5&lt;/b&gt;" in words(app)
    app.selectbox("task-lesson").set_value(LESSON)
    app.button("task-set").click().run()
    state = engine.classes.state(state.code)
    assert state.task == LessonTask(lesson=LESSON)
    app.button("class-end").click().run()
    assert engine.classes.state(state.code).ended
    assert "This class has ended" in words(app)


def test_a_setting_of_what_if_comes_next_by_its_link(opened: Opener, engine: Manager, code: str):
    app = opened("class_room", code=code)
    app.button("teach").click().run()
    app.segmented_control("task-kind").set_value("what_if").run()
    assert app.button("task-set").disabled
    link = "http://somewhere:8501/what_if?dataset=spirals&units=8&learning_rate=0.03"
    app.text_input("task-link").set_value(link).run()
    app.button("task-set").click().run()
    task = engine.classes.state(code).task
    assert isinstance(task, WhatIfTask)
    assert (task.query["dataset"], task.query["learning_rate"]) == ("spirals", "0.03")


def test_a_student_joins_with_what_the_address_says(opened: Opener, engine: Manager, code: str):
    app = opened("class_room", code=code.lower())
    app.text_input("join-nickname").set_value("Elk")
    app.text_input("join-pin").set_value("0471")
    app.button("FormSubmitter:join-Join").click().run()
    assert "You are Elk." in words(app)
    assert "your PIN 0471" in words(app)
    [elk] = engine.classes.state(code).students
    assert elk.users == (user_of(app),)
    app.text_input("another-pin-digits").set_value("12")
    app.button("FormSubmitter:another-pin-Set this PIN").click().run()
    assert "expected 4 digits" in app.error[0].value
    other = engine.classes.open("Room 6", TEACHER)
    engine.classes.join(other, "Owl", "2222", user_of(app))
    app.run()
    app.text_input("join-code").set_value(code)
    app.text_input("join-pin").set_value("9999")
    app.button("FormSubmitter:join-Join").click().run()
    assert "You are Elk." in words(app)
    assert "9999" not in words(app)
    app.button("class-leave").click().run()
    assert engine.classes.of(user_of(app)) is None
    assert app.text_input("join-nickname")


@pytest.mark.parametrize("wrong", ["BBBB", "abc", "<b>x</b>", "x" * 5_000, "../x"])
def test_a_wrong_code_is_said(wrong: str, opened: Opener, engine: Manager, code: str):
    app = opened("class_room", code=wrong)
    assert SENTENCE not in words(app)
    app.text_input("join-code").set_value(wrong[:12])
    app.button("FormSubmitter:join-Join").click().run()
    said = app.error[0].value
    assert "no class BBBB" in said if wrong == "BBBB" else "4 letters" in said
    assert not engine.classes.state(code).students


def test_who_was_removed_is_told_on_every_page(opened: Opener, engine: Manager, code: str):
    engine.classes.join(code, "elk", "0471", named(f"browser:{BROWSER}"))
    engine.classes.remove(code, "m1", TEACHER)
    assert "taken you out" in words(visit())
    app = opened("class_room")
    app.session_state["browser_id"] = BROWSER
    app.run()
    assert "taken you out" in words(app)
    assert app.text_input("join-code")


def test_every_page_says_who_one_is_and_what_comes_next(opened: Opener, engine: Manager, code: str):
    assert "ts-class-words" not in words(visit())
    engine.classes.join(code, "<i>elk</i>", "0471", named(f"browser:{BROWSER}"))
    app = visit()
    assert "nothing to do for now" in words(app)
    assert "&lt;i&gt;elk&lt;/i&gt;" in words(app)
    engine.classes.set_task(code, LessonTask(lesson=LESSON), TEACHER)
    app = visit()
    assert "next: <b>Lesson \u2018" in words(app)
    assert app.button("class-go")
    assert "ts-class-words" not in words(visit(present="1"))
    engine.classes.end(code, TEACHER)
    assert f"The class {code} has ended." in words(visit())


def test_a_student_goes_to_what_comes_next(opened: Opener, engine: Manager, code: str):
    app = joined(engine, opened("class_room", code=code), code)
    engine.classes.set_task(code, LessonTask(lesson=LESSON), TEACHER)
    app.run()
    app.button("class-next-go").click().run()
    assert app.query_params["lesson"] == LESSON
    [member] = engine.classes.state(code).students
    assert member.followed == 1


def test_everybody_is_taken_there_once(engine: Manager, code: str):
    engine.classes.join(code, "elk", "0471", named(f"browser:{BROWSER}"))
    task = LessonTask(lesson=LESSON)
    for number in (1, 2):
        engine.classes.set_task(code, task, TEACHER, everybody=True)
        assert visit().query_params["lesson"] == LESSON
        app = visit()
        assert "lesson" not in app.query_params
        assert app.button("class-go")
        assert engine.classes.state(code).members["m1"].followed == number


def test_a_page_is_a_step(engine: Manager, code: str):
    engine.classes.join(code, "elk", "0471", named(f"browser:{BROWSER}"))
    visit(lesson=LESSON)
    [elk] = engine.classes.state(code).students
    assert (elk.page, elk.what, elk.steps) == ("", "", 1)
    assert engine.classes.here(engine.classes.state(code)) == {"m1"}


def test_an_answer_to_a_lessons_question_is_noted(opened: Opener, engine: Manager, code: str):
    app = joined(engine, opened("learn", lesson=LESSON), code)
    app.radio(f"question-{LESSON}").set_value(0).run()
    [elk] = engine.classes.state(code).students
    assert elk.answers[LESSON].option == 0
    assert elk.answers[LESSON].right == ("Yes." in words(app))


def test_the_board_is_the_teachers(opened: Opener, engine: Manager, code: str):
    student = joined(engine, opened("class_room", code=code), code)
    student.query_params["board"] = "1"
    student.run()
    assert "Join at" not in words(student)
    teacher = opened("class_room", code=code)
    teacher.button("teach").click().run()
    engine.classes.heard_of(user_of(student))
    teacher.query_params["board"] = "1"
    teacher.run()
    said = words(teacher)
    assert code in said
    assert "<bdi>elk</bdi>" in said
    del teacher.query_params["board"]
    teacher.run()
    engine.classes.hide_names(code, True, TEACHER)
    teacher.run()
    assert teacher.toggle("class-hide").value
    teacher.query_params["board"] = "1"
    teacher.run()
    assert "elk" not in words(teacher)
    engine.classes.end(code, TEACHER)
    teacher.run()
    assert "This class has ended" in words(teacher)


def test_the_board_counts_answers_and_shows_the_right_one_once_all_have_answered(
    classes: Classes, played: ClassState
):
    roll = Roll(played, frozenset({"m1", "m2"}), time.time())
    assert roll.answers(LESSON)[:2] == [1, 2]
    said = class_html(roll)
    assert said.count("(right)") == 1
    assert "3 of 3 have answered" in said
    assert "<b>newt</b>" not in said
    assert "<b>1 of 3</b> reached the aim" in said
    assert "<b>0 of 1</b> guesses before training were right" in said
    classes.join(played.code, "late", "0471", "u4")
    late = Roll(classes.state(played.code), frozenset({"m1", "m4"}), time.time())
    assert "(right)" not in class_html(late)


def test_who_does_nothing_while_others_go_on_is_stuck(played: ClassState):
    state, everybody = played, frozenset({"m1", "m2", "m3"})
    assert Roll(state, everybody, time.time()).stuck == []
    later = time.time() + STUCK_SECONDS
    assert Roll(state, everybody, later).stuck == []
    active = state.with_member(_at(state, "m1", later))
    assert [member.id for member in Roll(active, everybody, later).stuck] == ["m2", "m3"]
    assert [m.id for m in Roll(active, frozenset({"m1", "m3"}), later).stuck] == ["m3"]
    assert "Stuck for a while: <bdi>" in class_html(Roll(active, everybody, later))


def _at(state: ClassState, member: str, seen: float) -> Member:
    return replace(state.members[member], seen=seen)


def test_the_table_has_all_that_the_board_shows_and_nothing_that_a_spreadsheet_runs(
    played: ClassState,
):
    roll = Roll(played, frozenset({"m1"}), time.time())
    rows = [*csv.DictReader(io.StringIO(roll.table()))]
    title = all_lessons()[LESSON].title
    assert [row["nickname"] for row in rows] == ["'=1+1", "<b>newt</b>", "seal"]
    assert [row["here"] for row in rows] == ["yes", "no", "no"]
    assert rows[1]["aims_reached"] == title
    assert rows[1]["numbers_half_within"] == "0.1"
    assert [row[f"right: {title}"] for row in rows] == ["yes", "yes", "no"]
    assert rows[2][f"answer: {title}"] == all_lessons()[LESSON].question.options[0]
    assert {row["where"] for row in rows} == {f"Lesson \u2018{title}\u2019"}


def test_a_class_of_the_most_is_counted_and_not_listed(played: ClassState):
    state = played
    seal = state.members["m3"]
    many = {f"x{i}": replace(seal, id=f"x{i}", nickname=f"x{i}") for i in range(300)}
    said = class_html(Roll(replace(state, members=many), frozenset(many), time.time()))
    assert len(said) < 4_000
    assert "<b>300</b>" in said


def test_a_home_without_classes_stays_without_a_folder_for_them(
    opened: Opener, engine: Manager, tmp_path: Path
):
    opened("class_room")
    assert not (tmp_path / "home" / "classes").exists()


def test_who_has_left_the_setting_is_offered_the_way_back(classes: Classes):
    task = WhatIfTask(query={"dataset": "spirals"})
    where, code = destination_of(task), classes.open("", TEACHER)
    classes.join(code, "elk", "0471", "u1")
    classes.set_task(code, task, TEACHER)
    first = classes.of("u1")
    assert first is not None
    assert not is_there("what_if", {"dataset": "spirals"}, where, first)
    classes.note("u1", Followed(number=1))
    then = classes.of("u1")
    assert then is not None
    assert is_there("what_if", {"dataset": "spirals", "units": "4"}, where, then)
    assert not is_there("what_if", {"dataset": "moons"}, where, then)
    assert not is_there("learn", {"dataset": "spirals"}, where, then)
