"""MLflow's own client reads what is logged for it as our study: every step of every metric."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from tests.study_export.conftest import STUDY
from tuning_core.catalog import TrialStatus, Value
from tuning_core.manager import Manager, ManagerError
from tuning_core.study_export import StudyRecord
from tuning_core.study_export.mlflow import VARIABLE, log_mlflow

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
mlflow = pytest.importorskip("mlflow", reason="python -m pip install -r requirements-export.txt")
# What it asks of SQLAlchemy is its makers' to mend.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def expected_of(record: StudyRecord, number: int) -> Mapping[str, dict[int, float]]:
    """By name the value at each epoch: of each training, and their mean under the plain name."""
    found: dict[str, dict[int, float]] = {}
    for row in record.epochs[number]:
        for name, value in row.metrics.items():
            found.setdefault(f"{name}/{row.execution}", {})[row.epoch] = value
    for name in {name.partition("/")[0] for name in found}:
        each = [values for key, values in found.items() if key.startswith(f"{name}/")]
        found[name] = {e: fmean(v[e] for v in each if e in v) for e in {e for v in each for e in v}}
    return found


def refuse(*_: object) -> None:
    raise OSError("The disk is full")


def test_a_client_reads_params_histories_states_and_the_model(
    manager: Manager, recorded: StudyRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, model = tmp_path / "runs", tmp_path / "model.keras"
    model.write_bytes(b"weights")
    revealed = replace(recorded.study, test={"accuracy": 0.5}, test_trial=recorded.study.best_trial)
    record = replace(recorded, study=revealed)
    said = log_mlflow(record, str(folder), model)
    assert said == (
        """12 trials are runs of '=1+1 "odd" (abcd1234)' in MLflow, 12 of them new or changed."""
    )
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")
    [experiment] = client.search_experiments(filter_string="name != 'Default'")
    assert experiment.tags["tunescape.objective"] == "val_accuracy"
    runs = {
        r.data.tags["tunescape.trial"]: r for r in client.search_runs([experiment.experiment_id])
    }
    assert len(runs) == len(record.trials) == 12
    for trial in record.trials:
        run = runs[str(trial.number)]
        run_id = run.info.run_id
        assert run.data.params == {name: str(value) for name, value in trial.config.items()}
        assert run.info.status == ("FAILED" if trial.number == 2 else "FINISHED")
        assert run.data.metrics.get("score") == trial.score
        expected = expected_of(record, trial.number)
        assert set(run.data.metrics) - {"score", "test_accuracy"} == set(expected)
        for name, values in expected.items():
            steps = client.get_metric_history(run_id, name)
            assert {step.step: step.value for step in steps} == values
        is_best = trial.number == record.study.best_trial
        assert [a.path for a in client.list_artifacts(run_id, "model")] == (
            ["model/model.keras"] if is_best else []
        )
        assert run.data.metrics.get("test_accuracy") == (0.5 if is_best else None)

    # Another trial, and one that has gone on: what has not changed is left as it is.
    third, last = record.trials[2], record.trials[-1]
    changed = {3: replace(third, status=TrialStatus.SKIPPED), 13: replace(last, number=13)}
    names: dict[str, Value] = {"units (1)*": True, "units [1]*": 2, "/a//b/": 3}
    odd = replace(changed[13], status=TrialStatus.RUNNING, score=None, config=names)
    trials = [changed.get(trial.number, trial) for trial in record.trials]
    said = log_mlflow(replace(record, trials=[*trials, odd]), str(folder))
    assert said.startswith("13 trials")
    assert "2 of them new" in said
    later = {
        r.data.tags["tunescape.trial"]: r for r in client.search_runs([experiment.experiment_id])
    }
    assert len(later) == 13
    assert later["3"].info.status == "KILLED"
    assert later["13"].info.status == "RUNNING"
    assert later["13"].data.params == {"units _1__": "True", "units _1___": "2", "a/b": "3"}
    assert later["1"].info.run_id == runs["1"].info.run_id
    # By a process of its own what is recorded now: the third, and the test part not revealed.
    said = manager.study_exports.log("mlflow", STUDY, str(folder))
    assert said.startswith("12 trials")
    assert "2 of them new" in said
    # What was cut off is logged anew, its model too.
    best = recorded.trials[(recorded.study.best_trial or 0) - 1]
    longer = replace(recorded, trials=[replace(best, epochs=99)])
    with monkeypatch.context() as patch:
        patch.setattr(mlflow.MlflowClient, "log_artifact", refuse)
        with pytest.raises(OSError, match="disk is full"):
            log_mlflow(longer, str(folder), model)
    assert "1 of them new" in log_mlflow(longer, str(folder), model)
    assert "0 of them new" in log_mlflow(longer, str(folder), model)
    with pytest.raises(OSError, match="MLflow did not take the study") as refused:
        log_mlflow(record, "http://somebody:secret@127.0.0.1:9")
    assert "secret" not in str(refused.value)


def test_a_place_that_is_none_is_refused(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = manager.study_exports.log
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ManagerError, match=r"nowhere to log to\..* or set TUNESCAPE_MLFLOW"):
        log("mlflow", STUDY)
    with pytest.raises(ManagerError, match="nowhere to log to"):
        log("optuna", STUDY, str(tmp_path))
    monkeypatch.setenv(VARIABLE, "postgresql://somebody:secret@db/runs")
    with pytest.raises(ManagerError, match=r"TUNESCAPE_MLFLOW: expected a folder") as refused:
        log("mlflow", STUDY)
    assert "secret" not in str(refused.value)
    (file := tmp_path / "file").touch()
    for place in (str(file), str(tmp_path / "no" / "folder")):
        with pytest.raises(ManagerError, match=r"--to: expected a folder"):
            log("mlflow", STUDY, place)
