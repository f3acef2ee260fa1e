"""What the store hands out: plain, typed rows."""

from __future__ import annotations

import json
import math
import sqlite3
from dataclasses import dataclass
from typing import Any

from tuning_core.catalog import StudyStatus, TrialStatus, Value
from tuning_core.catalog.objectives import EPOCH_METRICS


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study; times are unix seconds, ``seconds`` is its active time so far.

    ``trials`` counts those that have ended, ``epochs`` all recorded ones of all executions.
    ``rows`` has the sizes of the train, validation and test parts. ``test`` holds the revealed
    metrics of trial ``test_trial``. ``owner`` names the process whose manager runs or queues it.
    """

    id: str
    name: str
    spec: dict[str, Any]
    status: StudyStatus
    message: str
    reason: str
    owner: str
    created: float
    started: float | None
    ended: float | None
    seconds: float
    device: str
    versions: dict[str, str]
    rows: dict[str, int]
    trials: int
    epochs: int
    best_trial: int | None
    best_score: float | None
    test: dict[str, float] | None
    test_trial: int | None


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A trial; ``epochs`` counts those that one execution trained, without the parent's.

    ``seq`` grows with each change within the study and orders the cursor's answers. ``added``:
    the user asked for it, beside the budget. ``lane`` is its place, from 0, among those that
    trained side by side, ``node`` the machine of a cluster, "" for this one.
    """

    study_id: str
    number: int
    status: TrialStatus
    score: float | None
    config: dict[str, Value]
    parent: int | None
    epochs: int
    target_epochs: int
    initial_epoch: int
    bracket: int | None
    round: int | None
    best_epoch: int | None
    best_execution: int | None
    started: float | None
    seconds: float | None
    parameters: int | None
    message: str
    added: bool
    lane: int
    node: str
    seq: int


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What was done to a study, and when: an event of its journal, in order of ``seq``.

    ``trial`` is the last one begun by then, 0 for none. ``details`` are the event's fields.
    """

    seq: int
    time: float
    kind: str
    trial: int
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """One training of a trial, once the trial has ended."""

    trial: int
    execution: int
    status: TrialStatus
    score: float | None
    best_epoch: int | None
    epochs: int | None


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One epoch; a metric that was not a number is absent from ``metrics``."""

    trial: int
    execution: int
    epoch: int
    metrics: dict[str, float]
    seconds: float | None
    seq: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What a study gained since a cursor; pass ``cursor`` to the next call."""

    cursor: int
    study: StudyRow
    trials: list[TrialRow]
    epochs: list[EpochRow]


STUDY_COLUMNS = (
    "id, name, spec, status, message, reason, owner, created, started, ended, seconds, device, "
    "versions, data_rows, trials, epochs, best_trial, best_score, test, test_trial"
)
TRIAL_COLUMNS = (
    "study_id, number, status, score, config, parent, epochs, target_epochs, initial_epoch, "
    "bracket, round, best_epoch, best_execution, started, seconds, parameters, message, added, "
    "lane, node, revision"
)
EXECUTION_COLUMNS = "trial, execution, status, score, best_epoch, epochs"
EPOCH_COLUMNS = "trial, execution, epoch, seconds, revision, others, " + ", ".join(EPOCH_METRICS)


def study_row(row: sqlite3.Row) -> StudyRow:
    """Read a row of ``STUDY_COLUMNS``."""
    values = dict(row)
    values["spec"] = _object(values["spec"])
    values["status"] = StudyStatus(values["status"])
    values["versions"] = json.loads(values["versions"])
    values["rows"] = json.loads(values.pop("data_rows"))
    values["test"] = json.loads(values["test"]) if values["test"] else None
    return StudyRow(**values)


def _object(document: str) -> dict[str, Any]:
    """A JSON object, empty where there is none: one bad row must not hide the others."""
    try:
        content = json.loads(document)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def finite(value: Any) -> float | None:
    """The value as a float, or None when it is missing or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def trial_row(row: sqlite3.Row) -> TrialRow:
    """Read a row of ``TRIAL_COLUMNS``."""
    values = dict(row)
    values["status"] = TrialStatus(values["status"])
    values["config"] = json.loads(values["config"])
    values["added"] = bool(values["added"])
    values["seq"] = values.pop("revision")
    return TrialRow(**values)


def history_row(row: sqlite3.Row) -> HistoryRow:
    """Read a row of the history; what is null says nothing."""
    values = dict(row)
    details = {name: v for name, v in _object(values["details"]).items() if v is not None}
    return HistoryRow(**{**values, "details": details})


def execution_row(row: sqlite3.Row) -> ExecutionRow:
    """Read a row of ``EXECUTION_COLUMNS``."""
    values = dict(row)
    values["status"] = TrialStatus(values["status"])
    return ExecutionRow(**values)


def epoch_row(row: sqlite3.Row) -> EpochRow:
    """Read a row of ``EPOCH_COLUMNS``."""
    trial, execution, epoch, seconds, seq, others, *metrics = row
    present = {
        name: value for name, value in zip(EPOCH_METRICS, metrics, strict=True) if value is not None
    }
    if others:
        present |= _object(others)
    return EpochRow(trial, execution, epoch, present, seconds, seq)
