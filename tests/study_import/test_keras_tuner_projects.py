"""Projects of Keras Tuner of every version, whole, torn or empty; written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tuning_core.catalog import TrialStatus
from tuning_core.study_import import ReadOptions, RunsError, read_runs
from tuning_core.study_import.runs import RecordedSearch, spec_of


def hp(name: str, kind: str = "Int", **config: Any) -> dict[str, Any]:
    numbers = {"min_value": 1, "max_value": 8, "step": 1, "sampling": None, "default": 1}
    return {"class_name": kind, "config": {"name": name, **(config or numbers)}}


def metrics(**observed: Any) -> dict[str, Any]:
    """``observed``: (direction, {step: values}) by metric."""
    return {
        "metrics": {
            name: {
                "direction": direction,
                "observations": [{"value": v, "step": s} for s, v in by_step.items()],
            }
            for name, (direction, by_step) in observed.items()
        }
    }


def trial(score: float | None, space: list[Any], values: dict[str, Any], **more: Any) -> Any:
    return {
        "trial_id": "x",
        "hyperparameters": {"space": space, "values": values},
        "metrics": metrics(val_acc=("max", {0: [score]})) if score is not None else metrics(),
        "score": score,
        "best_step": 0,
        "status": "COMPLETED",
        **more,
    }


def project(folder: Path, trials: dict[str, Any], oracle: Any = None) -> Path:
    folder.mkdir(exist_ok=True)
    if oracle is not None:
        content = oracle if isinstance(oracle, str) else json.dumps(oracle)
        (folder / "oracle.json").write_text(content)
    for id, state in trials.items():
        (folder / f"trial_{id}").mkdir()
        content = state if isinstance(state, str) else json.dumps(state)
        (folder / f"trial_{id}" / "trial.json").write_text(content)
    return folder


def read(path: Path, **options: Any) -> RecordedSearch:
    return read_runs(path, ReadOptions(**options))[1]


def test_version_1_0_without_conditions_messages_and_order_is_read(tmp_path: Path) -> None:
    space = [
        hp("units", min_value=1, max_value=8, default=None),
        hp("act", "Choice", values=["relu", "tanh"], ordered=False, default=None),
    ]
    values = {"units": 3, "act": "relu"}
    states = {"f00d": trial(0.5, space, values), "beef": trial(0.9, space, values)}
    for state in states.values():
        state["best_step"] = None
    states["dead"] = trial(None, space, values, status="INVALID")
    found = read(project(tmp_path / "old", states, {"hyperparameters": {"space": space}}))
    assert sorted(t.score for t in found.trials if t.score) == [0.5, 0.9]
    assert [t.status for t in found.trials].count(TrialStatus.FAILED) == 1
    assert (found.objective, found.direction) == ("val_acc", "max")
    assert spec_of(found).search_space["units"].values() == tuple(range(1, 9))
    assert {n: each.default for n, each in found.declared.items()} == {"units": 1, "act": "relu"}


def test_one_name_under_several_conditions_holds_all_of_them(tmp_path: Path) -> None:
    def under(value: str) -> list[Any]:
        parent = {"name": "model", "values": [value]}
        return [{"class_name": "Parent", "config": parent}]

    space = [
        hp("model", "Choice", values=["a", "b", "c"], default="a", conditions=[]),
        hp("units", min_value=2, max_value=8, step=2, default=2, conditions=under("a")),
        hp("units", min_value=16, max_value=64, step=16, default=16, conditions=under("b")),
    ]
    found = read(project(tmp_path / "p", {"0": trial(0.5, space, {"model": "b", "units": 32})}))
    units = spec_of(found).search_space["units"]
    assert dict(units.when) == {"model": ("a", "b")}
    assert units.contains(2)
    assert units.contains(64)


def test_values_of_each_execution_and_epoch_are_kept(tmp_path: Path) -> None:
    observed = {0: [0.1, 0.3], 1: [0.5, 0.7]}
    state = trial(0.6, [hp("u")], {"u": 1}, best_step=1)
    state["metrics"] = metrics(val_acc=("max", observed), loss=("min", {0: [2, 2], 1: [1, 1]}))
    (only,) = read(project(tmp_path / "p", {"0": state})).trials
    assert [(r.execution, r.epoch, r.metrics["val_acc"]) for r in only.epochs] == [
        *((1, 1, 0.1), (2, 1, 0.3), (1, 2, 0.5), (2, 2, 0.7))
    ]
    assert [(each.score, each.epochs) for each in only.executions] == [(0.5, 2), (0.7, 2)]


def test_torn_trials_are_left_out_with_a_note(tmp_path: Path) -> None:
    good = trial(0.5, [hp("u")], {"u": 1})
    states = {"0": good, "1": json.dumps(good)[:80], "2": "[]"}
    found = read(project(tmp_path / "p", states, {"hyperparameters": {"space": []}}))
    assert len(found.trials) == 1
    assert "2 trials 1, 2 left out: trial.json is torn." in found.notes


def test_a_torn_oracle_is_an_error_unless_the_trials_suffice(tmp_path: Path) -> None:
    good = trial(0.5, [hp("u")], {"u": 1})
    found = read(project(tmp_path / "p", {"10": good, "9": good}, '{"hyperp'))
    assert [len(found.trials), found.notes[0]] == [
        2,
        "oracle.json is torn or missing: all that is shown is from the trials.",
    ]
    with pytest.raises(RunsError, match=r"oracle\.json of the project is torn, and no trial"):
        read(project(tmp_path / "q", {"0": "{"}, '{"hyperp'))


def test_an_empty_project_and_a_lost_trial_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunsError, match="has no trial yet"):
        read(project(tmp_path / "p", {}, {"hyperparameters": {"space": []}}))
    lost = tmp_path / "trial.json"
    lost.write_text("{}")
    with pytest.raises(RunsError, match="outside a project of Keras Tuner"):
        read(lost)


def test_an_objective_that_nothing_says_is_asked_for_or_assumed(tmp_path: Path) -> None:
    state = trial(0.5, [hp("u")], {"u": 1})
    state["metrics"] = metrics(val_a=("max", {0: [0.5]}), val_b=("max", {0: [0.5]}))
    path = project(tmp_path / "p", {"0": state})
    found = read(path)
    assert found.objective == "val_a"
    assert "of val_a, val_b it could be, val_a is taken" in found.notes[1]
    assert read(path, objective="val_b").objective == "val_b"
    state["metrics"] = metrics(
        val_a=("max", {0: [0.9]}), val_b=("max", {0: [float("nan")], 1: [0.5]})
    )
    assert read(project(tmp_path / "nan", {"0": state})).objective == "val_b"
    running = trial(None, [hp("u")], {"u": 1}, status="RUNNING")
    assert "No trial has a score" in read(project(tmp_path / "q", {"0": running})).notes[1]


@pytest.mark.parametrize(
    "broken",
    [
        {"metrics": {"metrics": {"val_acc": {"observations": "x"}}}},
        {"metrics": [], "score": "high"},
        {"hyperparameters": {"space": [{"class_name": 3}, 5, {"config": {}}], "values": [1]}},
        {"hyperparameters": {"space": "no", "values": {"u": None, "v": [1], "w": {"a": 2}}}},
        {"score": float("nan"), "status": "COMPLETED"},
        {"score": float("inf"), "best_step": -5, "status": "What"},
    ],
)
def test_what_is_odd_in_a_trial_takes_no_study_down(tmp_path: Path, broken: Any) -> None:
    state = {**trial(0.5, [hp("u")], {"u": 1}), **broken}
    found = read(project(tmp_path / "p", {"0": state, "1": trial(0.7, [hp("u")], {"u": 99})}))
    assert len(found.trials) == 2
    assert spec_of(found)
