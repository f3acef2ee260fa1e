"""How each kind of journal event changes the tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tuning_core.catalog import StudyStatus, TrialStatus
from tuning_core.catalog.objectives import EPOCH_METRICS, objective_of
from tuning_core.journal.events import (
    EVENTS,
    Edited,
    Epoch,
    EventDict,
    Imported,
    JournalEvent,
    Note,
    StudyEnded,
    StudyStarted,
    TestRevealed,
    TrialEnded,
    TrialStarted,
)
from tuning_core.store.rows import finite


def revision(connection: sqlite3.Connection, study_id: str) -> int:
    """Number of the study's last change; rows carry that of their own last change.

    Raises KeyError when the study does not exist.
    """
    row = connection.execute("SELECT revision FROM studies WHERE id = ?", (study_id,)).fetchone()
    if row is None:
        raise KeyError(study_id)
    return int(row[0])


class EventRecorder:
    """Writes events of one study into the tables, inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, study_id: str) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany
        self._id = study_id
        self._revision = revision(connection, study_id)

    def apply(self, last_seq: int, events: Iterable[EventDict]) -> None:
        """Apply the events after ``last_seq``, in order."""
        ended, time = False, None
        epochs: list[tuple[EventDict, int]] = []
        for event in events:
            seq = event.get("seq")
            if not isinstance(seq, int) or seq <= last_seq:
                continue
            last_seq = seq
            self._revision += 1
            time = event.get("time", time)
            model = EVENTS.get(str(event.get("kind")))
            if model is Epoch:
                epochs.append((event, self._revision))
                if len(epochs) < _AT_ONCE:
                    continue
            self._record_epochs(epochs)
            epochs.clear()
            if model is None:
                continue  # A kind that a later worker has invented: the journal keeps it.
            if model.remembered is not None:
                self._remember(event, model.remembered)
            if model in CHANGES:
                CHANGES[model](self, event)
            ended = ended or model is TrialEnded
        self._record_epochs(epochs)
        self._execute(
            "UPDATE studies SET last_seq = ?, revision = ?, seconds = CASE WHEN status = ? "
            "AND run_started IS NOT NULL AND ? IS NOT NULL "
            "THEN run_elapsed + max(0, ? - run_started) ELSE seconds END WHERE id = ?",
            (last_seq, self._revision, StudyStatus.RUNNING, time, time, self._id),
        )
        if ended:
            self._summarise()

    def suspend_trials(self) -> None:
        """Make running trials wait: nothing trains them until the study is resumed."""
        self._revision += 1
        if self._suspend_trials():
            self._set(revision=self._revision)

    def _suspend_trials(self) -> int:
        return self._execute(
            "UPDATE trials SET status = ?, revision = ? WHERE study_id = ? AND status = ?",
            (TrialStatus.WAITING, self._revision, self._id, TrialStatus.RUNNING),
        ).rowcount

    def _set(self, **columns: Any) -> None:
        """Give columns of the study these values."""
        names = ", ".join(f"{name} = ?" for name in columns)
        self._execute(f"UPDATE studies SET {names} WHERE id = ?", (*columns.values(), self._id))

    def _study_started(self, event: EventDict) -> None:
        time = event.get("time")
        self._execute(
            "UPDATE studies SET started = coalesce(started, ?) WHERE id = ?", (time, self._id)
        )
        self._set(
            status=StudyStatus.RUNNING,
            message="",
            reason="",
            device=event.get("device") or "",
            versions=json.dumps(event.get("versions") or {}),
            data_rows=json.dumps(event.get("rows") or {}),
            ended=None,
            run_started=time,
            run_elapsed=finite(event.get("elapsed")) or 0.0,
        )

    def _trial_started(self, event: EventDict) -> None:
        self._execute(
            "INSERT INTO trials (study_id, number, status, config, parent, target_epochs, "
            "initial_epoch, bracket, round, started, suggested_in, seed, added, lane, node, "
            "revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (study_id, number) DO UPDATE SET status = excluded.status, "
            "config = excluded.config, parent = excluded.parent, "
            "target_epochs = excluded.target_epochs, initial_epoch = excluded.initial_epoch, "
            "bracket = excluded.bracket, round = excluded.round, seed = excluded.seed, "
            "lane = excluded.lane, node = excluded.node, revision = excluded.revision",
            (
                self._id,
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
                event.get("lane") or 0,
                event.get("node") or "",
                self._revision,
            ),
        )

    def _record_epochs(self, events: list[tuple[EventDict, int]]) -> None:
        """Record epochs, each with the number of its change."""
        if not events:
            return
        values: dict[tuple[str, int, int, int], tuple[Any, ...]] = {}
        latest: dict[int, tuple[int, int]] = {}
        for event, number in events:
            reported = event.get("metrics") or {}
            metrics = [_others(reported), *(finite(reported.get(n)) for n in EPOCH_METRICS)]
            trial, epoch = event["trial"], event["epoch"]
            key = (self._id, trial, event["execution"], epoch)
            values[key] = (finite(event.get("seconds")), number, *metrics)
            latest[trial] = (max(epoch, latest.get(trial, (0, 0))[0]), number)
        added = self._execute_many(
            _EPOCH_INSERT, [(*key, *value) for key, value in values.items()]
        ).rowcount
        if added < len(values):
            # A resumed trial reports again what came after its checkpoint.
            self._execute_many(_EPOCH_UPDATE, [(*value, *key) for key, value in values.items()])
        self._execute_many(
            "UPDATE trials SET epochs = max(epochs, ? - initial_epoch), revision = ? "
            "WHERE study_id = ? AND number = ?",
            [(epoch, number, self._id, trial) for trial, (epoch, number) in latest.items()],
        )
        self._execute("UPDATE studies SET epochs = epochs + ? WHERE id = ?", (added, self._id))

    def _trial_ended(self, event: EventDict) -> None:
        self._execute(
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
                self._revision,
                self._id,
                event["trial"],
            ),
        )
        self._execute_many(
            "INSERT OR REPLACE INTO executions "
            "(study_id, trial, execution, status, score, best_epoch, epochs) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    self._id,
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

    def _study_ended(self, event: EventDict) -> None:
        seconds = finite(event.get("seconds"))
        self._set(
            status=StudyStatus(event["status"]),
            reason=event.get("reason") or "",
            message=event.get("message") or "",
            ended=event.get("time"),
            owner="",
            **({} if seconds is None else {"seconds": seconds}),
        )
        self._suspend_trials()

    def _test_revealed(self, event: EventDict) -> None:
        metrics = {name: finite(value) for name, value in (event.get("metrics") or {}).items()}
        self._set(test=json.dumps(metrics), test_trial=event.get("trial"))

    def _edited(self, event: EventDict) -> None:
        if isinstance(event.get("spec"), dict):
            self._set(spec=json.dumps(event["spec"]))

    def _note(self, event: EventDict) -> None:
        self._set(message=event.get("message") or "")

    def _remember(self, event: EventDict, fields: Iterable[str]) -> None:
        """Add these fields of an event to the study's history."""
        document = json.dumps({name: event[name] for name in fields if name in event})
        begun = self._execute(
            "SELECT coalesce(max(number), 0) FROM trials WHERE study_id = ?", (self._id,)
        ).fetchone()[0]
        self._execute(
            "INSERT OR REPLACE INTO history (study_id, seq, time, kind, trial, details) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (self._id, event["seq"], event.get("time") or 0.0, event["kind"], begun, document),
        )

    def _summarise(self) -> None:
        """Count the ended trials and find the best one; the earlier of equals wins.

        One that was pruned or skipped may be the best, but not where another tool recorded it.
        """
        spec = json.loads(
            self._execute("SELECT spec FROM studies WHERE id = ?", (self._id,)).fetchone()[0]
        )
        order = "DESC" if objective_of(spec).direction == "max" else "ASC"
        ended = self._execute(
            f"SELECT count(*) FROM trials WHERE study_id = ? AND {_ENDED}", (self._id,)
        ).fetchone()[0]
        ranked = f"status = '{TrialStatus.COMPLETED}'" if spec.get("source") else _ENDED
        best = self._execute(
            f"SELECT number, score FROM trials WHERE study_id = ? AND {ranked} "
            f"AND score IS NOT NULL ORDER BY score {order}, number LIMIT 1",
            (self._id,),
        ).fetchone()
        number, score = best or (None, None)
        self._set(trials=ended, best_trial=number, best_score=score)


def _others(reported: Mapping[str, Any]) -> str | None:
    """Metrics that have no column of their own, as a JSON object; None where there are none."""
    found = {n: value for n, value in reported.items() if n not in _COLUMNS}
    others = {n: value for n, value in found.items() if finite(value) is not None}
    return json.dumps(others, ensure_ascii=False) if others else None


_COLUMNS = frozenset(EPOCH_METRICS)
_ENDED = f"status NOT IN ('{TrialStatus.WAITING}', '{TrialStatus.RUNNING}')"
_AT_ONCE = 1_000
"""Epochs that are recorded by one statement."""

_EPOCH_INSERT = (
    f"INSERT INTO epochs (study_id, trial, execution, epoch, seconds, revision, others, "
    f"{', '.join(EPOCH_METRICS)}) VALUES ({', '.join('?' * (7 + len(EPOCH_METRICS)))}) "
    "ON CONFLICT DO NOTHING"
)
_EPOCH_UPDATE = (
    f"UPDATE epochs SET seconds = ?, revision = ?, others = ?, "
    f"{' = ?, '.join(EPOCH_METRICS)} = ? "
    "WHERE study_id = ? AND trial = ? AND execution = ? AND epoch = ?"
)

CHANGES: dict[type[JournalEvent], Callable[[EventRecorder, EventDict], None]] = {
    StudyStarted: EventRecorder._study_started,
    TrialStarted: EventRecorder._trial_started,
    TrialEnded: EventRecorder._trial_ended,
    StudyEnded: EventRecorder._study_ended,
    TestRevealed: EventRecorder._test_revealed,
    Edited: EventRecorder._edited,
    Note: EventRecorder._note,
    Imported: EventRecorder._note,
}
"""What an event changes beside the history; epochs are recorded many at a time."""
