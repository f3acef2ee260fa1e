"""What is written for Optuna, Optuna reads as our study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from tests.study_export.conftest import STUDY
from tuning_core.catalog import TrialStatus
from tuning_core.manager import Manager, ManagerError
from tuning_core.study_export import StudyRecord
from tuning_core.study_export.optuna import write_optuna


def loaded(path: Path) -> optuna.Study:
    return optuna.load_study(study_name=None, storage=f"sqlite:///{path}")


def test_optuna_opens_the_study(manager: Manager, recorded: StudyRecord, tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    manager.study_exports.write("optuna", STUDY, path)
    study = loaded(path)
    assert study.direction == optuna.study.StudyDirection.MAXIMIZE
    assert study.user_attrs["objective"] == "val_accuracy"
    assert study.user_attrs["tunescape_study"] == STUDY
    assert study.best_trial.number + 1 == recorded.study.best_trial
    assert study.best_value == recorded.study.best_score
    names = {parameter.name for parameter in recorded.shown}
    for theirs, ours in zip(study.trials, recorded.trials, strict=True):
        assert theirs.params == {n: v for n, v in ours.config.items() if n in names}
        assert theirs.user_attrs["number"] == ours.number
        assert theirs.value == ours.score
        expected = TrialState.FAIL if ours.number == 2 else TrialState.COMPLETE
        assert theirs.state == expected
        rows = recorded.epochs[ours.number]
        for epoch, value in theirs.intermediate_values.items():
            own = [row.metrics["val_accuracy"] for row in rows if row.epoch == epoch]
            assert value == pytest.approx(sum(own) / len(own))
        assert len(theirs.intermediate_values) == 4
    kinds = {n: d for trial in study.trials for n, d in trial.distributions.items()}
    assert kinds["learning_rate"] == FloatDistribution(1e-4, 1e-1, log=True)
    assert kinds["units"] == IntDistribution(16, 128, step=16)
    assert kinds["dropout"] == FloatDistribution(0.0, 0.5, step=0.1)
    assert kinds["optimizer"] == CategoricalDistribution(["adam", "sgd"])
    assert kinds["momentum"] == FloatDistribution(0.5, 0.999)


def test_trials_from_outside_the_ranges_and_every_state_are_written(
    recorded: StudyRecord, tmp_path: Path
) -> None:
    first = recorded.trials[0]
    config = {**first.config, "learning_rate": 0.5, "units": 17, "dropout": 0.25}
    trials = [
        replace(first, number=number, status=status, config=config, score=score)
        for number, (status, score) in enumerate(
            [(TrialStatus.PRUNED, 0.5), (TrialStatus.PRUNED, None), (TrialStatus.SKIPPED, 0.4),
             (TrialStatus.FAILED, None), (TrialStatus.RUNNING, None), (TrialStatus.WAITING, None)],
            start=1,
        )
    ]  # fmt: skip
    path = tmp_path / "study.db"
    write_optuna(replace(recorded, trials=trials), path)
    read = loaded(path).trials
    assert [trial.state.name for trial in read] == [
        *("PRUNED", "PRUNED", "PRUNED", "FAIL", "RUNNING", "WAITING")
    ]
    assert read[0].params["units"] == 17


def test_a_place_that_cannot_be_written_is_named(manager: Manager, tmp_path: Path) -> None:
    with pytest.raises(ManagerError, match=r"--to: .*no/study\.db cannot be written"):
        manager.study_exports.write("optuna", STUDY, tmp_path / "no" / "study.db")
