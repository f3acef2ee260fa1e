"""Pausing, and changing studies that have begun."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.manager.conftest import eventually, spec_named
from tests.manager.test_manager import ALL_DONE, in_second_trial, numbers, worker_pid
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.edits import BudgetEdit, SpaceEdit, TrialEdit
from tuning_core.spec.study import parse_spec


def in_its_second_trial(manager: Manager) -> str:
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, study_id))
    return study_id


def finished(manager: Manager) -> str:
    study_id = manager.launch(spec_named("plain"))
    manager.wait(study_id, 30)
    return study_id


def test_a_paused_study_frees_the_worker_and_outlives_the_server(
    open_manager: Callable[..., Manager],
) -> None:
    manager = open_manager()
    study_id = in_its_second_trial(manager)
    second = manager.launch(spec_named("plain"))
    manager.pause(study_id)
    assert manager.wait(study_id, 30).status == "paused"
    assert manager.wait(second, 30).status == "finished"
    manager.close()
    manager = open_manager()
    assert manager.wait(study_id).status == "paused"
    assert manager.interrupted.studies() == []
    manager.resume(study_id)
    assert manager.wait(study_id, 30).status == "finished"
    assert numbers(manager, study_id) == ALL_DONE
    kinds = [(row.kind, row.details.get("status")) for row in manager.store.history(study_id)]
    assert kinds == [
        ("study_started", None),
        ("study_ended", "paused"),
        ("study_started", None),
        ("study_ended", "finished"),
    ]


def test_a_queued_study_is_paused_before_it_starts(manager: Manager) -> None:
    first = in_its_second_trial(manager)
    second = manager.launch(spec_named("plain"))
    manager.pause(second)
    assert manager.wait(second, 5).status == "paused"
    manager.stop(first)


def test_a_killed_trial_ends_its_worker_and_the_search_goes_on(manager: Manager) -> None:
    study_id = in_its_second_trial(manager)
    before = worker_pid(manager, study_id)
    assert manager.editing.kill_trial(study_id) == 2
    assert manager.wait(study_id, 30).status == "finished"
    assert numbers(manager, study_id) == ALL_DONE
    # Recording the failure is the worker's part; this one only speaks the protocol.
    edits = [row.details for row in manager.store.history(study_id) if row.kind == "edited"]
    assert [(edit["what"], edit["trial"]) for edit in edits] == [("kill", 2)]
    assert json.loads(manager.home.study(study_id).owner.read_text())["pid"] != before


def test_there_is_no_trial_to_kill_in_a_study_at_rest(manager: Manager) -> None:
    with pytest.raises(ManagerError, match="is finished: no trial to kill"):
        manager.editing.kill_trial(finished(manager))


def test_changes_of_a_stopped_study_wait_for_its_resumption(
    open_manager: Callable[..., Manager],
) -> None:
    manager = open_manager()
    study_id = in_its_second_trial(manager)
    manager.stop(study_id)
    manager.wait(study_id, 30)
    manager.editing.add_trial(study_id, {"units": 12})
    manager.editing.extend(study_id, trials=9, seconds=50)
    assert manager.editing.change_ranges(study_id, {"units": {"low": 2, "high": 9}}) == (0, 2)
    manager.close()
    manager = open_manager()
    assert manager.wait(study_id).status == "stopped"
    assert manager.editing.waiting(study_id) == [
        TrialEdit(values={"units": 12}),
        BudgetEdit(trials=9, seconds=50.0),
        SpaceEdit(space={"units": {"low": 2, "high": 9}}),
    ]
    spec = manager.editing.spec(study_id)
    assert (spec.trials, spec.budget.seconds) == (9, 50.0)
    assert spec.search_space["units"].contains(2)


def test_a_finished_study_goes_on_for_a_change(manager: Manager) -> None:
    study_id = finished(manager)
    manager.editing.extend(study_id, trials=5)
    assert manager.wait(study_id, 30).status == "finished"
    kinds = [row.kind for row in manager.store.history(study_id)]
    assert kinds.count("study_ended") == 2
    assert manager.editing.waiting(study_id) == []


def test_a_trial_outside_the_ranges_is_to_be_confirmed(manager: Manager) -> None:
    study_id = in_its_second_trial(manager)
    with pytest.raises(ManagerError, match="units is outside the ranges"):
        manager.editing.add_trial(study_id, {"units": 1000})
    manager.editing.add_trial(study_id, {"units": 1000}, outside=True)
    assert manager.editing.own_trial(study_id, {"units": 1000})[1] is False
    manager.stop(study_id)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"units": "wide"}, "trial.units: expected"),
        ({"units": 0}, "trial.units: expected"),
        ({"units": 10**12}, "trial.units: expected"),
        ({"learning_rate": float("nan")}, "trial.learning_rate: expected"),
        ({"unitz": 8}, "Did you mean"),
        ({"../../etc": 8}, "unknown hyperparameter"),
    ],
)
def test_values_that_no_network_has_are_refused(manager: Manager, values, words) -> None:
    study_id = finished(manager)
    with pytest.raises(ManagerError, match=words):
        manager.editing.add_trial(study_id, values, outside=True)
    assert manager.editing.waiting(study_id) == []


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ({"trials": 2}, "at least 3"),
        ({"trials": 10**9}, "at most"),
        ({"seconds": -1.0}, "at least 0"),
        ({"seconds": float("inf")}, "finite"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(manager: Manager, budget, words) -> None:
    with pytest.raises(ManagerError, match=words):
        manager.editing.extend(finished(manager), **budget)


def test_ranges_that_cannot_be_changed_say_why(manager: Manager) -> None:
    spec = spec_named("plain").model_dump(mode="json", exclude_none=True)
    study_id = manager.launch(parse_spec({**spec, "strategy": {"id": "hyperband"}}))
    manager.wait(study_id, 30)
    with pytest.raises(ManagerError, match="ranks the trials of a bracket"):
        manager.editing.change_ranges(study_id, {"units": {"low": 2, "high": 9}})
    with pytest.raises(ManagerError, match="not repeated already"):
        manager.editing.retry_lost(study_id)


def test_a_change_that_a_full_disk_does_not_take_is_said(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = in_its_second_trial(manager)
    folder = manager.home.study(study_id).edits
    folder.write_text("a file where the folder should be")
    with pytest.raises(ManagerError, match="cannot be stored"):
        manager.editing.add_trial(study_id, {"units": 12})
    folder.unlink()
    manager.stop(study_id)
    assert manager.wait(study_id, 30).status == "stopped"
