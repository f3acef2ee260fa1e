"""Try it: what a user draws or fills in is answered, and nonsense with a sentence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from benchmarks.parts.shapes import encoded
from pages.components.shared.try_it.row_answer import effect_words, percent
from pages.components.shared.try_it.row_plane import chosen
from pages.components.shared.try_it.row_steps import Step, change_words, move_words
from tests.manager.conftest import eventually
from tests.pages.conftest import Opener, words
from tests.pages.recorded import record
from tests.pages.study.test_study_tabs import showing
from tuning_core.catalog import StudyStatus
from tuning_core.catalog.row_answer import ColumnEffect, Pixels, RowAnswer, Surface
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

STUDY = "aaaaaaaa"


PLUS = Image.new("RGB", (60, 40), "white")
PLUS.paste((0, 0, 0), (28, 4, 32, 36))
UPLOADS = {
    "cut.png": (encoded(PLUS, "PNG")[:60], "cut.png is cut off"),
    "empty.png": (b"", "empty.png is empty"),
    "<b>drawing.png": (b"<svg onload='alert(1)'/>", "drawing.png is no picture that is read"),
    "moving.gif": (
        encoded(PLUS, "GIF", save_all=True, append_images=[PLUS.rotate(90)]),
        "moving.gif is animated: its first frame is taken.",
    ),
    "print.jpg": (encoded(PLUS.convert("CMYK"), "JPEG"), "in the colours of print (CMYK)"),
    "white.png": (encoded(Image.new("RGB", (9, 9), "white"), "PNG"), "of one brightness"),
}
"""Pictures by name, and what is said of them."""


def trained(engine: Manager, dataset: str) -> str:
    """A study that a real worker has trained, whose model is ready."""
    budget = {"trials": 1, "epochs": 2}
    study_id = engine.launch(parse_spec({"dataset": {"id": dataset}, "budget": budget}))
    assert engine.wait(study_id, 400).status == "finished"
    engine.new_rows.of_study(study_id).prepare()
    return study_id


def frames(app: AppTest) -> list[Any]:
    return [frame.value for frame in app.dataframe if "distance" in frame.value]


def test_a_drawing_is_answered_and_what_is_none_gets_a_sentence(opened: Opener, engine: Manager):
    study_id = trained(engine, "digits")
    app = opened("study", id=study_id)
    said = showing(app, "Best model")
    assert "Draw or upload something" in said
    assert "Nearest training rows" not in said
    place = f"row-asked-{study_id}"
    app.session_state[place] = {"strokes": [[500, 100, 500, 900]]}
    said = showing(app, "Best model")
    assert "As the model gets it: 8 x 8 pixels" in said
    assert "Nearest training rows" in said
    assert said.count(" away") >= 6
    for strokes, sentence in (
        ([], "The pad is empty: draw on it."),
        (None, "is no drawing"),
        ({"a": 1}, "is no drawing"),
        ([[1, 2], ["<b>", 3]], "is no drawing"),
        ([[math.inf, 0]], "is no drawing"),
        ([[0, 1] * 5_000], "is no drawing"),
    ):
        app.session_state[place] = {"strokes": strokes}
        said = showing(app, "Best model")
        assert sentence in said
        assert "As the model gets it" not in said
    app.button(key="row-example").click().run()
    assert "As the model gets it" in words(app)
    for taken, (name, (content, sentence)) in enumerate(UPLOADS.items()):
        assert not app.file_uploader
        app.session_state[f"row-Upload-{study_id}-{taken}"] = True
        showing(app, "Best model")
        app.file_uploader[0].set_value((name, content, "image/png")).run()
        said = words(app).replace("\\", "")
        assert sentence in said
        read = "print.jpg" in name or "moving" in name
        assert ("As the model gets it" in said) == read
    assert not app.exception


def test_a_form_is_filled_from_a_training_row_and_answered(opened: Opener, engine: Manager):
    study_id = trained(engine, "iris")
    app = opened("study", id=study_id)
    said = showing(app, "Best model")
    assert "What changes the answer most" in said
    assert "the probability of" in said
    [nearest] = frames(app)
    assert list(nearest)[:2] == ["species", "distance"]
    assert nearest["distance"].is_monotonic_increasing
    before = app.number_input(key=f"row-cell-{study_id}-0").value
    app.number_input(key=f"row-start-{study_id}").set_value(50).run()
    after = app.number_input(key=f"row-cell-{study_id}-0").value
    answer = engine.new_rows.of_study(study_id).ask({"row": 50})
    assert after == answer.cells["sepal length"] != before
    app.number_input(key=f"row-cell-{study_id}-2").set_value(99.0).run()
    cells = {**answer.cells, "petal length": 99.0}
    changed = engine.new_rows.of_study(study_id).ask({"row": 50, "cells": cells})
    said = words(app)
    assert percent(max(changed.prediction)) in said.replace("&gt;", ">").replace("&lt;", "<")
    assert "petal length" in said.split("Your edits")[1].split("What changes the answer")[0]
    assert "→ 99" in said
    # The other cells are still those of the row.
    assert app.number_input(key=f"row-cell-{study_id}-0").value == after
    app.number_input(key=f"row-cell-{study_id}-2").set_value(None).run()
    assert "petal length: is not filled in" in words(app).replace("\\", "")
    assert not app.exception
    app.button(key="row-other").click().run()
    assert not app.warning
    assert "Your edits" not in words(app)
    app.session_state[f"row-part-{study_id}"] = "validation"
    app.number_input(key=f"row-start-{study_id}").set_value(3).run()
    held = engine.new_rows.of_study(study_id).ask({"row": 3, "part": "validation"})
    assert app.number_input(key=f"row-cell-{study_id}-0").value == held.cells["sepal length"]


def test_the_answer_before_an_edit_stands_beside_that_after_it() -> None:
    first = Step({"age": 30.0, "town": None}, (0.62, 0.38))
    after = Step({"age": 45.0, "town": "Rome"}, (0.21, 0.79))
    assert change_words(first, after) == "age 30 → 45, town missing → Rome"
    assert move_words(("no", "yes"), first, after) == "no 62 % → 21 %; now yes"
    value = Step({"age": 45.0}, (1_250.0,))
    assert move_words((), Step({"age": 30.0}, (1_000.0,)), value) == "1,000 → 1,250 (+250)"


def test_nothing_is_asked_of_a_worker_that_is_not_there(opened: Opener, engine: Manager):
    record(engine.store, STUDY)
    app = opened("study", id=STUDY)
    showing(app, "Best model")
    app.button(key="row-begin").click().run()
    eventually(lambda: engine.new_rows.of_study(STUDY).refused)
    assert "Clone the study and run it again" in showing(app, "Best model")
    assert app.button(key="row-begin").label == "Try again"


def test_a_search_that_runs_has_no_model_to_try_yet(opened: Opener, engine: Manager):
    record(engine.store, STUDY, status="stopped", planned=9)
    engine.store.set_status(STUDY, StudyStatus.RUNNING, owner=own_token())
    app = opened("study", id=STUDY)
    eventually(lambda: "Possible when the search has ended" in showing(app, "Best model"), 60)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "< 0.1 %"),
        (0.0004, "< 0.1 %"),
        (0.004, "0.4 %"),
        (0.42, "42 %"),
        (0.994, "99.4 %"),
        (0.9999, "> 99.9 %"),
        (1.0, "> 99.9 %"),
    ],
)
def test_a_probability_in_words(share: float, said: str):
    assert percent(share) == said


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (
            ColumnEffect("size", (1.0, 2.0, 3.0), (0.9, 0.6, 0.2), (0, 0, 1), 0.5),
            "20 % to 90 %; b above 3",
        ),
        (
            ColumnEffect("size", (1.0, 2.0, 3.0), (0.2, 0.6, 0.9), (1, 0, 0), 2.0),
            "20 % to 90 %; b below 1",
        ),
        (
            ColumnEffect("town", ("Oslo", "Rome"), (0.3, 0.9), (1, 0), 1.0, texts=True),
            "30 % to 90 %; b if Oslo",
        ),
        (ColumnEffect("size", (1.0, 2.0), (0.9, 0.9), (0, 0), None), "90 % throughout"),
    ],
)
def test_what_a_column_does_in_words(effect: ColumnEffect, said: str):
    answer = RowAnswer(1, ("a", "b"), (0.9, 0.1))
    assert effect_words(effect, answer) == said


@pytest.mark.parametrize(
    ("point", "taken"),
    [
        ([0.25, 0.5], [0.25, 0.5]),
        ([99, -99.0], [1.0, -2.0]),
        ([0.123456789, 0], [0.1235, 0.0]),
        ([10**400, -(10**400)], [1.0, -2.0]),
        ([math.nan, 0.0], []),
        (["<b>", 0.0], []),
        ([True, 0.0], []),
        ([0.5], []),
        ({"x": 1}, []),
        (None, []),
    ],
)
def test_a_point_of_the_plane_is_brought_into_it_and_nonsense_is_none(
    point: object, taken: list[float]
):
    nothing = Pixels.of(np.zeros((1, 1), np.uint8))
    assert chosen(point, Surface((-1.0, 1.0), (-2.0, 2.0), nothing, nothing, ())) == taken


def test_a_point_of_a_narrow_plane_far_from_zero_stays_in_it():
    nothing = Pixels.of(np.zeros((1, 1), np.uint8))
    surface = Surface((123_456.0, 123_460.0), (2012.25, 2014.75), nothing, nothing, ())
    assert chosen([123_459.0, 2013.41], surface) == [123_459.0, 2013.41]
    assert chosen([200_000, 0], surface) == [123_460.0, 2012.25]
