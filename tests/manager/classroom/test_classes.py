"""Classes are opened by teachers, joined by code, told of deeds, and outlive their server."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tuning_core.classroom import events, pins
from tuning_core.classroom.deeds import AimReached, Answered, Guessed, Step
from tuning_core.classroom.names import drawn_code
from tuning_core.classroom.state import GivenAnswer, GivenGuess
from tuning_core.classroom.tasks import LessonTask, WhatIfTask
from tuning_core.home.home import ManagerError
from tuning_core.manager.access import Person
from tuning_core.manager.classroom import classes as classes_module
from tuning_core.manager.classroom.classes import Classes
from tuning_core.manager.classroom.tries import Tries

TEACHER, OTHER = Person("teacher", teacher=True), Person("other", teacher=True)
STUDENT = Person("u1")


@pytest.fixture(autouse=True)
def cheap_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pins._COST, "n", 2)


@pytest.fixture
def classes(tmp_path: Path) -> Classes:
    return Classes(tmp_path / "classes")


@pytest.fixture
def code(classes: Classes) -> str:
    return classes.open("Room 5", TEACHER)


def again(tmp_path: Path, later: float = 0.0) -> Classes:
    """The classes of the same home, as another server finds them."""
    return Classes(tmp_path / "classes", clock=lambda: time.time() + later)


def test_a_student_joins_and_is_known_by_their_browser(classes: Classes, code: str):
    joined = classes.join(code.lower(), " Elk ", "0471", "u1")
    assert (joined.code, joined.nickname, joined.role) == (code, "Elk", "student")
    assert classes.of("u1") == joined
    assert classes.of("u2") is None
    teaching = classes.of("teacher")
    assert teaching is not None
    assert (teaching.role, teaching.title) == ("teacher", "Room 5")


def test_a_student_comes_back_on_another_device_by_nickname_and_pin(classes: Classes, code: str):
    first = classes.join(code, "Elk", "0471", "u1")
    with pytest.raises(ManagerError, match="such as Elk 2"):
        classes.join(code, "elk", "0472", "phone")
    back = classes.join(code, "ELK", "0471", "phone")
    assert back.member == first.member
    assert classes.of("u1") == classes.of("phone") == back
    assert len(classes.state(code).students) == 1


def test_a_student_goes_back_to_a_class_that_they_had_left_for_another(
    classes: Classes, code: str, tmp_path: Path
):
    first = classes.join(code, "Elk", "0471", "u1")
    classes.join(classes.open("Room 6", OTHER), "Owl", "0471", "u1")
    assert classes.join(code, "", "9999", "u1").member == first.member
    assert classes.of("u1") == first
    assert classes.state(code).members[first.member].users == ("u1",)


def test_without_a_nickname_an_animal_is_drawn(classes: Classes, code: str):
    names = {classes.join(code, " ", "1234", f"u{i}").nickname for i in range(5)}
    assert len(names) == 5


def test_a_wrong_code_can_be_tried_a_few_times_a_minute(classes: Classes, code: str):
    wrong = drawn_code({code})
    for _ in range(10):
        with pytest.raises(ManagerError, match="There is no class"):
            classes.join(wrong, "x", "1234", "u1", address="192.0.2.1")
    with pytest.raises(ManagerError, match=r"Try again in \d+ seconds"):
        classes.join(code, "x", "1234", "u1", address="192.0.2.1")
    for other in range(20):
        with pytest.raises(ManagerError, match="There is no class"):
            classes.join(wrong, "x", "1234", f"new{other}", address="192.0.2.1")
    with pytest.raises(ManagerError, match="codes from here"):
        classes.join(code, "x", "1234", "newest", address="192.0.2.1")
    assert classes.join(code, "x", "1234", "u2", address="192.0.2.2").nickname == "x"


def test_right_codes_are_not_counted(classes: Classes, code: str):
    for i in range(40):
        classes.join(code, "", "1234", f"u{i}", address="192.0.2.1")


def test_tries_are_allowed_again_after_a_while():
    now = [0.0]
    tries = Tries("wrong codes", 2, 60.0, clock=lambda: now[0])
    tries.begin("a")
    tries.begin("a")
    with pytest.raises(ManagerError, match="in 60 seconds"):
        tries.begin("a")
    now[0] = 61.0
    tries.begin("a")


def test_a_pin_can_be_tried_a_few_times(classes: Classes, code: str):
    classes.join(code, "elk", "0471", "u1")
    for _ in range(5):
        with pytest.raises(ManagerError, match="PIN is another"):
            classes.join(code, "elk", "0000", "thief")
    with pytest.raises(ManagerError, match="Too many wrong PINs"):
        classes.join(code, "elk", "0471", "another thief")
    assert classes.join(code, "elk", "", "u1").nickname == "elk"


def test_another_pin_can_be_set(classes: Classes, code: str):
    classes.join(code, "elk", "0471", "u1")
    classes.set_pin("u1", "1111")
    assert classes.join(code, "elk", "1111", "phone").nickname == "elk"


def test_of_many_who_take_one_name_at_once_one_has_it(classes: Classes, code: str):
    def join(user: int) -> str:
        try:
            return classes.join(code, "elk", f"{user:04}", f"u{user}").nickname
        except ManagerError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(join, range(1, 9)))
    assert said.count("elk") == 1
    assert len(classes.state(code).students) == 1


def test_a_browser_that_joins_in_two_tabs_at_once_is_one_student(classes: Classes, code: str):
    with ThreadPoolExecutor(4) as pool:
        joined = [*pool.map(lambda n: classes.join(code, f"n{n}", "1234", "u1"), range(4))]
    assert len({membership.member for membership in joined}) == 1
    assert len(classes.state(code).students) == 1


def test_a_class_takes_so_many_and_says_so(
    classes: Classes, code: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(classes_module, "MOST_MEMBERS", 2)
    first = classes.join(code, "a", "1234", "u1")
    classes.join(code, "b", "1234", "u2")
    with pytest.raises(ManagerError, match="has 2 members, which is the most"):
        classes.join(code, "c", "1234", "u3")
    classes.remove(code, first.member, TEACHER)
    classes.join(code, "c", "1234", "u3")


def test_deeds_are_noted_once(classes: Classes, code: str):
    classes.join(code, "elk", "0471", "u1")
    deeds = [
        Step(page="learn", what="noise"),
        Answered(lesson="noise", option=2, right=False),
        Answered(lesson="noise", option=1, right=True),
        Guessed(expected=0.9, came=0.8, right=True),
        AimReached(lesson="noise"),
    ]
    for deed in deeds:
        classes.note("u1", deed)
    before = classes.state(code)
    for deed in (deeds[0], deeds[2], deeds[4]):
        classes.note("u1", deed)
    classes.note("nobody", deeds[0])
    assert classes.state(code) == before
    [elk] = before.students
    assert (elk.page, elk.what, elk.steps, elk.aims) == ("learn", "noise", 1, ("noise",))
    assert elk.answers == {"noise": GivenAnswer(2, False)}
    assert elk.guesses == (GivenGuess(0.9, 0.8, True),)


def test_everybody_is_back_after_the_server_ended(classes: Classes, code: str, tmp_path: Path):
    classes.join(code, "elk", "0471", "u1")
    query = {"dataset": "moons", "change": "12 weight.1.3.2 -0.12345678 " * 400}
    classes.set_task(code, WhatIfTask(query=query), TEACHER, everybody=True)
    classes.note("u1", Answered(lesson="noise", option=1, right=True))
    other = again(tmp_path)  # The first is not closed, as when it was killed.
    assert other.state(code) == classes.state(code)
    assert other.of("u1") == classes.of("u1")
    assert other.of("teacher") == classes.of("teacher")
    assert other.join(code, "elk", "0471", "phone").nickname == "elk"


def test_a_torn_last_line_costs_nothing_but_itself(classes: Classes, code: str, tmp_path: Path):
    classes.join(code, "elk", "0471", "u1")
    [log] = (tmp_path / "classes").glob("*/events.jsonl")
    with log.open("ab") as file:
        file.write(b'{"kind":"joined","memb')
    other = again(tmp_path)
    assert other.state(code) == classes.state(code)
    other.join(code, "newt", "0471", "u2")
    names = [member.nickname for member in again(tmp_path).state(code).students]
    assert names == ["elk", "newt"]


def test_a_damaged_line_costs_nothing_but_itself(classes: Classes, code: str, tmp_path: Path):
    for number, name in enumerate(("elk", "newt", "owl"), 1):
        classes.join(code, name, "0471", f"u{number}")
    [log] = (tmp_path / "classes").glob("*/events.jsonl")
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:2], b"\0" * 40 + b"\n", *lines[3:]]))
    other = again(tmp_path)
    assert [member.nickname for member in other.state(code).students] == ["elk", "owl"]
    other.note("u3", Step(page="learn"))
    assert again(tmp_path).state(code) == other.state(code)
    assert len([*log.parent.iterdir()]) == 2, "the damaged file is kept"


def test_an_event_of_a_later_version_is_passed_over(classes: Classes, code: str, tmp_path: Path):
    [log] = (tmp_path / "classes").glob("*/events.jsonl")
    with log.open("ab") as file:
        file.write(b'{"kind":"sang","seq":2,"time":%d}\n' % time.time())
    other = again(tmp_path)
    other.join(code, "elk", "0471", "u1")
    assert [member.nickname for member in again(tmp_path).state(code).students] == ["elk"]


def test_a_class_ends_and_stays_readable_for_its_teacher(
    classes: Classes, code: str, tmp_path: Path
):
    classes.join(code, "elk", "0471", "u1")
    classes.end(code, TEACHER)
    assert classes.of("u1") is None
    assert classes.farewell("u1") == f"The class {code} has ended."
    with pytest.raises(ManagerError, match="has ended"):
        classes.join(code, "newt", "0471", "u2")
    with pytest.raises(ManagerError, match="has ended"):
        classes.set_task(code, None, TEACHER)
    classes.note("u1", Step(page="learn"))
    for found in (classes, again(tmp_path)):
        last = found.of_teacher("teacher")
        assert last is not None
        assert [member.nickname for member in last.students] == ["elk"]
        assert last.ended is not None


def test_a_class_ends_by_itself_after_a_day_without_a_deed(
    classes: Classes, code: str, tmp_path: Path
):
    classes.join(code, "elk", "0471", "u1")
    assert again(tmp_path, later=3600.0).of("u1") is not None
    late = again(tmp_path, later=25 * 3600.0)
    assert late.of("u1") is None
    assert late.state(code).ended is not None
    with pytest.raises(ManagerError, match="has ended"):
        late.join(code, "newt", "0471", "u2")
    last = late.of_teacher("teacher")
    assert last is not None
    assert last.code == code


def test_who_was_removed_is_told_and_stays_out_until_let_in(classes: Classes, code: str):
    elk = classes.join(code, "elk", "0471", "u1").member
    classes.remove(code, elk, TEACHER)
    assert classes.of("u1") is None
    assert "taken you out" in classes.farewell("u1")
    for user, name in (("u1", "newt"), ("phone", "elk")):
        with pytest.raises(ManagerError, match="taken you out"):
            classes.join(code, name, "0471", user)
    classes.let_in(code, elk, TEACHER)
    assert classes.of("u1") is not None
    assert classes.farewell("u1") == ""


def test_a_teacher_renames_but_not_to_a_name_that_is_taken(classes: Classes, code: str):
    elk = classes.join(code, "elk", "0471", "u1").member
    classes.join(code, "newt", "0471", "u2")
    with pytest.raises(ManagerError, match="such as Newt 2"):
        classes.rename(code, elk, "Newt", TEACHER)
    classes.rename(code, elk, "Elk", TEACHER)
    assert [member.nickname for member in classes.state(code).students] == ["Elk", "newt"]
    with pytest.raises(ManagerError, match="no member"):
        classes.rename(code, "m9", "x", TEACHER)


def test_another_student_at_the_same_browser_joins_anew(classes: Classes, code: str):
    classes.join(code, "elk", "0471", "u1")
    classes.leave("u1")
    assert classes.of("u1") is None
    assert classes.join(code, "newt", "1111", "u1").nickname == "newt"
    assert len(classes.state(code).students) == 2


def test_a_student_of_two_classes_is_in_the_one_they_came_to_last(
    classes: Classes, code: str, tmp_path: Path
):
    other = classes.open("", TEACHER)
    for there, name in ((code, "elk"), (other, "newt"), (code, "")):
        classes.join(there, name, "0471", "u1")
    now = classes.of("u1")
    assert now is not None
    assert (now.code, now.nickname) == (code, "elk")
    classes.note("u1", Step(page="learn"))
    assert again(tmp_path).of("u1") == now


def test_a_student_has_so_many_browsers(
    classes: Classes, code: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(events, "MOST_BROWSERS", 2)
    for number in range(4):
        classes.join(code, "elk", "0471", f"u{number}")
    assert classes.state(code).students[0].users == ("u2", "u3")
    assert classes.of("u0") is None


def test_one_browser_does_not_fill_a_class(classes: Classes, code: str):
    for _ in range(6):
        classes.join(code, "", "0471", "u1")
        classes.leave("u1")
    with pytest.raises(ManagerError, match="Too many new members at this browser"):
        classes.join(code, "", "0471", "u1")
    assert classes.join(code, "", "0471", "u2")


def test_one_browser_does_not_fill_the_disk(classes: Classes, code: str):
    classes.join(code, "elk", "0471", "u1")
    for _ in range(10):
        classes.set_pin("u1", "0471")
        classes.leave("u1")
        classes.join(code, "elk", "0471", "u1")
    for change in (lambda: classes.leave("u1"), lambda: classes.set_pin("u1", "1111")):
        with pytest.raises(ManagerError, match="Too many changes at this browser"):
            change()


def test_a_class_is_led_by_teachers_alone(classes: Classes, code: str):
    elk = classes.join(code, "elk", "0471", "u1").member
    acts = [
        lambda by: classes.open("mine", by),
        lambda by: classes.teach(code, by),
        lambda by: classes.set_task(code, LessonTask(lesson="noise"), by),
        lambda by: classes.hide_names(code, True, by),
        lambda by: classes.rename(code, elk, "x", by),
        lambda by: classes.remove(code, elk, by),
        lambda by: classes.let_in(code, elk, by),
        lambda by: classes.end(code, by),
    ]
    before = classes.state(code)
    for act in acts:
        with pytest.raises(ManagerError, match="by teachers"):
            act(STUDENT)
    assert classes.state(code) == before
    for act in acts:
        act(OTHER)


def test_a_second_teacher_leads_the_same_class(classes: Classes, code: str, tmp_path: Path):
    classes.teach(code, OTHER)
    classes.teach(code, OTHER)
    assert classes.state(code).teachers == ("teacher", "other")
    last = again(tmp_path).of_teacher("other")
    assert last is not None
    assert last.code == code


def test_who_is_here_is_known_for_a_moment_and_not_written(tmp_path: Path):
    now = [1e9]
    classes = Classes(tmp_path / "classes", clock=lambda: now[0])
    code = classes.open("", TEACHER)
    elk = classes.join(code, "elk", "0471", "u1").member
    size = sum(path.stat().st_size for path in tmp_path.glob("classes/*/*"))
    classes.heard_of("u1")
    assert classes.here(classes.state(code)) == {elk}
    now[0] += 60
    assert classes.here(classes.state(code)) == frozenset()
    assert sum(path.stat().st_size for path in tmp_path.glob("classes/*/*")) == size


def test_codes_are_not_used_twice(classes: Classes):
    codes = [classes.open("", TEACHER) for _ in range(20)]
    assert len(set(codes)) == 20
