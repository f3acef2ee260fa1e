"""The Library takes in runs of other tools, once one has seen what was recognised."""

from __future__ import annotations

from tests.pages.conftest import Opener
from tests.pages.library.test_library import said, user_of
from tuning_core.manager import Manager

TABLE = b"lr,units,speed\n0.1,16,3\n0.01,32,4\n"


def test_a_table_of_trials_is_looked_at_asked_about_and_taken_in(
    opened: Opener, engine: Manager
) -> None:
    app = opened("library")
    app.session_state["import"] = True
    app.run()
    app.file_uploader[0].set_value(("my runs.csv", TABLE, "text/csv")).run()
    assert app.selectbox[0].options == ["lr", "units", "speed"]
    assert app.selectbox[0].value is None  # Which column is the score, nobody else can say.
    assert not [button for button in app.button if button.key == "do-import-runs"]
    app.selectbox[0].set_value("speed").run()
    assert "CSV of trials: 2 trials, 2 hyperparameters, ranked by speed" in said(app)
    assert engine.store.studies() == []
    app.segmented_control[0].set_value("min").run()
    assert "ranked by speed (smaller is better)" in said(app)
    named = next(field for field in app.text_input if field.label == "Name")
    assert named.value == "my runs"
    named.set_value("Mine").run()
    app.button(key="do-import-runs").click().run()
    assert app.get("tab")
    [study] = engine.store.studies()
    assert (study.name, study.best_score, study.best_trial) == ("Mine", 3.0, 1)
    assert engine.store.readers.of(study.id) == user_of(app)


def test_what_is_nothing_known_is_answered_with_a_sentence(opened: Opener, engine: Manager) -> None:
    app = opened("library")
    app.session_state["import"] = True
    app.run()
    app.file_uploader[0].set_value(("[odd](x).db", b"\0" * 50, "application/x")).run()
    assert "is nothing that is known here" in app.error[0].value
    assert engine.store.studies() == []
    assert not list(engine.home.path.glob(".import-*"))
