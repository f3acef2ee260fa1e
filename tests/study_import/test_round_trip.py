"""Our own exports, taken in again, are the same study."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tuning_core.catalog import TrialStatus
from tuning_core.study_export import StudyRecord, find_exporter
from tuning_core.study_import import ReadOptions, read_runs
from tuning_core.study_import.runs import RecordedSearch, spec_of


def again(recorded: StudyRecord, exporter: str, path: Path, **options: str) -> RecordedSearch:
    find_exporter(exporter).write(recorded, path)
    return read_runs(path, ReadOptions(**options))[1]  # type: ignore[arg-type]


def same_trials(found: RecordedSearch, recorded: StudyRecord) -> None:
    assert len(found.trials) == len(recorded.trials)
    names = {parameter.name for parameter in recorded.shown}
    for ours, theirs in zip(recorded.trials, found.trials, strict=True):
        assert theirs.score == ours.score
        assert theirs.status is ours.status
        config = {name: value for name, value in ours.config.items() if name in names}
        assert {n: theirs.config[n] for n in config} == config


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_of_optuna(
    recorded: StudyRecord, tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = again(recorded, "optuna", tmp_path / "study.db")
    finally:
        monkeypatch.undo()
        time.tzset()
    same_trials(found, recorded)
    spec = recorded.spec
    assert (found.objective, found.name, found.title) == (
        spec.objective,
        "round",
        spec.dataset_info.title,
    )
    assert found.direction == spec.objective_info.direction
    for ours, theirs in zip(recorded.trials, found.trials, strict=True):
        assert theirs.started == pytest.approx(ours.started, abs=1e-3)
        assert (theirs.seconds, theirs.best_epoch, theirs.message, theirs.parameters) == (
            ours.seconds,
            ours.best_epoch,
            ours.message,
            ours.parameters,
        )
        rows = recorded.epochs[ours.number]
        for row in theirs.epochs:
            both = [r.metrics[spec.objective] for r in rows if r.epoch == row.epoch]
            assert row.metrics[spec.objective] == sum(both) / len(both)
        assert len(theirs.epochs) == 4
    space, original = spec_of(found).search_space, spec.search_space
    for name in ("units", "optimizer", "batch_normalization", "batch_size", "learning_rate"):
        assert space[name].values() == original[name].values(), name
    assert any(trial.status is TrialStatus.DIVERGED for trial in found.trials)
    assert any("the mean over the trainings" in note for note in found.notes)
