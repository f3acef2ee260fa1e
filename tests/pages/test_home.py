"""Home for a teacher's first minute: what is live now, and a class in one click."""

from __future__ import annotations

from base64 import b64decode

import pytest

from pages.components.home.now import search_picture
from pages.components.shared.user import named
from tests.pages.conftest import Opener, words
from tests.pages.recorded import record
from tuning_core.catalog import OBJECTIVES
from tuning_core.manager import Manager
from tuning_core.manager.access import Person


def test_a_challenge_begins_with_one_click_and_its_class_is_found_again(
    scripted: None, engine: Manager, opened: Opener
):
    app = opened("home")
    assert "Now" not in [heading.value for heading in app.subheader]
    app.button(key="class-challenge").click().run()
    assert not app.exception
    teacher = named(f"browser:{app.session_state['browser_id']}")
    state = engine.classes.of_teacher(teacher)
    assert state is not None
    assert state.play is not None
    assert set(state.play.studies) == {"random", "tpe", "hyperband"}
    assert app.query_params["code"] in (state.code, [state.code])
    app.switch_page("pages/home.py").run()
    assert "Now" in [heading.value for heading in app.subheader]
    assert state.code in words(app)
    engine.classes.end(state.code, Person(teacher, teacher=True))
    app.run()
    links = [link.proto.label for link in app.get("page_link")]
    assert any(label.startswith("Last class: ") for label in links)


def test_a_search_that_runs_is_drawn_as_it_stands(
    engine: Manager, opened: Opener, monkeypatch: pytest.MonkeyPatch
):
    record(engine.store, "aaaaaaaa", trials=5)
    monkeypatch.setattr(engine, "running", lambda: ["aaaaaaaa"])
    app = opened("home")
    said = words(app)
    assert "Now" in [heading.value for heading in app.subheader]
    assert 'alt="Scores of 4 trials and the best so far"' in said
    assert "<b>validation accuracy 0.9050</b>" in said
    monkeypatch.setattr(engine, "running", list)
    app.run()
    assert "ts-search" not in words(app)


@pytest.mark.parametrize("objective", ["val_accuracy", "val_loss"])
@pytest.mark.parametrize(
    ("scores", "trials"),
    [
        ((), "No trial"),
        ((None, None), "No trial"),
        ((0.5,), "1 trial "),
        ((0.5, 0.5), "2 trials"),
        ((0.2, None, float("nan"), 0.9, float("inf")), "2 trials"),
    ],
)
def test_a_picture_is_drawn_of_any_scores(scores: tuple, trials: str, objective: str):
    picture = search_picture(scores, OBJECTIVES[objective])
    assert trials in picture
    assert "nan" not in picture.partition("base64")[0]


def test_a_picture_of_many_trials_is_small_and_shows_all_along():
    scores = [0.1 + trial % 97 / 1000 for trial in range(20_000)]
    source = search_picture(scores, OBJECTIVES["val_accuracy"]).split('"')[3]
    picture = b64decode(source.partition(",")[2])
    assert len(picture) < 12_000
    assert b'd="M5.0 ' in picture
