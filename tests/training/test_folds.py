"""Executions of a trial on folds are separate trainings, each on its fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.keras_reference import keras_history
from tests.training.small_data import DATASET, Watch, make_task
from tuning_core.catalog import TrialStatus
from tuning_core.datasets import FoldedData, Part, PreparedData, prepare_all, prepare_folds
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.training import Control, ExecutionState, Trainer, compiled_epoch
from tuning_core.training.rows import HostData, ResidentData, size_of


def folded(task: str = "classification", folds: int = 4) -> FoldedData:
    return prepare_folds(DatasetSpec(id=DATASET[task]), folds, Path("unused"))


def by_hand(data: FoldedData, number: int) -> PreparedData:
    """One fold as the two parts of a split."""
    fold = data.folds[number]
    held = slice(fold.first, fold.last)
    return PreparedData(
        info=data.info,
        train=Part(fold.x[fold.train_rows], fold.y[fold.train_rows]),
        validation=Part(fold.x[held], fold.y[held]),
        preprocessing=fold.preprocessing,
        target=fold.target,
        outputs=data.outputs,
        sizes=data.sizes,
    )


CASES = [("classification", None, 5), ("regression", None, 3), ("classification", 0, 3)]


@pytest.mark.parametrize(("kind", "limit", "executions"), CASES)
def test_a_trial_is_the_mean_of_separate_trainings_on_each_fold(
    kind: str, limit: int | None, executions: int
) -> None:
    data = folded(kind, folds=3)
    task = make_task(kind, executions=executions, epochs=2)
    watch = Watch()
    outcome = watch.run(Trainer(data, shuffle=False, limit=limit), task)
    best = []
    for number in range(1, executions + 1):
        expected, _ = keras_history(by_hand(data, (number - 1) % 3), task, number)
        reports = [report for report in watch.reports if report.execution == number]
        for name, values in expected.items():
            measured = [report.metrics[name] for report in reports]
            np.testing.assert_allclose(measured, values, rtol=1e-5, atol=1e-5, err_msg=name)
        scores = expected[task.objective.id]
        best.append(max(scores) if task.objective.direction == "max" else min(scores))
    assert outcome.score == pytest.approx(np.mean(best), rel=1e-5)


def test_pictures_are_on_the_device_once_and_folds_share_one_graph() -> None:
    data = prepare_folds(DatasetSpec(id="digits"), 5, Path("unused"))
    folds = HostData.of_folds(data)
    assert size_of(folds) < 1.2 * folds[0].x.nbytes
    placed = ResidentData.placed(folds)
    assert all(turn.x is placed[0].x and turn.validation_x is placed[0].x for turn in placed)
    Watch().run(Trainer(data), make_task(executions=5, epochs=1))
    assert compiled_epoch(make_task().config, "classification").traces == 1


@pytest.mark.parametrize(("limit", "folds"), [(None, 4), (0, 2)], ids=["compiled", "fit"])
def test_stopped_within_a_fold_and_resumed_equals_uninterrupted(
    limit: int | None, folds: int
) -> None:
    trainer = Trainer(folded(folds=folds), limit=limit)
    task: dict[str, Any] = {"executions": folds, "epochs": 3, "dropout": 0.2, "keep_states": True}
    full = Watch()
    whole = full.run(trainer, make_task(**task))
    before_the_last = 3 * folds - 1

    def answer(_: int) -> Control:
        # By epochs: how often a slow machine is asked within one, nobody knows.
        done = len(stopped.reports) == before_the_last
        return Control.STOP if done else Control.CONTINUE

    stopped = Watch(answer)
    assert stopped.run(trainer, make_task(**task)).status is None
    saved: dict[int, ExecutionState] = dict(stopped.states)
    assert len(saved) == folds
    assert saved[folds].epoch < 3
    resume = tuple(saved[number] for number in range(1, folds + 1))
    resumed = Watch().run(trainer, make_task(**task, resume=resume))
    assert resumed.score == whole.score
    for one, other in zip(whole.executions, resumed.executions, strict=True):
        assert one.best_epoch == other.best_epoch
        assert one.state is not None
        assert other.state is not None
        for a, b in zip(one.state.weights, other.state.weights, strict=True):
            np.testing.assert_array_equal(a, b)


def test_without_validation_rows_only_training_is_measured() -> None:
    data = prepare_all(DatasetSpec(id="iris"), Path("unused"))
    for limit in (None, 0):
        watch = Watch()
        objective = replace(make_task().objective, id="loss", direction="min")
        outcome = watch.run(Trainer(data, limit=limit), make_task(objective=objective))
        assert outcome.status is TrialStatus.COMPLETED
        assert set(watch.reports[0].metrics) == {"loss", "accuracy"}
