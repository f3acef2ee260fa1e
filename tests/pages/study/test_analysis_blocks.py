"""Importance and diagnoses on the page: too few trials, a kept result, and words on trials."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.study_draft import DEMO
from pages.components.study.importance_block import importance_csv
from tests.pages.recorded import record
from tuning_core.analysis import diagnoses
from tuning_core.analysis.background import result_file
from tuning_core.analysis.diagnoses.diagnosis import Diagnosis, TrainingCurves
from tuning_core.analysis.diagnoses.search import Search
from tuning_core.analysis.importance import NAME, Importance, Importances, importances_json
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

STUDY = "aaaaaaaa"


def blocks() -> None:
    """The two blocks alone, as a page of their own."""
    from pages.components.shared.manager_session import manager
    from pages.components.study.diagnoses_block import render_diagnoses
    from pages.components.study.importance_block import render_importance
    from pages.components.study.live import live_study

    live = live_study("aaaaaaaa", manager().store)
    assert live is not None
    render_importance(live, manager())
    render_diagnoses(live)


def opened(**state: object) -> AppTest:
    app = AppTest.from_function(blocks, default_timeout=30)
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    said = [element.proto.body for element in app.get("html")]
    return "\n".join([*said, *(element.value for element in app.markdown)])


def keep(engine: Manager, result: Importances) -> None:
    path = result_file(engine.home.study(STUDY).folder, NAME)
    path.parent.mkdir(parents=True)
    path.write_text(importances_json(result))


def test_too_few_trials_are_said_with_how_many_are_needed(engine: Manager) -> None:
    record(engine.store, STUDY, trials=5)
    app = opened()
    assert "Too few trials" in words(app)
    assert "there are 4" in words(app)


def test_too_few_trials_can_be_extended_to_enough(engine: Manager) -> None:
    """Five hyperparameters need 25 scores; four of the 5 trials have one."""
    spec = record(engine.store, STUDY, trials=5, status="stopped")
    files = engine.home.study(STUDY)
    files.folder.mkdir()
    files.spec.write_text(spec.to_json())
    app = opened()
    app.button(key="importance-extend").click().run()
    assert engine.editing.spec(STUDY).trials == 26
    assert not app.button, "what was asked is enough"


@pytest.mark.parametrize(
    "study",
    [
        {"trials": 5, "planned": 40},
        {"trials": 5, "space": {"units": {"choices": [8, 16]}, "layers": {"choices": [1, 2]}}},
        {"trials": 5, "space": {"units": {"low": 8, "high": 64}}},
    ],
    ids=["enough are planned", "there are no more", "one hyperparameter"],
)
def test_nothing_is_extended_that_would_not_help(study: dict[str, Any], engine: Manager) -> None:
    record(engine.store, STUDY, status="stopped", **study)
    assert not opened().button


def test_a_kept_result_shows_both_questions_and_its_numbers(engine: Manager) -> None:
    record(engine.store, STUDY, trials=31)
    found = (
        Importance("learning_rate", 30, 20, 0.7, 0.6, 0.8, 0.1),
        Importance("units", 30, 20, 0.1, 0.0, 0.2, 0.15),
        Importance("momentum", 9, 20),
    )
    result = Importances(30, 30, found, found)
    keep(engine, result)
    app = opened()
    said = words(app)
    assert "What explains the variance of the scores?" in said
    assert "What separates the best trials from the rest?" in said
    assert "momentum (active in 9, needs 20)" in said
    assert "From 30 trials" in said
    assert len(app.get("vega_lite_chart")) == 2
    rows = list(csv.DictReader(io.StringIO(importance_csv(result))))
    assert len(rows) == 6
    assert rows[0]["hyperparameter"] == "learning_rate"
    assert float(rows[0]["share"]) == 0.7


def test_trials_outside_the_present_ranges_do_not_have_a_study_analysed_anew(
    engine: Manager,
) -> None:
    outside = parse_spec(DEMO).search_space.sample(np.random.default_rng(0))
    outside["learning_rate"] = 5.0
    record(engine.store, STUDY, trials=31, changes={3: {"config": outside}})
    importance = Importance("learning_rate", 29, 20, 0.7, 0.6, 0.8, 0.1)
    keep(engine, Importances(29, 29, (importance,), (importance,)))
    app = opened()
    assert "From 29 trials" in words(app)
    assert "now" not in words(app)
    assert not app.button


def test_chosen_trials_say_what_they_show(engine: Manager) -> None:
    record(engine.store, STUDY, trials=4)
    said = words(opened(chosen_trials=[2, 3]))
    assert "The loss stopped being a number" in said
    assert "Trial 3" in said


def long_search(search: Search) -> Iterator[Diagnosis]:
    """A diagnosis of a search as short as one can be."""
    yield Diagnosis("toy", "Many trials", f"There are {len(search.trials.configs)}.", "Stop.", 99.0)


def few_epochs(training: TrainingCurves) -> Diagnosis:
    """The same of a training."""
    return Diagnosis("toy", "Ends early", f"It has {training.epochs} epochs.", "Go on.", 99.0)


def test_a_diagnosis_is_a_function_and_a_line_in_its_list(
    engine: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnoses, "OF_A_SEARCH", [*diagnoses.OF_A_SEARCH, long_search])
    monkeypatch.setattr(diagnoses, "OF_A_TRAINING", [(few_epochs,), *diagnoses.OF_A_TRAINING])
    record(engine.store, STUDY, trials=4, epochs=7)
    shown = words(opened(chosen_trials=[3]))
    assert "Many trials" in shown
    assert "There are 4." in shown
    assert "The best trial (4): ends early" in shown
    assert shown.index("Trial 3") < shown.rindex("It has 7 epochs.")
