"""Diagnoses of trainings: right on real curves made to show them, silent where nothing is sure.

The curves are those that ``python -m benchmarks.diagnoses.curves`` trained and labelled.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from benchmarks.diagnoses.curves_set import FILE, judged, precise, recalled
from tuning_core.analysis.diagnoses import diagnose_training, diagnose_trial
from tuning_core.analysis.diagnoses.diagnosis import Diagnosis, TrainingCurves
from tuning_core.catalog import HYPERPARAMETERS, OBJECTIVES, TrialStatus
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE

KINDS = (
    "overfitting",
    "underfitting",
    "constant",
    "divergence",
    "unstable",
    "improving",
    "plateau",
)


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    return json.loads(FILE.read_text())


def apart(records: list[dict[str, Any]]) -> list[str]:
    """The parts of the set that chose no threshold at first."""
    return sorted({record["part"] for record in records} - {"chosen"})


def test_the_set_shows_every_diagnosis_and_healthy_trainings(records: list[dict[str, Any]]) -> None:
    for part in apart(records):
        labels = Counter(record["label"] for record in records if record["part"] == part)
        assert sum(labels.values()) >= 60
        assert all(labels[kind] >= 5 for kind in (*KINDS, ""))
    assert FILE.stat().st_size < 600_000


@pytest.mark.parametrize(
    ("part", "least"),
    # Of ten trainings that nothing was tried on, two may be wrong.
    [("revised", 0.9), ("reported", 0.8)],
)
def test_precision_and_recall(records: list[dict[str, Any]], part: str, least: float) -> None:
    counts = judged(records, part)
    for kind, found in counts.items():
        assert precise(found) >= least, kind
        assert recalled(found) >= least, kind
    together = sum(counts.values(), Counter())
    assert precise(together) >= 0.9
    assert recalled(together) >= 0.9


def training(status: TrialStatus = TrialStatus.COMPLETED, **metrics: list[float]) -> TrainingCurves:
    return TrainingCurves(metrics, {"learning_rate": 0.01}, OBJECTIVES["val_accuracy"], status, 10)


def test_a_lost_training_is_said_even_without_an_epoch() -> None:
    (found,) = diagnose_training(training(TrialStatus.DIVERGED))
    assert found.kind == "divergence"
    assert "epoch 1 at a learning rate of 0.01" in found.evidence


def test_few_epochs_and_missing_curves_say_nothing() -> None:
    assert diagnose_training(training()) == ()
    assert diagnose_training(training(loss=[1.0, 0.5], val_loss=[1.0, 0.6])) == ()
    assert diagnose_training(training(loss=[2.0 - 0.1 * i for i in range(9)])) == ()


def test_a_trial_shows_what_most_of_its_executions_show() -> None:
    falling = [2.0 * 0.8**epoch for epoch in range(40)]
    rising = [0.5 + 0.05 * abs(epoch - 8) for epoch in range(40)]
    better = [min(1.0, 0.5 + 0.02 * epoch) for epoch in range(40)]
    stuck = [0.7] * 40
    over = training(loss=falling, val_loss=rising, accuracy=better, val_accuracy=stuck)
    fine = training(loss=falling, val_loss=falling, accuracy=better, val_accuracy=better)
    assert [found.kind for found in diagnose_trial([over, over, fine])] == ["overfitting"]
    assert diagnose_trial([over, fine, fine]) == ()


def diagnoses(records: list[dict[str, Any]]) -> list[Diagnosis]:
    """What is said of all the recorded trainings."""
    return [
        found
        for record in records
        for found in diagnose_training(
            TrainingCurves(
                record["curves"],
                record["config"],
                OBJECTIVES[DEFAULT_OBJECTIVE[record["task"]]],
                TrialStatus(record["status"]),
                record["classes"],
                best_known=0.9 if record["task"] == "classification" else None,
            )
        )
    ]


def test_a_diagnosis_calls_hyperparameters_what_the_pages_call_them(
    records: list[dict[str, Any]],
) -> None:
    ids = {name for name, info in HYPERPARAMETERS.items() if name not in info.name.lower().split()}
    said = [*diagnoses(records), *diagnose_training(training(TrialStatus.DIVERGED))]
    assert any("gradient clipping" in found.suggestion for found in said)
    for found in said:
        words = re.findall(r"\w+", f"{found.title} {found.evidence} {found.suggestion}")
        assert not ids & {*words}, found


def test_a_rate_that_a_search_goes_on_with_is_doubted_and_not_forbidden(
    records: list[dict[str, Any]],
) -> None:
    said = [found for found in diagnoses(records) if found.kind == "unstable"]
    assert said
    for found in said:
        assert "may be" in found.title
        assert found.suggestion.startswith("Compare it with ")
