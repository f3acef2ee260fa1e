"""A home with one recorded study: conditions, a diverged trial, two trainings each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.recorded import record
from tuning_core.manager import Manager
from tuning_core.study_export import StudyRecord, read_record

STUDY = "abcd1234"
SPACE = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
    "units": {"low": 16, "high": 128, "step": 16},
    "dropout": {"low": 0.0, "high": 0.5, "step": 0.1},
    "optimizer": {"choices": ["adam", "sgd"]},
    "momentum": {"low": 0.5, "high": 0.999, "scale": "reverse_log", "when": {"optimizer": ["sgd"]}},
    "batch_normalization": {"choices": [False, True]},
    "batch_size": {"choices": [16, 32]},
}


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "home", spare=False)
    record(manager.store, STUDY, name='=1+1 "odd"', trials=12, epochs=4, space=SPACE, repeats=2)
    yield manager
    manager.close()


@pytest.fixture
def recorded(manager: Manager) -> StudyRecord:
    return read_record(manager.store, STUDY)
