"""The lessons' pages open, keep their knobs in the address, and remember what was done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pages.components.shared.errors import SENTENCE
from pages.components.shared.user import COOKIE, BrowserId
from tests.pages.conftest import Opener
from tests.pages.test_pages import words
from tuning_core.charts import lessons as charts
from tuning_core.lessons import GROUPS, all_lessons, parts

COMPUTED = [lesson.id for lesson in all_lessons().values() if not lesson.runs(lesson.start())]


def test_the_path_lists_every_lesson_in_order(opened: Opener):
    app = opened("learn")
    labels = [link.proto.label for link in app.get("page_link")]
    listed = [label for label in labels if label[0].isdigit()]
    assert [label.split("  ", 1)[1] for label in listed] == [
        lesson.title for lesson in all_lessons().values()
    ]


@pytest.mark.parametrize("lesson", ["nothing", "../home", "<b>x</b>", "x" * 5_000, "%00"])
def test_an_unknown_lesson_is_said_and_all_are_offered(lesson: str, opened: Opener):
    app = opened("learn", lesson=lesson)
    assert "There is no lesson" in app.warning[0].value
    assert app.get("page_link")


@pytest.mark.parametrize("lesson", COMPUTED)
def test_a_lesson_shows_its_picture_and_what_it_claims(lesson: str, opened: Opener):
    app = opened("learn", lesson=lesson)
    said = words(app)
    assert SENTENCE not in said
    assert app.get("arrow_vega_lite_chart") or app.get("vega_lite_chart")
    assert 'class="holds"' in said


def test_a_question_is_answered_and_the_lesson_counts_as_done(opened: Opener):
    app = opened("learn", lesson="grid_random")
    app.radio[0].set_value(0).run()
    assert "Yes." in words(app)
    del app.query_params["lesson"]
    app.run()
    assert "1 of" in words(app)
    app.button("forget").click().run()
    assert "1 of" not in words(app)


def test_knobs_are_read_from_the_address_and_written_to_it(opened: Opener):
    app = opened("learn", lesson="bayesian", trials="7", courage="nonsense")
    assert app.select_slider[0].value == 7
    assert app.select_slider[1].value == 2.6
    assert "“nonsense” in the address is none of these: 2.6 is shown." in words(app)
    app.button("knob-bayesian-trials-next").click().run()
    assert app.query_params["trials"] == "8"
    app.select_slider[0].set_value(4).run()
    assert "trials" not in app.query_params


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("learn", {"lesson": "bayesian", "rounds": "3", "present": "yes"}),
        ("learn", {"rounds": "3", "present": "yes"}),
        ("new_study", {"rounds": "3", "present": "yes"}),
        ("study", {"id": "zzz", "rounds": "3", "present": "yes"}),
        ("library", {"rounds": "3", "present": "yes"}),
        ("home", {"rounds": "3", "present": "yes"}),
    ],
)
def test_what_a_page_does_not_know_in_its_address_is_said(
    page: str, query: dict[str, str], opened: Opener
):
    app = opened(page, **query)
    assert "Not understood in the address: rounds, present." in words(app)


def test_an_address_that_is_understood_says_nothing(opened: Opener):
    app = opened("learn", lesson="bayesian", trials="7", present="1")
    assert "Not understood" not in words(app)


def test_the_presenter_sees_the_picture_and_its_knobs_alone(opened: Opener):
    app = opened("learn", lesson="bayesian", present="1")
    assert app.select_slider
    assert not app.radio
    assert all_lessons()["bayesian"].text[0] not in words(app)


def toy() -> parts.Lesson:
    """A lesson as short as one can be."""
    right = parts.Answer(0, "There is one square.")
    return parts.Lesson(
        id="toy",
        title="A toy",
        text=("Squares grow.",),
        knobs=(parts.Knob("size", "Size", (1, 2, 3), 2),),
        pictures=lambda seen, style: (
            charts.labelled_lines(
                [charts.Line("square", [1, 2], [1, int(seen.chosen["size"]) ** 2])],
                x_title="side",
                y_title="area",
                x_limits=(1, 2),
                y_limits=(0, 9),
                dark=style.dark,
                height=style.height,
            ),
        ),
        claims=lambda seen: (parts.Claim(f"Its side is {seen.chosen['size']}.", True),),
        question=parts.Question("How many squares?", ("One", "Two"), lambda seen: right),
        try_it=lambda chosen: parts.network({"units": 16}, 5, parts.DIGITS),
        aim=parts.PictureAim(
            words="Draw an area above 5.",
            name="area",
            value=lambda seen: float(seen.chosen["size"]) ** 2,
            above=5,
            solution={"size": 3},
        ),
        references=("Euclid: Elements.",),
    )


def test_a_lesson_takes_its_place_on_the_path_and_nothing_else(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
):
    lesson = toy()
    [*_, (last, group)] = GROUPS.items()
    monkeypatch.setitem(GROUPS, last, (*group, lesson))
    labels = [link.proto.label for link in opened("learn").get("page_link")]
    assert f"{len(all_lessons())}  A toy" in labels
    app = opened("learn", lesson="toy", size="3")
    assert app.title[0].value == "A toy"
    assert app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    assert "Its side is 3." in words(app)
    assert "Not understood" not in words(app)
    app.radio[0].set_value(0).run()
    assert "There is one square." in words(app)
    before = f"Previous: {group[-1].title}"
    assert before in [link.proto.label for link in app.get("page_link")]
    app = opened("learn", lesson="toy", present="1")
    assert app.select_slider[0].value == 2
    assert app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    assert not app.radio


def test_try_it_opens_a_new_study_with_the_setting(opened: Opener):
    app = opened("learn", lesson="bayesian")
    app.button("try-bayesian").click().run()
    assert app.session_state["draft"]["strategy"]["id"] == "bayesian"


def cookies_given(headers: list[tuple[bytes, bytes]], path: str = "/learn") -> list[str]:
    """What the middleware sets as cookies when a page is asked for with these headers."""
    sent: list[Any] = []

    async def page(scope: Any, receive: Any, send: Any) -> None:
        kind = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": b"<html></html>"})

    async def ask() -> None:
        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            sent.append(message)

        await BrowserId(page)({"type": "http", "path": path, "headers": headers}, receive, send)

    asyncio.run(ask())
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


def test_a_browser_gets_a_number_once_that_scripts_cannot_read():
    (given,) = cookies_given([])
    assert given.startswith(f"{COOKIE}=")
    assert "HttpOnly" in given
    number = given.split("=", 1)[1].split(";")[0]
    assert cookies_given([(b"cookie", f"a=b; {COOKIE}={number}".encode())]) == []
    assert cookies_given([], "/static/index.js") == []


@pytest.mark.parametrize(
    "value", [b"", b"../../x", b"\xff\xfe", b"z" * 32, b"a" * 5_000, b'"', b";;="]
)
def test_a_number_that_is_none_is_replaced(value: bytes):
    assert len(cookies_given([(b"cookie", COOKIE.encode() + b"=" + value)])) == 1
