"""How each kind of journal event changes the tables."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tuning_core.catalog import OBJECTIVES, StudyStatus, TrialStatus
from tuning_core.catalog.objectives import EPOCH_METRICS

Event = Mapping[str, Any]


def revision(connection: sqlite3.Connection, study_id: str) -> int:
    """Number of the study's last change; rows carry that of their own last change.

    Raises KeyError when the study does not exist.
    """
    row = connection.execute("SELECT revision FROM studies WHERE id = ?", (study_id,)).fetchone()
    if row is None:
        raise KeyError(study_id)
    return int(row[0])


def apply_events(
    connection: sqlite3.Connection, study_id: str, last_seq: int, events: Iterable[Event]
) -> None:
    """Apply the events after ``last_seq`` in order, inside the caller's transaction."""
    change_number = revision(connection, study_id)
    ended = False
    time = None
    epochs: list[tuple[Event, int]] = []
    for event in events:
        seq = event.get("seq")
        if not isinstance(seq, int) or seq <= last_seq:
            continue
        last_seq = seq
        change_number += 1
        time = event.get("time", time)
        kind = event.get("kind")
        if kind == "epoch":
            epochs.append((event, change_number))
            if len(epochs) < _AT_ONCE:
                continue
        _epochs(connection, study_id, epochs)
        epochs.clear()
        # A kind that a later worker has invented is skipped: the journal keeps it.
        if kind in REMEMBERED:
            _remember(connection, study_id, event)
        change = _CHANGES.get(str(kind))
        if change is not None:
            change(connection, study_id, event, change_number)
        ended = ended or kind == "trial_ended"
    _epochs(connection, study_id, epochs)
    connection.execute(
        "UPDATE studies SET last_seq = ?, revision = ?, seconds = CASE WHEN status = ? "
        "AND run_started IS NOT NULL AND ? IS NOT NULL "
        "THEN run_elapsed + max(0, ? - run_started) ELSE seconds END WHERE id = ?",
        (last_seq, change_number, StudyStatus.RUNNING, time, time, study_id),
    )
    if ended:
        _summarise(connection, study_id)


def suspend_trials(connection: sqlite3.Connection, study_id: str) -> None:
    """Make running trials wait: nothing trains them until the study is resumed."""
    number = revision(connection, study_id) + 1
    changed = connection.execute(
        "UPDATE trials SET status = ?, revision = ? WHERE study_id = ? AND status = ?",
        (TrialStatus.WAITING, number, study_id, TrialStatus.RUNNING),
    )
    if changed.rowcount:
        connection.execute("UPDATE studies SET revision = ? WHERE id = ?", (number, study_id))


def finite(value: Any) -> float | None:
    """The value as a float, or None when it is missing or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _study_started(
    connection: sqlite3.Connection, study_id: str, event: Event, number: int
) -> None:
    connection.execute(
        "UPDATE studies SET status = ?, message = '', reason = '', device = ?, versions = ?, "
        "data_rows = ?, started = coalesce(started, ?), ended = NULL, run_started = ?, "
        "run_elapsed = ? WHERE id = ?",
        (
            StudyStatus.RUNNING,
            event.get("device") or "",
            json.dumps(event.get("versions") or {}),
            json.dumps(event.get("rows") or {}),
            event.get("time"),
            event.get("time"),
            finite(event.get("elapsed")) or 0.0,
            study_id,
        ),
    )


def _trial_started(
    connection: sqlite3.Connection, study_id: str, event: Event, number: int
) -> None:
    connection.execute(
        "INSERT INTO trials (study_id, number, status, config, parent, target_epochs, "
        "initial_epoch, bracket, round, started, suggested_in, seed, added, revision) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (study_id, number) DO UPDATE SET status = excluded.status, "
        "config = excluded.config, parent = excluded.parent, "
        "target_epochs = excluded.target_epochs, initial_epoch = excluded.initial_epoch, "
        "bracket = excluded.bracket, round = excluded.round, seed = excluded.seed, "
        "revision = excluded.revision",
        (
            study_id,
            event["trial"],
            TrialStatus.RUNNING,
            json.dumps(event.get("config") or {}),
            event.get("parent"),
            event.get("epochs") or 0,
            event.get("initial_epoch") or 0,
            event.get("bracket"),
            event.get("round"),
            event.get("time"),
            finite(event.get("suggested_in")),
            event.get("seed"),
            bool(event.get("added")),
            number,
        ),
    )


_AT_ONCE = 1_000
"""Epochs that are recorded by one statement."""

_EPOCH_KEY = "study_id = ? AND trial = ? AND execution = ? AND epoch = ?"
_EPOCH_INSERT = (
    "INSERT INTO epochs (study_id, trial, execution, epoch, seconds, revision, "
    + ", ".join(EPOCH_METRICS)
    + ") VALUES ("
    + ", ".join("?" * (6 + len(EPOCH_METRICS)))
    + ") ON CONFLICT DO NOTHING"
)
_EPOCH_UPDATE = (
    "UPDATE epochs SET seconds = ?, revision = ?, "
    + ", ".join(f"{name} = ?" for name in EPOCH_METRICS)
    + f" WHERE {_EPOCH_KEY}"
)


def _epochs(connection: sqlite3.Connection, study_id: str, events: list[tuple[Event, int]]) -> None:
    """Record epochs, each with the number of its change."""
    if not events:
        return
    values: dict[tuple[str, int, int, int], tuple[Any, ...]] = {}
    latest: dict[int, tuple[int, int]] = {}
    for event, number in events:
        reported = event.get("metrics") or {}
        metrics = [finite(reported.get(name)) for name in EPOCH_METRICS]
        trial, epoch = event["trial"], event["epoch"]
        key = (study_id, trial, event["execution"], epoch)
        values[key] = (finite(event.get("seconds")), number, *metrics)
        latest[trial] = (max(epoch, latest.get(trial, (0, 0))[0]), number)
    added = connection.executemany(
        _EPOCH_INSERT, [(*key, *value) for key, value in values.items()]
    ).rowcount
    if added < len(values):
        # A resumed trial reports again what came after its checkpoint.
        connection.executemany(_EPOCH_UPDATE, [(*value, *key) for key, value in values.items()])
    connection.executemany(
        "UPDATE trials SET epochs = max(epochs, ? - initial_epoch), revision = ? "
        "WHERE study_id = ? AND number = ?",
        [(epoch, number, study_id, trial) for trial, (epoch, number) in latest.items()],
    )
    connection.execute("UPDATE studies SET epochs = epochs + ? WHERE id = ?", (added, study_id))


def _trial_ended(connection: sqlite3.Connection, study_id: str, event: Event, number: int) -> None:
    connection.execute(
        "UPDATE trials SET status = ?, score = ?, best_epoch = ?, best_execution = ?, "
        "seconds = ?, parameters = ?, message = ?, revision = ? "
        "WHERE study_id = ? AND number = ?",
        (
            TrialStatus(event["status"]),
            finite(event.get("score")),
            event.get("best_epoch"),
            event.get("best_execution"),
            finite(event.get("seconds")),
            event.get("parameters"),
            event.get("message") or "",
            number,
            study_id,
            event["trial"],
        ),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO executions "
        "(study_id, trial, execution, status, score, best_epoch, epochs) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                study_id,
                event["trial"],
                execution["execution"],
                TrialStatus(execution["status"]),
                finite(execution.get("score")),
                execution.get("best_epoch"),
                execution.get("epochs"),
            )
            for execution in event.get("executions") or ()
        ],
    )


def _study_ended(connection: sqlite3.Connection, study_id: str, event: Event, number: int) -> None:
    connection.execute(
        "UPDATE studies SET status = ?, reason = ?, message = ?, seconds = coalesce(?, seconds), "
        "ended = ?, owner = '' WHERE id = ?",
        (
            StudyStatus(event["status"]),
            event.get("reason") or "",
            event.get("message") or "",
            finite(event.get("seconds")),
            event.get("time"),
            study_id,
        ),
    )
    connection.execute(
        "UPDATE trials SET status = ?, revision = ? WHERE study_id = ? AND status = ?",
        (TrialStatus.WAITING, number, study_id, TrialStatus.RUNNING),
    )


def _test_revealed(
    connection: sqlite3.Connection, study_id: str, event: Event, number: int
) -> None:
    metrics = {name: finite(value) for name, value in (event.get("metrics") or {}).items()}
    connection.execute(
        "UPDATE studies SET test = ?, test_trial = ? WHERE id = ?",
        (json.dumps(metrics), event.get("trial"), study_id),
    )


def _edited(connection: sqlite3.Connection, study_id: str, event: Event, number: int) -> None:
    if isinstance(event.get("spec"), dict):
        connection.execute(
            "UPDATE studies SET spec = ? WHERE id = ?", (json.dumps(event["spec"]), study_id)
        )


def _remember(connection: sqlite3.Connection, study_id: str, event: Event) -> None:
    """Add an event to the study's history."""
    details = {name: event[name] for name in REMEMBERED[event["kind"]] if name in event}
    begun = connection.execute(
        "SELECT coalesce(max(number), 0) FROM trials WHERE study_id = ?", (study_id,)
    ).fetchone()[0]
    connection.execute(
        "INSERT OR REPLACE INTO history (study_id, seq, time, kind, trial, details) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            study_id,
            event["seq"],
            event.get("time") or 0.0,
            event["kind"],
            begun,
            json.dumps(details),
        ),
    )


REMEMBERED: dict[str, tuple[str, ...]] = {
    "study_started": ("resumed", "device", "after"),
    "study_ended": ("status", "reason", "message"),
    "edited": (
        *("what", "asked", "refused", "space", "trials", "seconds", "values", "outside"),
        *("retries", "trial", "inside", "of"),
    ),
    "test_revealed": ("trial",),
    "imported": ("message",),
    "restored": ("message", "asked"),
}
"""What the history keeps of an event, by its kind."""


def _note(connection: sqlite3.Connection, study_id: str, event: Event, number: int) -> None:
    connection.execute(
        "UPDATE studies SET message = ? WHERE id = ?", (event.get("message") or "", study_id)
    )


_CHANGES: dict[str, Callable[[sqlite3.Connection, str, Event, int], None]] = {
    "study_started": _study_started,
    "trial_started": _trial_started,
    "trial_ended": _trial_ended,
    "study_ended": _study_ended,
    "test_revealed": _test_revealed,
    "edited": _edited,
    "note": _note,
    "imported": _note,
}


def _summarise(connection: sqlite3.Connection, study_id: str) -> None:
    """Count the ended trials and find the best one; the earlier of equals wins.

    A trial that was pruned or skipped has the score of what it trained, and may be the best.
    """
    spec = json.loads(
        connection.execute("SELECT spec FROM studies WHERE id = ?", (study_id,)).fetchone()[0]
    )
    objective = OBJECTIVES.get(spec.get("objective", ""))
    order = "DESC" if objective is not None and objective.direction == "max" else "ASC"
    ended = connection.execute(
        "SELECT count(*) FROM trials WHERE study_id = ? AND status NOT IN (?, ?)",
        (study_id, TrialStatus.WAITING, TrialStatus.RUNNING),
    ).fetchone()[0]
    best = connection.execute(
        "SELECT number, score FROM trials WHERE study_id = ? AND status NOT IN (?, ?) "
        f"AND score IS NOT NULL ORDER BY score {order}, number LIMIT 1",
        (study_id, TrialStatus.WAITING, TrialStatus.RUNNING),
    ).fetchone()
    connection.execute(
        "UPDATE studies SET trials = ?, best_trial = ?, best_score = ? WHERE id = ?",
        (ended, best[0] if best else None, best[1] if best else None, study_id),
    )
