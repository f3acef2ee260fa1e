"""A stock search is recorded as it is: each tuner, each number."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import keras_tuner
import pytest

import tuning_core
from tests.watching.conftest import Histories, Home, Watched, X, Y, build
from tuning_core.home.home import HomeFiles

Searched = Callable[[str], tuple[keras_tuner.Tuner, Watched, list[Any]]]

TUNERS: dict[str, Callable[..., keras_tuner.Tuner]] = {
    "RandomSearch": lambda **where: keras_tuner.RandomSearch(
        build, "val_accuracy", max_trials=2, executions_per_trial=2, seed=3, **where
    ),
    "GridSearch": lambda **where: keras_tuner.GridSearch(
        build, "val_loss", max_trials=3, seed=3, **where
    ),
    "BayesianOptimization": lambda **where: keras_tuner.BayesianOptimization(
        build, "val_loss", max_trials=3, num_initial_points=2, seed=3, **where
    ),
    "Hyperband": lambda **where: keras_tuner.Hyperband(
        build, "val_accuracy", max_epochs=2, factor=2, seed=3, **where
    ),
}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searched]:
    """Searches once with each tuner; the tuner, what the home has, and what Keras said."""
    found: dict[str, tuple[keras_tuner.Tuner, Watched, list[Any]]] = {}
    homes = []

    def of(kind: str) -> tuple[keras_tuner.Tuner, Watched, list[Any]]:
        if kind not in found:
            seen: list[Any] = []
            place = tmp_path_factory.mktemp(kind)
            homes.append(Home(place / "home"))
            tuner = TUNERS[kind](directory=str(place), project_name="project")
            watch = tuning_core.watch(tuner, home=homes[-1].path)
            tuner.search(
                X, Y, epochs=2, validation_data=(X, Y), verbose=0, callbacks=[Histories(seen)]
            )
            assert watch is not None
            found[kind] = tuner, homes[-1].study(watch.study), seen
        return found[kind]

    yield of
    for home in homes:
        home.close()


@pytest.mark.parametrize("kind", TUNERS)
def test_every_trial_of_each_tuner_is_recorded_digit_for_digit(
    kind: str, searched: Searched
) -> None:
    tuner, found, seen = searched(kind)
    theirs = list(tuner.oracle.trials.values())
    row = found.row
    assert row.status == "finished"
    assert row.spec["source"] == {"tool": "watch", "search": kind, "notes": []}
    assert [trial.score for trial in found.trials] == [trial.score for trial in theirs]
    assert [trial.config for trial in found.trials] == [
        {n: v for n, v in trial.hyperparameters.values.items() if not n.startswith("tuner/")}
        for trial in theirs
    ]
    (best,) = tuner.oracle.get_best_trials()
    assert (row.best_trial, row.best_score) == (int(best.trial_id) + 1, best.score)
    # In the order in which they were trained.
    rows = sorted(found.epochs(), key=lambda epoch: epoch.seq)
    assert [(epoch.epoch, epoch.metrics) for epoch in rows] == seen
    assert row.trials == len(theirs) == row.spec["budget"]["trials"]


def test_rounds_of_hyperband_go_on_with_their_parents(searched: Searched) -> None:
    tuner, found, _ = searched("Hyperband")
    later = [trial for trial in found.trials if trial.parent is not None]
    assert later
    for trial in later:
        values = tuner.oracle.trials[f"{trial.number - 1:04}"].hyperparameters.values
        first, last = values["tuner/initial_epoch"], values["tuner/epochs"]
        assert trial.parent == int(values["tuner/trial_id"]) + 1
        assert (trial.initial_epoch, trial.target_epochs) == (first, last)
        epochs = [row.epoch for row in found.epochs(trial.number)]
        assert epochs == list(range(first + 1, last + 1))


def test_executions_have_the_scores_that_the_tuner_averages(searched: Searched) -> None:
    _, found, _ = searched("RandomSearch")
    for trial in found.trials:
        executions = found.store.executions(found.id, trial.number)
        curves: dict[int, list[float]] = {1: [], 2: []}
        for row in found.epochs(trial.number):
            curves[row.execution].append(row.metrics["val_accuracy"])
        best = {number: max(curve) for number, curve in curves.items()}
        assert {each.execution: each.score for each in executions} == best
        assert trial.score == pytest.approx(sum(best.values()) / 2, abs=1e-15)
        assert trial.parameters > 0
        assert trial.seconds > 0


def test_the_spec_says_what_was_searched(searched: Searched) -> None:
    _, found, _ = searched("GridSearch")
    files = HomeFiles(found.store.path.parent).study(found.id)
    spec = json.loads(files.spec.read_text())
    assert spec == found.row.spec
    declared = spec["model"]["declared"]
    assert declared["units"]["when"] == {"kind": ["wide"]}
    assert (declared["units"]["low"], declared["units"]["high"]) == (2, 6)
    assert declared["learning_rate"]["scale"] == "log"
    assert spec["objective"] == "val_loss"
    directions = {"loss": "min", "val_loss": "min", "accuracy": "max", "val_accuracy": "max"}
    assert spec["metrics"] == directions
    assert spec["budget"]["epochs"] == 2
