"""A study whose trials run side by side: what every lane trains, and what can be done with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.study.controls import KILL_ONE, PANEL
from tests.manager.conftest import eventually, spec_named
from tests.pages.conftest import Opener, words
from tests.pages.recorded import recorded
from tuning_core.catalog import StudyStatus
from tuning_core.findings.live import LiveStudy
from tuning_core.home.locks import own_token
from tuning_core.manager import EpochProgress, Manager
from tuning_core.manager.searches.progress import progress_after
from tuning_core.planning import side_by_side
from tuning_core.spec.study import parse_spec
from tuning_core.store import Store

STUDY = "abcd1234"
DOCUMENT: dict[str, Any] = {
    "name": "Side by side",
    "dataset": {"id": "digits"},
    "space": {"learning_rate": {"low": 1e-3, "high": 1e-1}},
    "budget": {"trials": 9, "epochs": 4},
}


def record_running(
    store: Store, epochs: Mapping[int, int], *, lanes: int = 3, **parts: Any
) -> LiveStudy:
    """A study with ended trials and some that run, each in a lane; ``epochs`` has theirs so far."""
    spec = parse_spec({**DOCUMENT, "parallel": lanes, **parts})
    trials = max(epochs)
    changes = {n: {"lane": (n - 1) % lanes} for n in range(1, trials + 1)}
    events = [
        event
        for event in recorded(spec, trials, epochs=4, lost=(), changes=changes)
        if event["kind"] != "study_ended"
        and not (event["kind"] == "trial_ended" and event["trial"] in epochs)
        and not (event["kind"] == "epoch" and event["epoch"] > epochs.get(event["trial"], 4))
    ]
    store.create_study(STUDY, spec.name, spec.to_json(), 1e9, owner=own_token())
    store.apply(STUDY, [{**event, "seq": n} for n, event in enumerate(events, 1)])
    # Of a process that lives: a study of nobody's is taken for interrupted after a while.
    store.set_status(STUDY, StudyStatus.RUNNING, owner=own_token())
    row = store.study(STUDY)
    assert row is not None
    live = LiveStudy(row, spec, spec.plan(), store)
    live.pull()
    return live


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 8)


def lines(app: AppTest) -> list[str]:
    """What the page says of each lane."""
    found = re.findall(r'<div class="ts-lane">(.*?)</div>', words(app))
    return [" | ".join(re.findall(r">([^<]+)<", f">{line}<")) for line in found]


def test_every_lane_says_its_trial_its_epoch_and_its_last_score(
    opened: Opener, engine: Manager
) -> None:
    record_running(engine.store, {4: 3, 5: 1})
    app = opened("study", id=STUDY)
    assert lines(app) == [
        "lane 0 | trial 4 · epoch 3 of 4 | 0.8790",
        "lane 1 | trial 5 · epoch 1 of 4 | 0.8300",
        "lane 2 | waits",
    ]
    said = words(app)
    assert "2 trials in training · 5 of 9 begun" in said
    assert 'aria-label="epochs of trial 4" aria-valuenow="75"' in said
    assert "Learning curves of the best and the running trials" in said


def test_each_running_trial_is_skipped_by_its_number(
    opened: Opener, engine: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_running(engine.store, {4: 3, 5: 1})
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(engine, "skip", lambda study, trial, **by: asked.append((study, trial)))
    app = opened("study", id=STUDY)
    assert "skip trial" not in {button.key for button in app.button}
    assert app.button(key="skip-in-2").disabled
    app.button(key="skip-trial-5").click().run()
    assert asked == [(STUDY, 5)]


def test_the_menu_asks_which_trial_to_kill(
    opened: Opener, engine: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_running(engine.store, {4: 3, 5: 1})
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(
        engine.editing, "kill_trial", lambda study, trial, **by: asked.append((study, trial))
    )
    app = opened("study", id=STUDY)
    app.session_state[PANEL] = (STUDY, KILL_ONE)
    app.run()
    assert app.selectbox(key="panel-kill").options == ["4", "5"]
    app.selectbox(key="panel-kill").set_value(5).run()
    app.button(key="panel-do").click().run()
    assert asked == [(STUDY, 5)]
    assert "Trial 5 was killed" in app.success[0].value


def test_the_question_which_trial_to_kill_ends_with_the_study(
    opened: Opener, engine: Manager
) -> None:
    record_running(engine.store, {4: 3, 5: 1})
    app = opened("study", id=STUDY)
    app.session_state[PANEL] = (STUDY, KILL_ONE)
    app.run()
    engine.store.set_status(STUDY, StudyStatus.STOPPED, "Stopped. Resume continues it.")
    app.run()
    assert "panel-kill" not in {box.key for box in app.selectbox}
    assert PANEL not in app.session_state


def test_no_other_trial_is_killed_when_the_chosen_one_has_just_ended(
    opened: Opener, engine: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_running(engine.store, {4: 3, 5: 1})
    asked: list[int] = []
    monkeypatch.setattr(
        engine.editing, "kill_trial", lambda study, trial, **by: asked.append(trial)
    )
    app = opened("study", id=STUDY)
    app.session_state[PANEL] = (STUDY, KILL_ONE)
    app.run()
    assert app.selectbox(key="panel-kill").value == 4
    ended = {"kind": "trial_ended", "seq": 1_000, "time": 2e9, "trial": 4, "status": "completed",
             "score": 0.9, "best_epoch": 4, "best_execution": 1, "epochs": 4, "seconds": 1.0,
             "parameters": 10, "message": "", "executions": []}  # fmt: skip
    engine.store.apply(STUDY, [ended])
    app.button(key="panel-do").click().run()
    assert asked == [4]


def test_a_study_of_one_trial_at_a_time_has_no_lanes(opened: Opener, engine: Manager) -> None:
    record_running(engine.store, {4: 3}, lanes=1)
    app = opened("study", id=STUDY)
    assert lines(app) == []
    assert "trial 4 of 9 · epoch 3 of 4" in words(app)
    assert app.button(key="skip trial")


def test_a_study_that_rests_has_no_lanes(opened: Opener, engine: Manager) -> None:
    record_running(engine.store, {4: 3, 5: 1})
    ended = {"kind": "study_ended", "time": 2e9, "status": "stopped", "reason": "stopped"}
    engine.store.apply(STUDY, [{**ended, "seq": 1_000, "message": "", "seconds": 2.0}])
    assert lines(opened("study", id=STUDY)) == []


def test_all_running_trials_count(engine: Manager) -> None:
    live = record_running(engine.store, {4: 3, 6: 1, 5: 2}, repeats=2)
    assert [trial.number for trial in live.running] == [4, 5, 6]
    assert live.lanes(engine.device) == 3
    # Two trainings of four epochs each.
    assert [live.trial_share(trial) for trial in live.running] == [0.75, 0.5, 0.25]
    assert set(live.search_frame()["lane"]) == {0.0, 1.0, 2.0}


def test_the_time_left_is_shared_by_the_lanes(engine: Manager) -> None:
    live = record_running(engine.store, {4: 3, 5: 1})
    # Three trials of four epochs took 0.5 s each; 36 epochs are planned, 16 are trained.
    assert live.study.epochs == 16
    assert live.seconds_left() == pytest.approx(20 * 0.5 / 4 / 3)


def test_as_many_lanes_as_the_machine_has(engine: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 2)
    assert record_running(engine.store, {2: 1, 1: 1}, lanes=64).lanes("CPU, 2 cores") == 2


def test_a_gpu_trains_one_trial_at_a_time(engine: Manager) -> None:
    live = record_running(engine.store, {1: 1}, lanes=3)
    assert (live.lanes("GPU, one"), live.lanes(None)) == (1, 3)


def test_the_trial_that_has_run_longest_is_killed_unless_told_otherwise(
    engine: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = record_running(engine.store, {4: 3, 5: 1})
    files = engine.home.study(STUDY)
    files.folder.mkdir()
    files.spec.write_text(live.spec.to_json())
    monkeypatch.setattr(engine.queue, "run_of", lambda study: object())
    assert engine.editing.kill_trial(STUDY) == 4


def test_the_progress_of_one_trial_leaves_that_of_another() -> None:
    def told(trial: int, share: float) -> dict[str, Any]:
        return {"kind": "progress", "trial": trial, "execution": 1, "epoch": 2, "share": share}

    known = progress_after(progress_after({}, told(4, 0.25)), told(5, 0.5))
    assert known == {4: EpochProgress(4, 1, 2, 0.25), 5: EpochProgress(5, 1, 2, 0.5)}
    assert progress_after(known, {"kind": "note"}) == known
    assert {*progress_after(known, {"kind": "epoch", "trial": 4})} == {5}
    assert progress_after(known, {"kind": "study_ended"}) == {}


def test_a_paused_study_of_several_lanes_says_what_pause_does(
    scripted: None, engine: Manager, opened: Opener
) -> None:
    study_id = engine.launch(spec_named("endless", trials=4).model_copy(update={"parallel": 3}))
    eventually(lambda: len(engine.store.trials(study_id)) == 2)
    assert "each running trial" in opened("study", id=study_id).button(key="pause").help
    engine.stop(study_id)
    assert engine.wait(study_id, 100).status == "stopped"
