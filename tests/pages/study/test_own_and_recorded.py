"""Studies of models of one's own, and those that another tool recorded."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.compare.differences import ABSENT, differences
from pages.components.study.controls import BUDGET, PANEL, RANGES, TRIAL
from tests.pages.conftest import Opener, words
from tests.spec.own import DECLARED, own_spec, recorded_spec
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager
from tuning_core.spec.study import StudySpec, parse_spec

TABS = ("overview", "learning_curves", "parallel_coordinates", "hyperparameters",
        "search_behaviour", "best_model")  # fmt: skip


def store(engine: Manager, study_id: str, document: dict[str, Any], epochs: int = 3) -> StudySpec:
    """Keeps a finished study whose metrics come from every epoch, its objective with the score."""
    spec = parse_spec({"budget": {"trials": 24, "epochs": max(epochs, 1)}, **document})
    now, rng = time.time(), np.random.default_rng(0)
    engine.store.create_study(study_id, spec.name, spec.to_json(), now, own_token())
    begun = {"kind": "study_started", "pid": 1, "device": "", "versions": {}, "resumed": False,
             "rows": {}, "elapsed": 0.0}  # fmt: skip
    events: list[dict[str, Any]] = [begun]
    for trial in range(1, 25):
        lost = trial == 3
        events.append({"kind": "trial_started", "trial": trial, "parent": None,
                       "config": spec.search_space.sample(rng), "epochs": epochs,
                       "initial_epoch": 0, "bracket": None, "round": None, "seed": 0,
                       "suggested_in": 0.0})  # fmt: skip
        events += [
            {"kind": "epoch", "trial": trial, "execution": 1, "epoch": epoch, "seconds": 0.1,
             "metrics": dict.fromkeys(spec.metrics or (), trial + 1 / epoch)}
            for epoch in range(1, epochs + 1)
        ]  # fmt: skip
        score = None if lost else 1000.0 + trial
        ended = {"execution": 1, "status": "failed" if lost else "completed", "score": score,
                 "best_epoch": None, "epochs": epochs}  # fmt: skip
        events.append({"kind": "trial_ended", "trial": trial, "executions": [ended],
                       "status": ended["status"], "score": score, "best_epoch": None,
                       "best_execution": 1, "epochs": epochs, "seconds": 0.5,
                       "parameters": None, "message": "" })  # fmt: skip
    events.append({"kind": "study_ended", "status": "finished", "reason": "trials", "message": "",
                   "seconds": 12.0})  # fmt: skip
    engine.store.apply(study_id, [{"seq": n, "time": now, **e} for n, e in enumerate(events, 1)])
    return spec


@pytest.mark.parametrize(("document", "epochs"), [(recorded_spec(), 0), (own_spec(), 3)])
def test_every_tab_is_drawn(
    engine: Manager, opened: Opener, document: dict[str, Any], epochs: int
) -> None:
    store(engine, "theirs00", document, epochs)
    app = opened("study", id="theirs00")
    for tab in TABS:
        app.query_params["tab"] = tab
        app.run()
        assert not app.exception
        assert "a fault of its own" not in words(app), tab


def offered(app: AppTest) -> set[str]:
    """The words on all buttons, files to load and forms of a page."""
    kinds = ("button", "download_button", "menu_button", "toggle")
    return {element.proto.label for kind in kinds for element in app.get(kind)}


def test_nothing_is_offered_of_a_record_but_to_look_at_it(engine: Manager, opened: Opener) -> None:
    notes = ["It says nothing of epochs."]
    source = {"tool": "optuna", "search": "TPESampler", "notes": notes}
    declared = {
        name: {k: v for k, v in each.items() if k != "default"} for name, each in DECLARED.items()
    }
    model = {"family": "own", "declared": declared}
    store(engine, "theirs00", recorded_spec(source=source, model=model), epochs=0)
    app = opened("study", id="theirs00")
    assert "Their data · Recorded from Optuna, TPESampler" in words(app)
    assert notes[0] in words(app)
    assert offered(app) == {"☆", "Save"}  # Of its note.
    assert "train the best few again where the search was run" in words(app)
    assert "new seeds" not in words(app)
    app.query_params["tab"] = "learning_curves"
    assert "Optuna recorded no epochs" in words(app.run())
    app.query_params["tab"] = "best_model"
    app.run()
    assert offered(app) == {
        "Report",
        "Trials as CSV",
        "Its columns",
        "☆",
        "Save",
        "TensorBoard",
        "Optuna",
        "MLflow",
    }
    assert "default" not in words(app)  # Nobody knows it.


def test_the_best_epoch_alone_is_no_curve(engine: Manager, opened: Opener) -> None:
    store(engine, "theirs00", recorded_spec(), epochs=1)
    app = opened("study", id="theirs00")
    assert "Learning curves of" not in words(app)
    app.query_params["tab"] = "learning_curves"
    assert "recorded one epoch of each trial, so there are no curves" in words(app.run())
    app.query_params["tab"] = "best_model"
    assert "confirm the winner" not in words(app.run())
    store(engine, "mineown0", own_spec(name="mine"))
    app = opened("compare", ids="theirs00,mineown0")
    assert "epochs were not recorded" in words(app)
    app.segmented_control(key="compare-against").set_value("Trials").run()
    assert "were not recorded" not in words(app)


def test_a_model_of_ones_own_can_be_trained_and_downloaded(engine: Manager, opened: Opener) -> None:
    spec = store(engine, "mineown0", own_spec())
    app = opened("study", id="mineown0")
    assert {"Change", "Download best model", "Confirm"} <= offered(app)
    app.query_params["tab"] = "best_model"
    app.run()
    assert {"Confirm", "Download bundle"} <= offered(app)
    unknown = {"Clone", "Open in What-if", "Reveal the test score"}
    assert not unknown & offered(app)  # It has no rows for a test.
    for panel in (TRIAL, BUDGET, RANGES):
        app.session_state[PANEL] = ("mineown0", panel)
        app.run()
        assert panel in words(app)
        assert not app.exception
        assert not app.error
    assert "units per hidden layer" not in words(app)
    assert spec.label("units") == "units"


def test_what_differs_is_told_in_the_names_that_were_declared() -> None:
    ours, theirs = parse_spec(own_spec(strategy={"id": "tpe"})), parse_spec(recorded_spec())
    rows = dict(differences([ours, theirs]))
    assert rows["recorded from"] == [ABSENT, "Optuna"]
    assert "strategy" not in rows  # What another tool did is no strategy of ours.
    narrower = parse_spec(own_spec(space={"units": {"low": 64, "high": 128}}))
    assert set(dict(differences([parse_spec(own_spec()), narrower]))) == {"units"}
