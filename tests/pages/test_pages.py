"""Every page opens, says what there is, and answers bad addresses and bad input in words."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pages.components.shared.errors import SENTENCE
from tests.pages.conftest import APP, Opener, words
from tests.pages.library.test_library import user_of
from tests.pages.recorded import record
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

PAGES = (
    "home",
    "new_study",
    "study",
    "what_if",
    "compare",
    "learn",
    "class_room",
    "library",
    "status",
)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("status", "compare")])
def test_a_page_opens_on_an_empty_home_and_names_a_next_step(page: str, opened: Opener):
    app = opened(page)
    assert SENTENCE not in words(app)
    assert app.title
    assert app.button


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_a_home_with_studies(page: str, opened: Opener, engine: Manager):
    record(engine.store, "aaaaaaaa", name="*Bold* [link](x) <b>tag</b>")
    record(engine.store, "bbbbbbbb", status="failed", trials=0, message="No source answered.")
    assert SENTENCE not in words(opened(page))


def harm(engine: Manager) -> None:
    """Studies as an earlier version took them from a stranger, and one that is beyond repair."""
    spec = {"dataset": {"id": "iris"}, "name": "Least"}
    record(engine.store, "aaaaaaaa", name="Least")
    engine.store.set_spec("aaaaaaaa", json.dumps(spec))
    edits: list[dict[str, Any]] = [
        {"seq": 900, "spec": spec},
        {"seq": 901, "what": "space"},
        {"seq": 902, "what": "trial", "values": None},
        {"seq": 903, "spec": None},
    ]
    engine.store.apply("aaaaaaaa", [{"kind": "edited", "time": 1.0, **edit} for edit in edits])
    record(engine.store, "bbbbbbbb", name="Broken")
    engine.store.set_spec("bbbbbbbb", "[1")
    record(engine.store, "cccccccc", name="Sound")


@pytest.mark.parametrize("page", PAGES)
def test_a_study_that_cannot_be_drawn_takes_no_other_with_it(
    page: str, opened: Opener, engine: Manager
):
    harm(engine)
    app = opened("home")
    for study in engine.store.studies():
        engine.store.readers.give(study.id, user_of(app))
    app = opened(page)
    said = words(app)
    assert SENTENCE not in said
    if page in ("home", "library", "study"):
        assert [link.proto.label for link in app.get("page_link")][-3:] == [
            *("Sound", "Broken", "Least")
        ]
        assert said.count("What is recorded of this study cannot be read") == 2
    if page == "study":
        assert "Delete it in the Library" in words(opened("study", id="bbbbbbbb"))
    engine.delete("bbbbbbbb")
    assert len(engine.store.studies()) == 2


def test_a_study_that_says_too_little_of_itself_is_drawn(opened: Opener, engine: Manager):
    harm(engine)
    engine.store.set_spec("aaaaaaaa", parse_spec({"dataset": {"id": "digits"}}).to_json())
    said = words(opened("study", id="aaaaaaaa"))
    assert SENTENCE not in said
    assert "Least" in said


@pytest.mark.parametrize(
    "study_id", ["zzzzzzzz", "../../etc", "ABCDEFGH", "a b", "%00", "'; --", "x" * 5_000]
)
def test_an_unknown_study_is_said_and_others_are_offered(
    study_id: str, opened: Opener, engine: Manager
):
    record(engine.store, "aaaaaaaa")
    app = opened("study", id=study_id)
    assert "There is no study at this address" in words(app)
    assert app.get("page_link")


def test_a_finished_study_shows_its_best_configuration_and_offers_the_model(
    opened: Opener, engine: Manager
):
    record(engine.store, "aaaaaaaa", name="Recorded")
    app = opened("study", id="aaaaaaaa")
    said = words(app)
    assert SENTENCE not in said
    assert "Recorded" in said
    assert "0.9040" in said
    assert "Finished" in said
    assert list(app.dataframe[0].value["trial"]) == [4, 3, 1, 2]
    assert "diverged" in app.dataframe[0].value["state"].iloc[-1]


@pytest.mark.parametrize("status", ["stopped", "interrupted", "failed"])
def test_a_study_that_ended_early_says_why_and_can_be_resumed(
    status: str, opened: Opener, engine: Manager
):
    record(engine.store, "aaaaaaaa", status=status, message="Because of the test.", planned=9)
    app = opened("study", id="aaaaaaaa")
    assert "Because of the test." in words(app)
    assert [button.label for button in app.button if button.label == "Resume"]


def test_a_study_without_a_trial_says_so(opened: Opener, engine: Manager):
    record(engine.store, "aaaaaaaa", status="failed", trials=0, message="No source answered.")
    said = words(opened("study", id="aaaaaaaa"))
    assert "No source answered." in said
    assert "No trial has been trained yet" in said


def test_brushes_filter_the_leaderboard(opened: Opener, engine: Manager):
    record(engine.store, "aaaaaaaa", trials=6)
    app = opened("study", id="aaaaaaaa")
    brush = {"selection": {"brush_score": {"at_score": [0.9035, 0.9055]}}}
    app.session_state["parallel-0"] = brush
    app.run()
    assert sorted(app.dataframe[0].value["trial"]) == [4, 5]


def test_a_selected_row_stays_with_its_trial(opened: Opener, engine: Manager):
    record(engine.store, "aaaaaaaa", trials=4)
    app = opened("study", id="aaaaaaaa")
    app.session_state["chosen_trials"] = [3]
    app.session_state["leaderboard"] = {"selection": {"rows": [0]}}
    app.run()
    assert app.session_state["leaderboard"]["selection"]["rows"] == [1]


def test_no_page_imports_keras(tmp_path: Path):
    script = f"""
import os, sys
os.environ["TUNESCAPE_HOME"] = {str(tmp_path / "home")!r}
os.environ["TUNESCAPE_SPARE"] = "0"
from streamlit.testing.v1 import AppTest
from pages.components.shared.manager_session import open_manager
from tests.pages.recorded import record
record(open_manager().store, "aaaaaaaa")
for page in {(*PAGES, "what_if")!r}:
    app = AppTest.from_file({str(APP)!r}, default_timeout=60).run()
    if page != "home":
        app.switch_page(f"pages/{{page}}.py")
    if page == "study":
        app.query_params["id"] = "aaaaaaaa"
    app.run()
    assert not app.exception
open_manager().close()
print(sorted({{"keras", "tensorflow", "keras_tuner"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=APP.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_download_is_said_while_a_study_starts(opened: Opener, engine: Manager):
    spec = parse_spec({"dataset": {"id": "mnist"}, "space": {"units": {"low": 8, "high": 64}}})
    engine.store.create_study("aaaaaaaa", "Digits", spec.to_json(), time.time(), own_token())
    note = {"seq": 1, "time": time.time(), "kind": "note", "message": "Downloading: 1 of 2 MB."}
    engine.store.apply("aaaaaaaa", [note])
    said = words(opened("study", id="aaaaaaaa"))
    assert "Downloading: 1 of 2 MB." in said
    assert "8 to 64" in said


@pytest.mark.parametrize("name", ["home", "library", "study", "new_study", "what_if", "status"])
def test_a_home_that_was_deleted_is_said_on_every_page(
    engine: Manager, opened: Opener, tmp_path: Path, name: str
) -> None:
    record(engine.store, "abcd1234")
    app = opened(name, **({"id": "abcd1234"} if name == "study" else {}))
    (tmp_path / "home").rename(tmp_path / "aside")
    app.run()
    said = [error.value for error in app.error]
    assert not app.exception
    assert any("was deleted or moved while this process used it" in words for words in said), said
    (tmp_path / "aside").rename(tmp_path / "home")
