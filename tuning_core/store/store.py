"""The one place where studies are kept, counted and looked up."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from threading import Lock

from tuning_core.catalog import StudyStatus, TrialStatus
from tuning_core.catalog.objectives import EPOCH_METRICS
from tuning_core.journal.events import EventDict
from tuning_core.store.connections import Connections
from tuning_core.store.events import EventRecorder, revision
from tuning_core.store.readers import Readers
from tuning_core.store.rows import (
    EPOCH_COLUMNS,
    EXECUTION_COLUMNS,
    STUDY_COLUMNS,
    TRIAL_COLUMNS,
    Changes,
    EpochRow,
    ExecutionRow,
    HistoryRow,
    StudyRow,
    TrialRow,
    epoch_row,
    execution_row,
    history_row,
    study_row,
    trial_row,
)


class Store:
    """Studies in one SQLite file, shared by threads and processes.

    Every method raises StoreError, and KeyError for a study that does not exist where it
    returns a row of it. With ``reading`` it can only be read, also where nothing can be written.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        self.path = path
        self._connections = Connections(path, reading=reading)
        self.readers = Readers(self._connections)
        self._held: dict[str, tuple[StudyStatus, str]] = {}
        self._held_lock = Lock()

    def create_study(
        self, study_id: str, name: str, spec_json: str, created: float, owner: str = ""
    ) -> None:
        """Add a queued study without trials."""
        with self._connections.write() as connection:
            connection.execute(
                "INSERT INTO studies (id, name, spec, status, created, owner) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (study_id, name, spec_json, StudyStatus.QUEUED, created, owner),
            )

    def study(self, study_id: str) -> StudyRow | None:
        """The study, or None when there is none of that id."""
        with self._connections.read() as connection:
            row = connection.execute(
                f"SELECT {STUDY_COLUMNS} FROM studies WHERE id = ?", (study_id,)
            ).fetchone()
        return self._with_held(study_row(row)) if row else None

    def studies(self, *statuses: StudyStatus) -> list[StudyRow]:
        """All studies, or those with one of the statuses, newest first."""
        where = f"WHERE status IN ({', '.join('?' * len(statuses))})" if statuses else ""
        with self._connections.read() as connection:
            rows = connection.execute(
                f"SELECT {STUDY_COLUMNS} FROM studies {where} ORDER BY created DESC, rowid DESC",
                statuses,
            ).fetchall()
        return [self._with_held(study_row(row)) for row in rows]

    def apply(self, study_id: str, events: Iterable[EventDict]) -> None:
        """Record journal events, in order, in one transaction; those known are passed over.

        Raises KeyError when the study does not exist.
        """
        with self._connections.write() as connection:
            EventRecorder(connection, study_id).apply(_last_seq(connection, study_id), events)

    def rebuild(
        self, study_id: str, events: Iterable[EventDict], spec_json: str | None = None
    ) -> None:
        """Forget what is recorded of the study's trials and record these events instead.

        ``spec_json`` is the spec that it was launched with, which they may change again.
        """
        with self._connections.write() as connection:
            for table in ("trials", "executions", "epochs", "history"):
                connection.execute(f"DELETE FROM {table} WHERE study_id = ?", (study_id,))
            connection.execute(
                "UPDATE studies SET trials = 0, epochs = 0, best_trial = NULL, best_score = NULL, "
                "test = NULL, test_trial = NULL, started = NULL, seconds = 0, last_seq = 0 "
                "WHERE id = ?",
                (study_id,),
            )
            if spec_json is not None:
                connection.execute(
                    "UPDATE studies SET spec = ? WHERE id = ?", (spec_json, study_id)
                )
            EventRecorder(connection, study_id).apply(0, events)

    def last_seq(self, study_id: str) -> int:
        """Number of the last event recorded, 0 before the first."""
        with self._connections.read() as connection:
            return _last_seq(connection, study_id)

    def changes(
        self, study_id: str, after: int = 0, *, epochs_of: Collection[int] | None = None
    ) -> Changes:
        """Trials and epochs that changed after the cursor ``after``, oldest change first.

        0 gives everything, and the study itself is always there. ``epochs_of`` keeps to these
        trials' epochs: a large study has more than a page needs.
        """
        with self._connections.read() as connection:
            study = connection.execute(
                f"SELECT {STUDY_COLUMNS} FROM studies WHERE id = ?", (study_id,)
            ).fetchone()
            if study is None:
                raise KeyError(study_id)
            cursor = revision(connection, study_id)
            trials, epochs = [], []
            if cursor > after:
                trials = connection.execute(
                    f"SELECT {TRIAL_COLUMNS} FROM trials WHERE study_id = ? AND revision > ? "
                    "ORDER BY revision",
                    (study_id, after),
                ).fetchall()
            if cursor > after and (epochs_of is None or epochs_of):
                where, values = _among(epochs_of)
                epochs = connection.execute(
                    f"SELECT {EPOCH_COLUMNS} FROM epochs WHERE study_id = ? AND revision > ? "
                    f"{where} ORDER BY revision",
                    (study_id, after, *values),
                ).fetchall()
        return Changes(
            cursor=cursor,
            study=self._with_held(study_row(study)),
            trials=[trial_row(row) for row in trials],
            epochs=[epoch_row(row) for row in epochs],
        )

    def trials(self, study_id: str, *statuses: TrialStatus) -> list[TrialRow]:
        """The study's trials, or those with one of the statuses, by number."""
        where = f"AND status IN ({', '.join('?' * len(statuses))})" if statuses else ""
        with self._connections.read() as connection:
            rows = connection.execute(
                f"SELECT {TRIAL_COLUMNS} FROM trials WHERE study_id = ? {where} ORDER BY number",
                (study_id, *statuses),
            ).fetchall()
        return [trial_row(row) for row in rows]

    def suggested(self, study_id: str) -> dict[int, tuple[int, float]]:
        """The seed of each trial, and the seconds that its suggestion took."""
        with self._connections.read() as connection:
            rows = connection.execute(
                "SELECT number, seed, suggested_in FROM trials WHERE study_id = ?", (study_id,)
            ).fetchall()
        return {number: (seed or 0, seconds or 0.0) for number, seed, seconds in rows}

    def executions(self, study_id: str, trial: int | Collection[int]) -> list[ExecutionRow]:
        """The trainings of an ended trial, or of several, by trial and number."""
        where, values = _among([trial] if isinstance(trial, int) else trial)
        with self._connections.read() as connection:
            rows = connection.execute(
                f"SELECT {EXECUTION_COLUMNS} FROM executions WHERE study_id = ? {where} "
                "ORDER BY trial, execution",
                (study_id, *values),
            ).fetchall()
        return [execution_row(row) for row in rows]

    def epochs(self, study_id: str, trial: int | Collection[int] | None = None) -> list[EpochRow]:
        """The epochs of one trial, of several, or of all, by trial, execution and epoch."""
        where, values = _among([trial] if isinstance(trial, int) else trial)
        with self._connections.read() as connection:
            rows = connection.execute(
                f"SELECT {EPOCH_COLUMNS} FROM epochs WHERE study_id = ? {where} "
                "ORDER BY trial, execution, epoch",
                (study_id, *values),
            ).fetchall()
        return [epoch_row(row) for row in rows]

    def history(self, study_id: str) -> list[HistoryRow]:
        """What was done to the study, in order."""
        with self._connections.read() as connection:
            rows = connection.execute(
                "SELECT seq, time, kind, trial, details FROM history WHERE study_id = ? "
                "ORDER BY seq",
                (study_id,),
            ).fetchall()
        return [history_row(row) for row in rows]

    def metric_curves(
        self, study_id: str, trials: Collection[int], metric: str, every: int = 1
    ) -> dict[int, list[float]]:
        """One metric over the epochs of each trial's first execution.

        Every ``every``-th from the first, where it has a number.
        """
        column = metric if metric in EPOCH_METRICS else "json_extract(others, ?)"
        path = () if metric in EPOCH_METRICS else (f'$."{metric}"',)
        where, values = _among(trials)
        with self._connections.read() as connection:
            rows = connection.execute(
                f"SELECT trial, {column} AS value FROM epochs WHERE study_id = ? "
                f"AND execution = 1 {where} AND (epoch - 1) % ? = 0 AND value IS NOT NULL "
                "ORDER BY trial, epoch",
                (*path, study_id, *values, every),
            ).fetchall()
        curves: dict[int, list[float]] = {}
        for trial, value in rows:
            curves.setdefault(trial, []).append(value)
        return curves

    def set_status(
        self,
        study_id: str,
        status: StudyStatus,
        message: str = "",
        *,
        owner: str | None = None,
        idle: bool = False,
    ) -> None:
        """Change the study's status; of one that no longer runs, or is ``idle``, no trial runs.

        ``owner`` replaces the recorded one; by default an inactive study loses its owner.
        """
        ended = None if status.active else time.time()
        with self._connections.write() as connection:
            connection.execute(
                "UPDATE studies SET status = ?, message = ?, ended = ?, "
                "owner = CASE WHEN ? IS NOT NULL THEN ? WHEN ? THEN owner ELSE '' END "
                "WHERE id = ?",
                (status, message, ended, owner, owner, status.active, study_id),
            )
            if idle or not status.active:
                EventRecorder(connection, study_id).suspend_trials()
        with self._held_lock:
            self._held.pop(study_id, None)

    def hold_status(self, study_id: str, status: StudyStatus, message: str) -> None:
        """Show a status that no full disk takes, until another is written or this process ends."""
        with self._held_lock:
            self._held[study_id] = (status, message)

    def set_spec(self, study_id: str, spec_json: str) -> None:
        """Give the study another spec in effect."""
        with self._connections.write() as connection:
            connection.execute("UPDATE studies SET spec = ? WHERE id = ?", (spec_json, study_id))

    def imported(self) -> frozenset[str]:
        """Ids of the studies that came from a file."""
        with self._connections.read() as connection:
            rows = connection.execute("SELECT study_id FROM history WHERE kind = 'imported'")
            return frozenset(study_id for (study_id,) in rows)

    def rename(self, study_id: str, name: str) -> None:
        """Give the study another name."""
        with self._connections.write() as connection:
            connection.execute("UPDATE studies SET name = ? WHERE id = ?", (name, study_id))

    def delete(self, study_id: str) -> None:
        """Remove the study with its trials and epochs; its files are the caller's."""
        with self._connections.write() as connection:
            connection.execute("DELETE FROM studies WHERE id = ?", (study_id,))
        with self._held_lock:
            self._held.pop(study_id, None)

    def close(self) -> None:
        """Close the connections; the file stays complete without it."""
        self._connections.close()

    def _with_held(self, row: StudyRow) -> StudyRow:
        with self._held_lock:
            held = self._held.get(row.id)
        return replace(row, status=held[0], message=held[1]) if held else row


def _last_seq(connection: sqlite3.Connection, study_id: str) -> int:
    row = connection.execute("SELECT last_seq FROM studies WHERE id = ?", (study_id,)).fetchone()
    if row is None:
        raise KeyError(study_id)
    return int(row[0])


def _among(trials: Collection[int] | None) -> tuple[str, tuple[str, ...]]:
    """The condition that keeps to some trials, however many, and its value."""
    if trials is None:
        return "", ()
    return "AND trial IN (SELECT value FROM json_each(?))", (json.dumps([*map(int, trials)]),)
