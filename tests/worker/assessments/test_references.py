"""Plain models on a study's own rows: scikit-learn's own numbers, and honest words beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error
from threadpoolctl import threadpool_limits

from tuning_core.datasets import TargetScale, prepare, prepare_folds
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import TrialStarted
from tuning_core.journal.writing import Journal
from tuning_core.model_export import ExportError
from tuning_core.models import build_model
from tuning_core.own_models.data import OwnPart
from tuning_core.space import default_config
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.training import Control, Trainer, TrialTask
from tuning_core.worker.assessments.asked import Asked, Stopped
from tuning_core.worker.assessments.baselines import Best, result
from tuning_core.worker.assessments.grounds import Ground, _plain, family_ground, said_by
from tuning_core.worker.assessments.reference_models import (
    Fitted,
    Turn,
    fitted,
    reference_models,
    turns_of,
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Several threads of several tests wait for each other far longer than they compute."""
    with threadpool_limits(1):
        yield


def nothing() -> None:
    """Nobody listens."""


def all_fitted(turns: list[Turn], outputs: int, task: str) -> list[Fitted]:
    return [fitted(model, turns, outputs, task, nothing) for model in reference_models(task)]


def scores(answer: dict[str, Any]) -> dict[str, float]:
    return {row["id"]: row["score"] for row in answer["baselines"]}


def test_scores_on_a_split_are_those_of_scikit_learn(tmp_path: Path) -> None:
    spec = parse_spec({"dataset": {"id": "wine", "class_weights": "balanced"}})
    data = prepare(spec.dataset, tmp_path)
    turns = turns_of(data)
    ground = Ground(turns, data.outputs, "classification", "accuracy")
    found = scores(result(spec, ground, all_fitted(turns, 3, "classification"), None, "validation"))
    train, held, weights = data.train, data.validation, data.weights
    linear = LogisticRegression(max_iter=1000).fit(train.x, train.y, weights)
    trees = HistGradientBoostingClassifier(random_state=0).fit(train.x, train.y, weights)
    dummy = DummyClassifier(strategy="prior").fit(train.x, train.y)
    assert found == {
        name: accuracy_score(held.y, model.predict(held.x))
        for name, model in (("majority", dummy), ("linear", linear), ("trees", trees))
    }


def test_the_log_loss_is_that_of_scikit_learn(tmp_path: Path) -> None:
    spec = parse_spec({"dataset": {"id": "iris"}, "objective": "val_loss"})
    data = prepare(spec.dataset, tmp_path)
    [turn] = turns_of(data, standardised=True)
    ground = Ground([turn], 3, "classification", "log_loss")
    linear = fitted(reference_models("classification")[1], [turn], 3, "classification", nothing)
    own = LogisticRegression(max_iter=1000).fit(data.train.x, data.train.y)
    expected = log_loss(data.validation.y, own.predict_proba(data.validation.x))
    assert scores(result(spec, ground, [linear], None, "validation")) == {
        "linear": pytest.approx(expected, abs=1e-6)
    }


def test_scores_over_folds_are_means_in_the_target_s_own_unit(tmp_path: Path) -> None:
    spec = parse_spec({"dataset": {"id": "diabetes"}, "cross_validation": {"folds": 2}})
    folded = prepare_folds(spec.dataset, 2, tmp_path)
    turns = turns_of(folded)
    ground = Ground(turns, 1, "regression", "mae")
    found = result(spec, ground, all_fitted(turns, 1, "regression"), None, "validation")
    expected: dict[str, list[float]] = {"mean": [], "linear": [], "trees": []}
    for fold in folded.folds:
        rows, held = fold.train_rows, slice(fold.first, fold.last)
        truth = fold.y[held] * fold.target.std + fold.target.mean
        models = (DummyRegressor(), Ridge(), HistGradientBoostingRegressor(random_state=0))
        for name, model in zip(expected, models, strict=True):
            said = model.fit(fold.x[rows], fold.y[rows]).predict(fold.x[held])
            said = said * fold.target.std + fold.target.mean
            expected[name].append(float(mean_absolute_error(truth, said)))
    for row in found["baselines"]:
        assert row["folds"] == pytest.approx(expected[row["id"]], rel=1e-5)
        assert row["score"] == pytest.approx(np.mean(expected[row["id"]]), rel=1e-5)
        assert row["spread"] == pytest.approx(np.std(expected[row["id"]], ddof=1), rel=1e-4)


def test_the_mean_of_a_target_learnt_by_its_logarithms_is_its_mean() -> None:
    values = np.random.default_rng(0).lognormal(3.0, 2.0, 200)
    scale = TargetScale(2.0, 1.5, "log")
    x = np.zeros((200, 1), np.float32)
    turn = Turn(x, scale.standardised(values), None, x[:2], values[:2], scale)
    mean = fitted(reference_models("regression")[0], [turn], 1, "regression", nothing)
    assert mean.answers[0] == pytest.approx(np.full((2, 1), values.mean()))


@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_a_loss_with_a_penalty_in_every_fold_is_not_held_against_others(
    l2: float, tmp_path: Path
) -> None:
    spec = parse_spec(
        {"dataset": {"id": "iris"}, "objective": "val_loss", "cross_validation": {"folds": 3}}
    )
    files = StudyFiles(tmp_path)
    config = {**default_config(spec.search_space), "l2": l2}
    Journal(files.journal, "abcdefgh", lambda _: None).append(
        TrialStarted(
            trial=1,
            config=config,
            parent=None,
            epochs=1,
            initial_epoch=0,
            bracket=None,
            round=None,
            seed=1,
            suggested_in=0.0,
        )
    )
    asked = Asked("s", files, spec, tmp_path, None)
    if l2:
        with pytest.raises(ExportError, match="holds a penalty"):
            family_ground(asked, "validation", 1)
    else:
        assert len(family_ground(asked, "validation", 1).turns) == 3


def network_on(spec: StudySpec, x: np.ndarray, y: np.ndarray, tmp_path: Path) -> dict[str, Any]:
    """The answer about a small network that was really trained on the first half of the rows."""
    half = len(x) // 2
    turn = Turn(x[:half], y[:half], None, x[half:], y[half:])
    data = prepare(spec.dataset, tmp_path)
    train, held = type(data.train)(turn.x, turn.y), type(data.train)(turn.held_x, turn.truth)
    made = Trainer(type(data)(**{**vars(data), "train": train, "validation": held, "outputs": 2}))
    config = {**default_config(spec.search_space), "layers": 1, "units": 2, "learning_rate": 1e-4}
    task = TrialTask(config, seed=1, epochs=1, objective=spec.objective_info)
    outcome = made.run_trial(task, lambda _: None, lambda: Control.CONTINUE, lambda *_: None)
    core = build_model(config, x.shape[1], 2, "classification", 1)
    core.set_weights(outcome.executions[0].best_weights)
    said = turn.answers(said_by(core, turn.held_x))
    ground = Ground([turn], 2, "classification", "accuracy", said)
    assert outcome.score is not None
    best = Best(trial=1, score=outcome.score, trials=1)
    fits = all_fitted([turn], 2, "classification")
    found = result(spec, ground, fits, best, "validation")
    assert outcome.score == pytest.approx(float(np.mean(said.argmax(axis=1) == turn.truth)))
    return found


@pytest.fixture(scope="module")
def two_classes() -> StudySpec:
    return parse_spec({"dataset": {"id": "moons"}, "objective": "val_accuracy"})


def test_trees_are_said_to_do_better_where_columns_interact(
    two_classes: StudySpec, tmp_path: Path
) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (800, 2)).astype(np.float32)
    y = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(np.int32)
    found = network_on(two_classes, x, y, tmp_path)
    verdicts = {one["id"]: one["verdict"] for one in found["compared"]}
    assert verdicts["trees"] == "worse"
    assert scores(found)["trees"] > 0.95
    assert found["sentence"].startswith("Trees do better on this plane: accuracy ")


def test_a_tie_on_noise_is_called_a_tie(two_classes: StudySpec, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 2)).astype(np.float32)
    found = network_on(two_classes, x, rng.integers(0, 2, 400).astype(np.int32), tmp_path)
    assert {one["verdict"] for one in found["compared"]} == {"tie"}
    assert found["sentence"].startswith("A tie: ")


def test_the_network_that_is_compared_is_the_one_whose_score_is_said(
    two_classes: StudySpec,
) -> None:
    """A trial of several repeats has the mean of their scores; the best of them is kept."""
    x = np.arange(40, dtype=np.float32)[:, None]
    y = (x[:, 0] % 2).astype(np.int32)
    turn, said = Turn(x, y, None, x, y), np.eye(2)[y]
    said[:4] = 1 - said[:4]
    fits = all_fitted([turn], 2, "classification")[:1]
    best = Best(trial=3, score=0.4, trials=5)
    found = result(
        two_classes, Ground([turn], 2, "classification", "accuracy", said), fits, best, "validation"
    )
    assert found["best"]["score"] == 0.9
    [gain] = found["compared"]
    assert gain["gain"] == pytest.approx(0.9 - 0.5)
    assert "accuracy 0.9 against 0.5" in found["sentence"]


def test_rows_beyond_the_bound_are_left_out_and_that_is_said() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3_000, 4)).astype(np.float32)
    turn = Turn(x, (x[:, 0] > 0).astype(np.int32), None, x[:50], (x[:50, 0] > 0).astype(np.int32))
    linear = reference_models("classification")[1]
    small = type(linear)(**{**vars(linear), "most": 8_000})
    found = fitted(small, [turn], 2, "classification", nothing)
    assert found.note.startswith("Fitted on 2,000 of 3,000 training rows")
    assert len(found.answers[0]) == 50


def test_a_single_class_has_no_linear_model_and_that_is_said() -> None:
    x, y = np.zeros((9, 2), np.float32), np.zeros(9, np.int32)
    found = all_fitted([Turn(x, y, None, x, y)], 2, "classification")
    assert [bool(one.answers) for one in found] == [True, False, False]
    assert found[1].note == "Its training rows hold a single class."


def test_a_stop_is_heard_while_a_model_is_fitted() -> None:
    def stop() -> None:
        raise Stopped

    x = np.random.default_rng(0).normal(size=(2_000, 5)).astype(np.float32)
    turn = Turn(x, (x[:, 0] > 0).astype(np.int32), None, x, (x[:, 0] > 0).astype(np.int32))
    with pytest.raises(Stopped):
        fitted(reference_models("classification")[2], [turn], 2, "classification", stop)


def test_pictures_and_one_hot_answers_of_one_s_own_are_flattened() -> None:
    part = OwnPart(np.ones((4, 2, 3)), np.eye(4)[[1, 0, 3, 2]])
    x, y = _plain(part, "classification")
    assert x.shape == (4, 6)
    assert y.tolist() == [1, 0, 3, 2]
