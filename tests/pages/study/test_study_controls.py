"""The header of a study: what can be done, what was done, what is still to take effect."""

from __future__ import annotations

import json
import re
import time

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.study.controls import BUDGET, PANEL, RANGES, TRIAL
from pages.components.study.history_list import history_words
from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tuning_core.catalog import StudyStatus
from tuning_core.findings.formatting import duration, rate
from tuning_core.manager import Manager
from tuning_core.manager.searches.interrupted_studies import SERVER_STOPPED
from tuning_core.spec.edits import BudgetEdit, SpaceEdit, TrialEdit
from tuning_core.store import HistoryRow

STUDY = "abcd1234"


def words(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def with_panel(opened: Opener, engine: Manager, name: str) -> AppTest:
    """The page of a stopped study with one of its forms open."""
    spec = record(engine.store, STUDY, status="stopped", planned=9)
    files = engine.home.study(STUDY)
    files.folder.mkdir()
    files.spec.write_text(spec.to_json())
    app = opened("study", id=STUDY)
    app.session_state[PANEL] = (STUDY, name)
    return app.run()


def test_a_trial_of_one_s_own_is_left_for_the_resumption(opened: Opener, engine: Manager) -> None:
    app = with_panel(opened, engine, TRIAL)
    app.number_input(key="own-units").set_value(48)
    app.run()
    app.button(key="panel-do").click().run()
    assert not app.exception
    (edit,) = engine.editing.waiting(STUDY)
    assert isinstance(edit, TrialEdit)
    assert edit.values["units"] == 48
    assert "1 change to take effect when the study is resumed" in words(app)


def test_a_trial_of_one_s_own_begins_with_the_best_one_in_four_digits(
    opened: Opener, engine: Manager
) -> None:
    app = with_panel(opened, engine, TRIAL)
    study = engine.store.study(STUDY)
    assert study is not None
    trials = {trial.number: trial for trial in engine.store.changes(STUDY, 0).trials}
    best = trials[study.best_trial or 0].config
    assert app.number_input(key="own-units").value == best["units"]
    assert app.number_input(key="own-learning_rate").value == float(f"{best['learning_rate']:.4g}")


def test_a_trial_outside_the_ranges_is_confirmed_first(opened: Opener, engine: Manager) -> None:
    app = with_panel(opened, engine, TRIAL)
    app.number_input(key="own-units").set_value(999)
    app.run()
    assert app.button(key="panel-do").disabled
    app.checkbox(key="panel-outside").check().run()
    app.button(key="panel-do").click().run()
    assert len(engine.editing.waiting(STUDY)) == 1


def test_the_budget_is_extended(opened: Opener, engine: Manager) -> None:
    app = with_panel(opened, engine, BUDGET)
    app.number_input(key="panel-trials").set_value(30)
    app.run()
    app.button(key="panel-do").click().run()
    assert engine.editing.waiting(STUDY) == [BudgetEdit(trials=30)]


def test_the_time_limit_is_in_minutes_as_in_the_form(opened: Opener, engine: Manager) -> None:
    app = with_panel(opened, engine, BUDGET)
    app.number_input(key="panel-minutes").set_value(2.5)
    app.run()
    app.button(key="panel-do").click().run()
    assert engine.editing.spec(STUDY).budget.seconds == 150.0


def test_changed_ranges_say_what_becomes_of_the_trials_so_far(
    opened: Opener, engine: Manager
) -> None:
    app = with_panel(opened, engine, RANGES)
    assert app.button(key="panel-do").disabled
    app.number_input(key="range-units-low").set_value(120)
    app.run()
    assert "of the 4 trials so far lie inside the new ranges" in words(app)
    app.button(key="panel-do").click().run()
    (edit,) = engine.editing.waiting(STUDY)
    assert isinstance(edit, SpaceEdit)
    assert edit.space["units"]["low"] == 120


def test_ranges_that_cannot_be_say_so_in_a_sentence(opened: Opener, engine: Manager) -> None:
    app = with_panel(opened, engine, RANGES)
    app.number_input(key="range-units-low").set_value(4_000)
    app.run()
    assert "space.units" in app.error[0].value.replace("\\", "")
    assert app.button(key="panel-do").disabled


def test_home_offers_what_a_dead_server_left(opened: Opener, engine: Manager) -> None:
    record(engine.store, STUDY, status="stopped", name="left behind")
    engine.store.set_status(STUDY, StudyStatus.INTERRUPTED, SERVER_STOPPED)
    app = opened("home")
    assert "left behind" in app.text[0].value
    app.button(key="leave-left").click().run()
    assert not app.text
    assert engine.wait(STUDY, 0).status == "stopped"


def row(kind: str, after: int = 0, **details: object) -> HistoryRow:
    return HistoryRow(1, time.time(), kind, after, dict(details))


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (row("study_started"), "The search began."),
        (row("study_started", 4, resumed=True), "Resumed after trial 4."),
        (row("study_ended", status="paused", message="Paused. Resume goes on."), "Paused."),
        (
            row("edited", 14, what="space", inside=6, of=14),
            "Ranges changed after trial 14: 6 of 14 trials so far lie inside.",
        ),
        (
            row("edited", 20, what="budget", trials=30, seconds=0),
            "Budget changed after trial 20: 30 trials in all, no time limit.",
        ),
        (row("edited", 3, what="kill", trial=3), "Trial 3 killed."),
        (row("edited", 3, what="trial", retries=2), "Trial 2 to run again."),
        (
            row("edited", what="trial", values={"units": 8}, outside=True),
            "A trial of the reader's own, outside the ranges: units per hidden layer 8.",
        ),
        (row("edited", what="space", refused="too low."), "A change was not possible: too low."),
    ],
)
def test_the_history_is_told_in_sentences(event: HistoryRow, sentence: str) -> None:
    assert sentence in history_words([event])[0]


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        ("stopped", "Stopped. Resume continues it.", "Resume continues it."),
        ("stopped", "Stopped before it started. Resume starts it.", "before it started. Resume"),
        ("paused", "Paused. Resume goes on from the checkpoint.", "Resume goes on from"),
        ("interrupted", SERVER_STOPPED, SERVER_STOPPED[:20]),
        ("stopped", "", "Ended after 4 trials in 2.0 s."),
    ],
)
def test_the_state_is_said_once(
    status: str, message: str, said: str, opened: Opener, engine: Manager
) -> None:
    record(engine.store, STUDY, status=status, message=message)
    shown = words(opened("study", id=STUDY))
    state = re.search(r'data-testid="study-state">([^<]*)<', shown)
    assert state is not None
    assert state[1].startswith(said)


@pytest.mark.parametrize(
    ("trials", "seconds", "said"),
    [
        (40, 27.0, ("trials a minute", "89")),
        (3, 468.0, ("a trial, on average", "2 min 36 s")),
        (1, 0.5, ("trials a minute", "120")),
    ],
)
def test_a_rate_is_said_in_the_unit_that_has_digits(
    trials: int, seconds: float, said: tuple[str, str]
) -> None:
    assert rate(trials, seconds, "trial") == said


def test_times_of_long_trials_are_in_minutes(opened: Opener, engine: Manager) -> None:
    record(engine.store, STUDY, changes={1: {"seconds": 900.0}, 3: {"seconds": 60.0}})
    app = opened("study", id=STUDY)
    frame = next(element.value for element in app.dataframe if "curve" in element.value)
    times = dict(zip(frame["trial"], frame["seconds"], strict=True))
    assert times[1] == 15.0
    assert times[3] == 1.0
    assert '"label": "minutes"' in json.dumps(json.loads(app.dataframe[-1].proto.columns))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (0.0, "0.0 s"),
        (0.0004, "1 ms"),
        (0.02, "20 ms"),
        (0.4, "0.4 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (7_500, "2 h 5 min"),
    ],
)
def test_a_duration_has_the_unit_that_it_is_read_in(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said
