"""A study of Optuna is recorded as it is, however it is optimized."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest

import tuning_core
from tests.watching.conftest import Home

CHOICES = [None, "a", 1, 2.5, True]
STATES = {"COMPLETE": "completed", "PRUNED": "pruned", "FAIL": "failed"}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    yield
    optuna.logging.set_verbosity(before)


def objective(trial: optuna.Trial) -> float:
    """Numbers of each kind; some trials are pruned, fail or give no number."""
    x = trial.suggest_float("x", -3, 3)
    kind = trial.suggest_categorical("kind", CHOICES)
    n = trial.suggest_int("n", 2, 32, log=True) + trial.suggest_float("s", 0, 1, step=0.25)
    if kind == "a":
        trial.suggest_float("only a", 1e-4, 1, log=True)
    for step in range(3):
        trial.report(x * x + 1 / (step + 1), step)
    if trial.number == 2:
        raise optuna.TrialPruned
    if trial.number == 4:
        raise ValueError("no such thing")
    return float("nan") if trial.number == 6 else x * x + n


@pytest.mark.parametrize("jobs", [1, 3])
def test_trials_of_every_state_are_recorded(jobs: int, home: Home) -> None:
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(1))
    callback = tuning_core.watch_optuna(study, home=home.path)
    study.optimize(objective, n_trials=12, callbacks=[callback], catch=(ValueError,), n_jobs=jobs)
    found = home.only()
    row = found.row
    assert (row.status, row.best_trial, row.best_score) == (
        "finished",
        study.best_trial.number + 1,
        study.best_value,
    )
    assert row.spec["source"] == {"tool": "watch", "search": "RandomSampler", "notes": []}
    for trial, theirs in zip(found.trials, study.trials, strict=True):
        assert (trial.status, trial.score) == (STATES[theirs.state.name], theirs.value)
        assert trial.config == {
            name: "None" if value is None else value for name, value in theirs.params.items()
        }
        assert [type(v) for v in trial.config.values()] == [
            str if v is None else type(v) for v in theirs.params.values()
        ]
        curve = {row.epoch - 1: row.metrics["value"] for row in found.epochs(trial.number)}
        assert curve == theirs.intermediate_values
    messages = {trial.number: trial.message for trial in found.trials if trial.message}
    assert messages.keys() == {5, 7}
    assert messages[5].startswith("ValueError: no such thing (test_optuna.py, line ")
    assert messages[7] == "The value nan is not acceptable"


def test_distributions_become_declarations(home: Home) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(1))
    study.optimize(
        objective, n_trials=2, callbacks=[tuning_core.watch_optuna(study, home=home.path)]
    )
    declared = home.only().row.spec["model"]["declared"]
    assert declared["kind"]["choices"] == ["None", *CHOICES[1:]]
    kinds = {name: (each["kind"], each["scale"]) for name, each in declared.items()}
    assert kinds["x"] == ("float", "linear")
    assert kinds["n"] == ("integer", "log")
    assert declared["s"]["step"] == 0.25


def test_an_exception_passes_and_is_the_studys_last_word(home: Home) -> None:
    study = optuna.create_study()
    callback = tuning_core.watch_optuna(study, home=home.path)
    with pytest.raises(ValueError, match="no such thing"):
        study.optimize(objective, n_trials=8, callbacks=[callback])
    row = home.only().row
    assert (row.status, row.message) == ("failed", "ValueError: no such thing")


def test_an_interrupted_study_goes_on_where_its_storage_does(home: Home, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"

    def stopped(trial: optuna.Trial) -> float:
        if trial.number == 3:
            raise KeyboardInterrupt
        return trial.suggest_float("x", 0, 1)

    study = optuna.create_study(storage=storage, study_name="mine")
    with pytest.raises(KeyboardInterrupt):
        study.optimize(
            stopped, n_trials=8, callbacks=[tuning_core.watch_optuna(study, home=home.path)]
        )
    first = home.only()
    assert (first.row.status, first.row.message) == ("interrupted", "KeyboardInterrupt")
    assert first.row.spec["budget"]["trials"] == 8
    # Some of which nobody watches.
    optuna.load_study(study_name="mine", storage=storage).optimize(stopped, n_trials=2)
    again = optuna.load_study(study_name="mine", storage=storage)
    again.optimize(stopped, n_trials=2, callbacks=[tuning_core.watch_optuna(again, home=home.path)])
    found = home.only()
    assert (found.id, found.row.status, found.row.name) == (first.id, "finished", "mine")
    assert [trial.score for trial in found.trials] == [trial.value for trial in again.trials]
    assert len(found.trials) == 8


def test_of_two_who_share_a_storage_one_records_for_both(home: Home, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    one = optuna.create_study(storage=storage, study_name="shared")
    other = optuna.load_study(storage=storage, study_name="shared")

    def x(trial: optuna.Trial) -> float:
        return trial.suggest_float("x", 0, 1)

    def first(trial: optuna.Trial) -> float:
        if trial.number == 0:
            watch = tuning_core.watch_optuna(other, home=home.path)
            other.optimize(x, n_trials=2, callbacks=[watch])
        return x(trial)

    with pytest.warns(UserWarning, match=r"This study is running in process \d+\."):
        one.optimize(first, n_trials=2, callbacks=[tuning_core.watch_optuna(one, home=home.path)])
    found = home.only()
    assert [trial.score for trial in found.trials] == [trial.value for trial in one.trials]
    assert len(found.trials) == 4


def test_the_same_study_goes_on_in_one_process(home: Home) -> None:
    study = optuna.create_study()
    for _ in range(2):
        study.optimize(
            lambda trial: trial.suggest_float("x", 0, 1),
            n_trials=2,
            callbacks=[tuning_core.watch_optuna(study, home=home.path)],
        )
    found = home.only()
    assert [trial.number for trial in found.trials] == [1, 2, 3, 4]
    assert found.row.status == "finished"


@pytest.mark.filterwarnings("ignore:.*set_metric_names is experimental")
def test_of_several_objectives_the_first_is_shown(home: Home) -> None:
    study = optuna.create_study(directions=["maximize", "minimize"])
    study.set_metric_names(["accuracy", "seconds"])

    def both(trial: optuna.Trial) -> tuple[float, float]:
        x = trial.suggest_float("x", 0, 1)
        return x, 2 * x

    study.optimize(both, n_trials=3, callbacks=[tuning_core.watch_optuna(study, home=home.path)])
    found = home.only()
    spec = found.row.spec
    assert (spec["objective"], spec["metrics"]) == ("accuracy", {"accuracy": "max"})
    assert spec["source"]["notes"] == ["The study has 2 objectives; what is shown is 'accuracy'."]
    assert [trial.score for trial in found.trials] == [trial.values[0] for trial in study.trials]


def test_asked_and_enqueued_trials_are_recorded(home: Home) -> None:
    study = optuna.create_study()
    study.enqueue_trial({"x": 0.5})
    callback: Any = tuning_core.watch_optuna(study, home=home.path)
    trial = study.ask()
    assert trial.suggest_float("x", 0, 1) == 0.5
    study.tell(trial, 1.5)
    study.tell(study.ask(), state=optuna.trial.TrialState.FAIL)
    callback._recording.leave()
    found = home.only()
    assert [(t.status, t.score, t.config) for t in found.trials] == [
        ("completed", 1.5, {"x": 0.5}),
        ("failed", None, {}),
    ]


def test_a_watched_study_can_be_copied_and_pickled(home: Home) -> None:
    study = optuna.create_study()
    tuning_core.watch_optuna(study, home=home.path)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    for other in (copy.deepcopy(study), pickle.loads(pickle.dumps(study))):
        other.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
        assert len(other.trials) == 3
    assert len(home.only().trials) == len(study.trials) == 2


def test_steps_that_no_epochs_can_be_are_left_out_with_a_note(home: Home) -> None:
    def stepping(trial: optuna.Trial) -> float:
        for step in (0, 500, 50_000):
            trial.report(step, step)
        return 50_000.0

    study = optuna.create_study()
    study.optimize(
        stepping, n_trials=2, callbacks=[tuning_core.watch_optuna(study, home=home.path)]
    )
    found = home.only()
    assert [(t.status, t.score, t.best_epoch) for t in found.trials] == [
        ("completed", 5e4, None)
    ] * 2
    assert [row.epoch for row in found.epochs(2)] == [1, 501]
    assert found.row.spec["source"]["notes"] == [
        "Some is left out: epochs beyond 10,000, or trainings of a trial beyond 20."
    ]
