"""The address of a study carries what is seen of it, and nothing that cannot be."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared import view_address
from pages.components.shared.errors import SENTENCE
from pages.components.study.tab_parts import TABS
from tests.pages.conftest import Opener, words
from tests.pages.recorded import record
from tuning_core.manager import Manager

ID = "aaaaaaaa"


def asked(app: AppTest) -> dict[str, str]:
    """The address; a parameter set by the page is a text, one set by the test a list."""
    found = {n: v if isinstance(v, str) else v[0] for n, v in app.query_params.items()}
    return {name: value for name, value in found.items() if name != "id"}


@pytest.fixture
def study(engine: Manager) -> str:
    record(engine.store, ID, trials=8)
    return ID


LINK = {
    "tab": "learning_curves",
    "trials": "3,5",
    "metric": "loss",
    "brush": "score:0.9025~0.9075",
    "curves": "3",
    "log": "1",
}


def test_a_link_shows_what_was_seen(opened: Opener, study: str):
    app = opened("study", id=study, **LINK)
    assert app.session_state["section"] == "Learning curves"
    assert app.session_state["chosen_trials"] == [3, 5]
    assert next(s for s in app.selectbox if s.label == "Metric").value == "loss"
    assert next(t for t in app.toggle if t.label == "Log axis").value
    assert "5 of 8 trials inside the brushes" in words(app)
    assert asked(app) == LINK
    assert "in the address" not in words(app)


def test_what_is_chosen_goes_into_the_address_and_a_default_out_of_it(
    opened: Opener, study: str, monkeypatch: pytest.MonkeyPatch
):
    app = opened("study", id=study)
    assert asked(app) == {}
    app.session_state["section"] = "Learning curves"
    app.run()
    next(s for s in app.selectbox if s.label == "Metric").select("loss").run()
    app.session_state["chosen_trials"] = [4]
    app.run()
    before = {"tab": "learning_curves", "trials": "4", "metric": "loss"}
    assert asked(app) == before
    app.session_state["section"] = "Hyperparameters"
    app.run()
    next(s for s in app.selectbox if s.label == "Upwards").select("dropout").run()
    assert asked(app) == {"tab": "hyperparameters", "trials": "4", "metric": "loss", "y": "dropout"}
    # Back: the whole view is that of the address.
    monkeypatch.setattr(view_address, "STALE_SECONDS", 0.0)
    del app.query_params["y"], app.query_params["metric"]
    app.query_params["tab"] = "learning_curves"
    app.run()
    assert app.session_state["section"] == "Learning curves"
    assert next(s for s in app.selectbox if s.label == "Metric").value == "accuracy"
    assert asked(app) == {"tab": "learning_curves", "trials": "4"}
    assert not app.exception


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("tab", "none", "expected one of overview, learning_curves"),
        ("trials", "1;2", "expected numbers of trials with commas between"),
        ("metric", "<b>", "expected one of loss, accuracy"),
        ("brush", "score:0~1,height:0~1", "expected AXIS:FROM~TO, the axis one of learning_rate"),
        ("brush", "score:0~nan", "expected AXIS:FROM~TO"),
        ("curves", "00000001999", "expected 1 to 20"),
        ("log", "yes", "expected 1"),
        ("slices", "units,colour", "expected some of learning_rate"),
        ("other", "1", "Not understood in the address: other"),
    ],
)
def test_what_cannot_be_understood_is_said_quietly(
    opened: Opener, study: str, name: str, value: str, said: str
):
    app = opened("study", id=study, **{name: value, "against": "epochs"})
    assert said in words(app)
    assert "<b>" not in words(app).replace("<b>", "", words(app).count("</b>"))
    assert app.session_state["best-against"] == "epochs"
    if name != "other":
        app.session_state["section"] = "Learning curves"
        app.run().run()
        assert said not in words(app)
        assert name == "tab" or name not in asked(app)


def test_another_study_begins_without_what_was_chosen_of_this_one(
    opened: Opener, engine: Manager, study: str
):
    record(engine.store, "bbbbbbbb", trials=6)
    app = opened("study", id=study, **LINK)
    for name in LINK:
        del app.query_params[name]
    app.query_params["id"] = "bbbbbbbb"
    app.run()
    assert app.session_state["section"] == "Overview"
    assert app.session_state["chosen_trials"] == []
    assert "inside the brushes" not in words(app)
    assert asked(app) == {}


def test_trials_that_are_not_there_and_brushes_around_none_show_every_tab(
    opened: Opener, study: str
):
    app = opened("study", id=study, trials="999,3", brush="learning_rate:2~3", slices="units")
    for tab in TABS:
        app.session_state["section"] = tab
        app.run()
        assert SENTENCE not in words(app), tab
        assert not app.exception, tab
    assert asked(app)["trials"] == "999,3"
