"""A store with one study, and the events that a worker writes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tuning_core.store import Store

STUDY = "abcd1234"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "tunescape.db")
    add_study(store)
    yield store
    store.close()


def add_study(store: Store, study_id: str = STUDY, objective: str = "val_accuracy") -> None:
    store.create_study(study_id, "name", json.dumps({"objective": objective}), 1.0)


def started(seq: int, time: float = 10.0, elapsed: float = 0.0) -> dict[str, Any]:
    return {
        "seq": seq,
        "time": time,
        "kind": "study_started",
        "device": "CPU",
        "versions": {"keras": "3"},
        "rows": {"train": 7},
        "elapsed": elapsed,
    }


def trial_started(seq: int, trial: int, **fields: Any) -> dict[str, Any]:
    config = {"units": 8 * trial}
    event = {"seq": seq, "time": 11.0, "kind": "trial_started", "trial": trial, "config": config}
    return {**event, "epochs": 5, "initial_epoch": 0, "parent": None, **fields}


def epoch(seq: int, trial: int, number: int, **metrics: float) -> dict[str, Any]:
    event = {"seq": seq, "time": 12.0, "kind": "epoch", "trial": trial, "execution": 1}
    return {**event, "epoch": number, "metrics": metrics, "seconds": 0.5}


def trial_ended(
    seq: int, trial: int, score: float | None, status: str = "completed"
) -> dict[str, Any]:
    execution = {"execution": 1, "status": status, "score": score, "best_epoch": 1, "epochs": 1}
    event = {"seq": seq, "time": 13.0, "kind": "trial_ended", "trial": trial, "status": status}
    return {**event, "score": score, "seconds": 1.0, "epochs": 1, "executions": [execution]}


def one_trial() -> list[dict[str, Any]]:
    return [
        started(1),
        trial_started(2, 1),
        epoch(3, 1, 1, loss=0.5, val_loss=math.nan, val_accuracy=0.25),
        trial_ended(4, 1, 0.25),
    ]
