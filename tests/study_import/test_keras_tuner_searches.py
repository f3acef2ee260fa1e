"""Projects that Keras Tuner itself has written are read as Keras Tuner reads them."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tuning_core.catalog import TrialStatus
from tuning_core.study_import import ReadOptions, RunsError, read_runs
from tuning_core.study_import.runs import RecordedSearch, events_of, spec_of

STATUSES = {
    "COMPLETED": TrialStatus.COMPLETED,
    "FAILED": TrialStatus.FAILED,
    "RUNNING": TrialStatus.RUNNING,
}


def build(hp: keras_tuner.HyperParameters) -> Any:
    """What is declared; the searches of these tests train nothing but where they say so."""
    kind = hp.Choice("kind", ["plain", "deep"])
    with hp.conditional_scope("kind", ["deep"]):
        if kind == "deep":
            hp.Int("layers", 1, 3)
            hp.Boolean("skip", default=True)
    hp.Int("units", 8, 64, step=2, sampling="log")
    hp.Float("learning_rate", 1e-4, 1e-1, sampling="log")
    hp.Float("momentum", 0.5, 0.99, sampling="reverse_log")
    hp.Float("dropout", 0.0, 0.5, step=0.1, default=0.2)
    hp.Fixed("loss", "mse")


def history(trial: Any, start: int, epochs: int) -> keras.callbacks.History:
    """Epochs of a training, as ``fit`` gives them."""
    number = int(trial.trial_id)
    if number % 5 == 3:
        raise ValueError("boom")
    found = keras.callbacks.History()
    rise = [number + math.sin(number + epoch) for epoch in range(start, epochs)]
    found.history = {
        "loss": [1.0 / (1 + e) for e in range(start, epochs)],
        "val_loss": [-value / 3 for value in rise],
        "val_speed": [math.nan] * len(rise) if number % 5 == 4 else rise,
    }
    return found


class Untrained:
    """In front of a tuner: two executions of each trial, which take no time."""

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
        values = trial.hyperparameters.values
        start, epochs = values.get("tuner/initial_epoch", 0), values.get("tuner/epochs", 3)
        return [history(trial, start, epochs), history(trial, start, epochs)]


class Random(Untrained, keras_tuner.RandomSearch):
    pass


class Bayesian(Untrained, keras_tuner.BayesianOptimization):
    pass


class Grid(Untrained, keras_tuner.GridSearch):
    pass


class Hyperband(Untrained, keras_tuner.Hyperband):
    pass


TUNERS: dict[str, tuple[Any, dict[str, Any], str]] = {
    "random": (Random, {"max_trials": 12}, ""),
    "bayesian": (Bayesian, {"max_trials": 8}, "BayesianOptimization"),
    "grid": (Grid, {"max_trials": 8}, ""),
    "hyperband": (Hyperband, {"max_epochs": 4, "factor": 2}, "Hyperband"),
}


def searched(kind: Any, folder: Path, name: str, **settings: Any) -> Any:
    tuner = kind(
        build,
        objective=keras_tuner.Objective("val_speed", "max"),
        directory=folder,
        project_name=name,
        seed=3,
        max_consecutive_failed_trials=9,
        **settings,
    )
    tuner.search(verbose=0)
    return tuner


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("keras_tuner")
    made = {name: searched(k, folder, name, **given) for name, (k, given, _) in TUNERS.items()}
    made["random"].oracle.max_trials += 1
    made["random"].oracle.create_trial("another tuner")  # One that runs.
    return folder, made


def read(path: Path, **options: Any) -> RecordedSearch:
    return read_runs(path, ReadOptions(**options))[1]


@pytest.mark.parametrize("name", TUNERS)
def test_every_tuner_is_read_as_keras_tuner_reads_it(
    projects: tuple[Path, dict[str, Any]], name: str
) -> None:
    folder, made = projects
    oracle, found = made[name].oracle, read(folder / name)
    assert (found.objective, found.direction, found.name) == ("val_speed", "max", name)
    assert found.search == TUNERS[name][2]
    assert len(found.trials) == len(oracle.trials)
    for ours, id in zip(found.trials, oracle.start_order, strict=True):
        theirs = oracle.trials[id]
        assert ours.status is STATUSES[theirs.status]
        assert ours.score == theirs.score or (ours.score is None) == (theirs.score is None)
        values = theirs.hyperparameters.values
        assert ours.config == {n: v for n, v in values.items() if not n.startswith("tuner/")}
        if theirs.status == "COMPLETED":
            (epoch,) = ours.epochs
            assert epoch.metrics["val_speed"] == ours.score
            assert set(epoch.metrics) == {"loss", "val_loss", "val_speed"}
            assert ours.best_epoch == epoch.epoch == ours.initial_epoch + theirs.best_step + 1
    scores = [(trial.score or -math.inf, -place) for place, trial in enumerate(found.trials)
              if trial.status is TrialStatus.COMPLETED]  # fmt: skip
    best = oracle.get_best_trials(1)[0]
    assert oracle.start_order[-max(scores)[1]] == best.trial_id
    assert max(scores)[0] == best.score
    spec = spec_of(found)
    assert list(events_of(found, spec))
    failed = next(trial for trial in found.trials if trial.status is TrialStatus.FAILED)
    assert "boom" in failed.message
    assert "test_keras_tuner_searches.py" in failed.message


def test_what_was_declared_is_what_the_study_has(
    projects: tuple[Path, dict[str, Any]],
) -> None:
    space = spec_of(read(projects[0] / "random")).search_space
    assert space["kind"].values() == ("plain", "deep")
    assert space["layers"].values() == (1, 2, 3)
    assert dict(space["layers"].when) == {"kind": ("deep",)}
    assert space["skip"].values() == (False, True)
    assert space["units"].values() == (8, 16, 32, 64)
    assert space["dropout"].values() == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    assert space["loss"].values() == ("mse",)
    assert space["learning_rate"].count is None


def test_rounds_of_hyperband_go_on_with_the_trials_that_they_came_from(
    projects: tuple[Path, dict[str, Any]],
) -> None:
    found = read(projects[0] / "hyperband").trials
    later = [trial for trial in found if trial.round]
    assert later
    for trial in later:
        assert trial.parent is not None
        parent = found[trial.parent - 1]
        assert parent.config == trial.config
        assert (parent.bracket, parent.target_epochs) == (trial.bracket, trial.initial_epoch)


def test_a_search_that_trained_is_read_from_a_zip(tmp_path: Path) -> None:
    def network(hp: keras_tuner.HyperParameters) -> keras.Model:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(hp.Int("units", 1, 4))])
        model.compile("sgd", "mse", run_eagerly=True)
        return model

    tuner = keras_tuner.RandomSearch(
        network, objective="val_loss", max_trials=2, directory=tmp_path, project_name="theirs"
    )
    rows = np.ones((4, 3)), np.ones(4)
    tuner.search(*rows, validation_data=rows, epochs=2, verbose=1)
    packed = tmp_path / "mine.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in (path for path in (tmp_path / "theirs").rglob("*") if path.is_file()):
            archive.write(file, f"work/theirs/{file.relative_to(tmp_path / 'theirs')}")
    found = read(packed)
    assert (found.name, found.objective, found.direction) == ("theirs", "val_loss", "min")
    assert [t.score for t in found.trials] == [t.score for t in tuner.oracle.trials.values()]
    assert all(trial.started for trial in found.trials)


def test_of_several_projects_one_is_to_be_chosen(projects: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = projects
    with pytest.raises(RunsError, match="choose one with --study: 'bayesian', 'grid'") as refused:
        read(folder)
    assert refused.value.choices == tuple(sorted(TUNERS))
    assert read(folder, study="grid").name == "grid"
