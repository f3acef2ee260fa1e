"""Searches that are not stock: own loops, own trials, failures of every kind, retries."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import pytest
import tensorflow

from tests.watching.conftest import Histories, Watched, build, compiled
from tuning_core.home.home import Home as OpenHome
from tuning_core.manager.library.study_archive import StudyArchive

ROOT = Path(__file__).parents[2]
Search = Callable[..., Watched]
Project = dict[str, Any]


def plain(hp: keras_tuner.HyperParameters) -> keras.Model:
    hp.Int("width", 1, 9)
    return compiled(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]))


class Own(keras_tuner.HyperModel):
    """A model with a training of its own."""

    def __init__(self, fit: Callable[..., Any], build: Callable[..., Any] = plain) -> None:
        super().__init__()
        self.own_fit, self.own_build = fit, build

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        return self.own_build(hp)

    def fit(self, hp: Any, model: keras.Model, *arguments: Any, **options: Any) -> Any:
        return self.own_fit(hp, model, *arguments, **options)


def random(model: Any, project: Project, objective: Any = "val_loss", **options: Any) -> Any:
    where = {"max_trials": 2, "seed": 1, **project, **options}
    return keras_tuner.RandomSearch(model, objective, **where)


def equal_scores(found: Watched, tuner: keras_tuner.Tuner) -> bool:
    theirs = [trial.score for trial in tuner.oracle.trials.values()]
    return [trial.score for trial in found.trials] == theirs


def test_a_loop_of_ones_own_is_seen_by_the_callbacks_that_it_tells(
    search: Search, project: Project
) -> None:
    def loop(hp: Any, model: Any, x: Any, y: Any, callbacks: Any, epochs: int, **_: Any) -> float:
        for callback in callbacks:
            callback.set_model(model)
        for epoch in range(epochs):
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"my loss": 1 / (epoch + 1), "many": [1, 2]})
        return 1 / epochs

    objective = keras_tuner.Objective("my loss", "min")
    tuner = random(Own(loop), project, objective)
    found = search(tuner, epochs=3)
    assert [row.metrics for row in found.epochs(1)] == [{"my loss": 1 / n} for n in (1, 2, 3)]
    assert equal_scores(found, tuner)
    assert [trial.best_epoch for trial in found.trials] == [3, 3]
    assert found.row.spec["metrics"] == {"my loss": "min"}


def test_fit_that_forgets_its_callbacks_is_seen_all_the_same(
    search: Search, project: Project
) -> None:
    def forgetful(hp: Any, model: Any, x: Any, y: Any, epochs: int, **_: Any) -> Any:
        return model.fit(x, y, epochs=hp.Int("epochs", 2, 3), verbose=0)

    tuner = random(Own(forgetful), project, "loss", max_trials=1)
    found = search(tuner)
    (trial,) = found.trials
    assert trial.config == tuner.oracle.trials["0"].hyperparameters.values
    # Found in the fit alone, which comes after the trial's beginning.
    assert trial.config["epochs"] == trial.epochs == len(found.epochs())
    assert "epochs" in found.row.spec["model"]["declared"]
    assert equal_scores(found, tuner)


class Folds(keras_tuner.RandomSearch):
    """Trains each trial on two halves, by itself."""

    def run_trial(self, trial: Any, x: Any, y: Any, **options: Any) -> Any:
        scores = []
        for half in (slice(0, 6), slice(6, 12)):
            model = self.hypermodel.build(trial.hyperparameters)
            history = model.fit(x[half], y[half], **options)
            scores.append(history.history["val_loss"][-1])
        return scores


def test_trainings_that_a_trial_runs_by_itself_are_executions(
    search: Search, project: Project
) -> None:
    tuner = Folds(plain, "val_loss", max_trials=1, seed=1, **project)
    found = search(tuner)
    assert [(row.execution, row.epoch) for row in found.epochs()] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]
    assert equal_scores(found, tuner)
    scores = [each.score or 0.0 for each in found.store.executions(found.id, 1)]
    assert sum(scores) / 2 == pytest.approx(found.trials[0].score, abs=1e-15)
    assert found.row.spec["source"]["search"] == "Folds"
    assert found.row.spec["repeats"] == 2


class BlackBox(keras_tuner.RandomSearch):
    """No model at all."""

    def run_trial(self, trial: Any, *_: Any, **__: Any) -> Any:
        x = trial.hyperparameters.Float("x", -1.0, 1.0)
        return x * x


def test_a_search_without_models_has_its_scores(search: Search, project: Project) -> None:
    tuner = BlackBox(max_trials=2, seed=1, **project)
    found = search(tuner)
    assert equal_scores(found, tuner)
    assert [row.metrics["default_objective"] for row in found.epochs()] == [
        trial.score for trial in found.trials
    ]


def test_several_objectives_are_added_up_as_the_tuner_does(
    search: Search, project: Project
) -> None:
    tuner = random(build, project, ["val_loss", keras_tuner.Objective("val_accuracy", "max")])
    found = search(tuner)
    assert equal_scores(found, tuner)
    for row in found.epochs():
        assert row.metrics["multi_objective"] == (
            row.metrics["val_loss"] - row.metrics["val_accuracy"]
        )


def test_a_trial_that_cannot_be_built_fails_with_the_line_of_the_model(
    search: Search, project: Project
) -> None:
    def picky(hp: keras_tuner.HyperParameters) -> keras.Model:
        if hp.Boolean("bad"):
            raise ValueError("no such\nmodel")
        return compiled(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]))

    # No configuration is tried twice.
    tuner = random(picky, project)
    found = search(tuner, epochs=1)
    theirs = [trial.status for trial in tuner.oracle.trials.values()]
    assert [trial.status.upper() for trial in found.trials] == theirs
    assert {"FAILED", "COMPLETED"} <= set(theirs)
    for trial in found.trials:
        if trial.status == "failed":
            assert trial.message.startswith(
                "ValueError: no such … model (test_own_searches.py, line "
            )


@pytest.mark.filterwarnings("ignore:All-NaN")
def test_a_score_that_is_no_number_has_diverged(search: Search, project: Project) -> None:
    def exploding(hp: keras_tuner.HyperParameters) -> keras.Model:
        hp.Boolean("any")
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        return compiled(model, keras.optimizers.SGD(math.inf))

    tuner = random(exploding, project, max_trials=1)
    found = search(tuner)
    (trial,) = found.trials
    assert math.isnan(tuner.oracle.trials["0"].score)
    assert (trial.status, trial.score, trial.message) == ("diverged", None, "")
    assert found.row.best_trial is None
    endless = Own(lambda *_, **__: math.inf)
    found = search(random(endless, {**project, "project_name": "endless"}, max_trials=1))
    assert [(trial.status, trial.score) for trial in found.trials] == [("diverged", None)]


def test_attempts_at_a_trial_are_told_apart(
    search: Search, project: Project, tmp_path: Path
) -> None:
    attempts = []

    def flaky(hp: Any, model: Any, *arguments: Any, **options: Any) -> Any:
        history = model.fit(*arguments, **{**options, "epochs": hp.Fixed("epochs", 2)})
        attempts.append(history)
        if len(attempts) == 1:
            raise RuntimeError("the first time")
        return history

    tuner = random(Own(flaky), project, max_trials=1, max_retries_per_trial=1)
    found = search(tuner)
    (trial,) = found.trials
    assert trial.status == "completed"
    assert [(row.execution, row.epoch) for row in found.epochs()] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]
    statuses = {e.execution: e.status for e in found.store.executions(found.id, 1)}
    assert statuses == {1: "failed", 2: "completed"}
    # Begun again, and with a hyperparameter that was found in the fit: it leaves and comes back.
    file = tmp_path / "study.zip"
    archive = StudyArchive(OpenHome(found.store.path.parent), found.store)
    archive.export_study(found.row, file)
    back = Watched(found.store, archive.import_study(file))
    assert back.row.status == "finished"
    assert [(t.score, t.config) for t in back.trials] == [(t.score, t.config) for t in found.trials]
    assert [row.metrics for row in back.epochs()] == [row.metrics for row in found.epochs()]


def test_nothing_of_a_search_is_changed(search: Search, project: Project) -> None:
    tuner = random(build, project, max_trials=1)
    before = dict(vars(tuner)), vars(tuner.hypermodel).copy()
    seen: list[Any] = []
    search(tuner, callbacks=[Histories(seen)])
    after = dict(vars(tuner))
    after.pop("search")
    assert after.keys() == before[0].keys()
    assert vars(tuner.hypermodel) == before[1]
    assert len(tuner.get_best_models()) == 1


GUIDES = {
    "dense": ("build_model", "val_accuracy"),
    "custom_loop": ("CustomLoop", keras_tuner.Objective("val_my_loss", "min")),
    "pictures": ("build_model", "val_accuracy"),
    "tailored": ("Tailored", "val_accuracy"),
}


@pytest.mark.filterwarnings("ignore:Even though the `tf.config")
@pytest.mark.parametrize("file", GUIDES)
def test_the_searches_of_keras_tuners_guides_run_as_they_are(
    file: str, search: Search, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "own"))
    module = importlib.import_module(file)
    name, objective = GUIDES[file]
    model = getattr(module, name)
    tuner = random(model() if isinstance(model, type) else model, project, objective, max_trials=1)
    (x, y), (held_x, held_y), _ = module.load_data()
    tensorflow.config.run_functions_eagerly(True)
    try:
        # Half a batch is enough to train on.
        held = held_x[:16], held_y[:16]
        found = search(tuner, rows=(x[:16], y[:16]), epochs=1, validation_data=held)
    finally:
        tensorflow.config.run_functions_eagerly(False)
    assert equal_scores(found, tuner)
    assert found.trials[0].config == tuner.oracle.trials["0"].hyperparameters.values
    assert found.trials[0].status == "completed"
    assert len(found.epochs()) == 1
