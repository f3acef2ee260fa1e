"""The Library: yours first, names, copies, deletion and its undoing, what lies on the disk."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.user import named
from tests.manager.study_file import packed, parts
from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tuning_core.catalog import StudyStatus
from tuning_core.datasets.tables import kept_rows_folder
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager
from tuning_core.manager.searches.interrupted_studies import SERVER_STOPPED
from tuning_core.spec.study import parse_spec


def with_menu(app: AppTest, study_id: str) -> AppTest:
    """The page with a study's menu open."""
    app.session_state[f"actions-{study_id}"] = True
    return app.run()


def user_of(app: AppTest) -> str:
    """The reader that a session without a cookie is."""
    return named(f"browser:{app.session_state['browser_id']}")


def rows(app: AppTest) -> list[str]:
    """Names of the studies listed."""
    return [link.proto.label for link in app.get("page_link")]


def said(app: AppTest) -> str:
    return " ".join(str(block.proto.body) for block in app.get("html"))


def test_a_study_is_renamed_deleted_and_brought_back(opened: Opener, engine: Manager) -> None:
    study_id = engine.archive.import_study(packed(parts()))
    app = with_menu(opened("library"), study_id)
    app.text_input(key=f"name-{study_id}").set_value("After")
    app.button(key=f"do-rename-{study_id}").click().run()
    before = engine.store.study(study_id)
    assert before is not None
    assert before.name == "After"
    app.button(key=f"do-delete-{study_id}").click().run()
    assert engine.store.studies() == []
    assert "“After” was deleted." in said(app)
    app.button(key=f"undo-{study_id}").click().run()
    after = engine.store.study(study_id)
    assert after is not None
    assert (after.name, after.status, after.trials, after.best_score, after.created) == (
        before.name, before.status, before.trials, before.best_score, before.created
    )  # fmt: skip
    assert "was deleted" not in said(app)


def test_home_says_why_an_interrupted_search_cannot_go_on(
    opened: Opener, engine: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = parse_spec({"dataset": {"id": "iris"}, "budget": {"trials": 2, "epochs": 9}})
    engine.store.create_study("aaaaaaaa", "Cut off", spec.to_json(), time.time(), own_token())
    engine.store.set_status("aaaaaaaa", StudyStatus.INTERRUPTED, SERVER_STOPPED)
    monkeypatch.setenv("TUNESCAPE_LIMITS", "epochs=5")
    app = opened("home").button(key="resume-left").click().run()
    assert "expected at most 5 epochs" in app.error[0].value
    assert not app.run().error


def test_a_study_that_is_not_over_cannot_be_deleted(opened: Opener, engine: Manager) -> None:
    spec = parse_spec({"dataset": {"id": "iris"}})
    engine.store.create_study("aaaaaaaa", "Waiting", spec.to_json(), time.time(), own_token())
    app = with_menu(opened("library"), "aaaaaaaa")
    assert app.button(key="do-delete-aaaaaaaa").disabled


def test_a_clone_is_a_new_study_with_the_same_spec(opened: Opener, engine: Manager) -> None:
    spec = record(engine.store, "aaaaaaaa", name="Model")
    app = with_menu(opened("library"), "aaaaaaaa")
    app.button(key="do-clone-aaaaaaaa").click().run()
    assert app.title[0].value == "New study"
    assert parse_spec(app.code[0].value).space == spec.space


def test_yours_come_first_and_all_on_request(opened: Opener, engine: Manager) -> None:
    for study_id, name in (("aaaaaaaa", "Mine"), ("bbbbbbbb", "Hers")):
        record(engine.store, study_id, name=name)
    app = opened("library")
    assert rows(app) == ["Hers", "Mine"]
    engine.store.readers.give("aaaaaaaa", user_of(app))
    engine.store.readers.give("bbbbbbbb", "another")
    assert rows(app.run()) == ["Mine"]
    app.button_group(key="library-whose").select("All").run()
    assert rows(app) == ["Hers", "Mine"]
    engine.store.readers.give("bbbbbbbb", user_of(app))
    assert rows(app.run()) == ["Hers", "Mine"]


def test_a_launched_study_is_the_user_s(opened: Opener, engine: Manager) -> None:
    app = opened("home")
    app.button(key="watch").click().run()
    study_id = engine.store.studies()[0].id
    engine.stop(study_id)
    assert engine.store.readers.of(study_id) == user_of(app)
    engine.wait(study_id, 30)


def test_more_than_a_page_of_studies_is_paged(opened: Opener, engine: Manager) -> None:
    for number in range(32):
        record(engine.store, f"study{number:03}", name=f"Study {number:03}", trials=0)
    app = opened("library")
    assert len(rows(app)) == 30
    app.session_state["library-page"] = 2
    assert rows(app.run()) == ["Study 001", "Study 000"]
    app.text_input(key="library-search").set_value("031").run()
    assert app.query_params["q"] in ("031", ["031"])
    assert rows(app) == ["Study 031"]


def test_what_can_be_made_again_is_removed_and_nothing_else(
    opened: Opener, engine: Manager
) -> None:
    study_id = engine.archive.import_study(packed(parts()))
    files = engine.home.study(study_id)
    files.bundle.write_bytes(b"x" * 5_000)
    for folder in (files.rows, kept_rows_folder(engine.home.path)):
        folder.mkdir(parents=True)
        (folder / "1.rows").write_bytes(b"x" * 6_000)
    (files.folder / "states").mkdir()
    (files.folder / "states" / "1-1.npz").write_bytes(b"x" * 7_000)
    app = opened("library")
    assert "Exported models and bundles: 1 item, 5.0 kB" in said(app)
    app.button(key="remove-bundles").click().run()
    app.button(key="remove-checkpoints").click().run()
    app.button(key="remove-shared-rows").click().run()
    app.button(key="remove-kept-rows").click().run()
    assert not files.bundle.exists()
    assert not files.rows.exists()
    assert not list(kept_rows_folder(engine.home.path).iterdir())
    assert not (files.folder / "states").exists()
    assert files.best.exists()
    assert files.journal.exists()
    assert "Exported models" not in said(app)


def test_a_file_is_taken_in_once_and_a_refused_one_is_answered(
    opened: Opener, engine: Manager
) -> None:
    app = opened("library")
    app.session_state["import"] = True
    app.run()
    app.file_uploader[0].set_value(("no.tunescape", b"hello", "application/zip")).run()
    assert "no study file" in app.error[0].value
    assert engine.store.studies() == []
    app.file_uploader[0].set_value(("one.tunescape", packed(parts()).read(), "application/zip"))
    app.run()
    assert app.get("tab")
    opened("library").run()
    [study] = engine.store.studies()
    assert engine.store.readers.of(study.id) == user_of(app)
