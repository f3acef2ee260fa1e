"""Optuna's storages in an SQLite file, of versions 1.3 to 5, read by our own queries as data.

Schemas: direction and value were columns of studies and trials, and what was reported lay in
``trial_values``, until version 2.4. Times are UTC from version 5 on, before of that machine.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuning_core.study_import.optuna_study import (
    OptunaStudy,
    OptunaTrial,
    chosen_study,
    search_of,
)
from tuning_core.study_import.reader import (
    MOST_POINTS,
    MOST_TRIALS,
    ReadOptions,
    RunsReader,
    number_or_none,
    parsed,
)
from tuning_core.study_import.run_files import RunFiles, RunsError
from tuning_core.study_import.runs import RecordedSearch

_MAGIC = b"SQLite format 3\0"
_LONGEST_VALUE = 4_000_000
"""Bytes of one value of a row."""

_SCHEMA = 12
"""The version that Optuna writes into every storage since 1.3."""

_UTC_SINCE = 5
_TABLES = {
    "version_info": {"schema_version", "library_version"},
    "studies": {"study_id", "study_name"},
    "trials": {"trial_id", "number", "study_id", "state", "datetime_start", "datetime_complete"},
    "trial_params": {"trial_id", "param_name", "param_value", "distribution_json"},
    "trial_values": {"trial_id", "value"},
}
_SPECIAL = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}


def _recognises(files: RunFiles) -> bool:
    return bool(files.single) and files.start(files.single, len(_MAGIC)) == _MAGIC


def _read(files: RunFiles, options: ReadOptions) -> RecordedSearch:
    with files.on_disk(files.single) as path:
        try:
            with _connected(path) as connection:
                return search_of(_Storage(connection).study(options), options)
        except sqlite3.Error as error:
            raise RunsError(
                f"The database is damaged or no storage of Optuna ({str(error)[:80]})."
            ) from None


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that neither writes nor runs what the file itself defines."""
    log = path.with_name(f"{path.name}-wal")
    if log.is_file() and log.stat().st_size:
        raise RunsError(
            f"The storage's last changes are not in it but in {log.name}: end what searches in it, "
            "open it with Optuna once, and try again."
        )
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        for setting in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
            connection.execute(f"PRAGMA {setting}")
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found is None or found[0] != "ok":
            raise RunsError("The database is damaged: Optuna could not open it either.")
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        yield connection


class _Storage:
    """What is in a storage. Raises RunsError, and sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._columns = {name: self._columns_of(name) for name in self._tables()}
        for table, needed in _TABLES.items():
            missing = needed - self._columns.get(table, set())
            if missing:
                raise RunsError(
                    f"The database is no storage of Optuna: it has no {table}.{min(missing)}."
                    if table in self._columns
                    else f"The database is no storage of Optuna: it has no table {table}."
                )
        row = self._execute("SELECT schema_version, library_version FROM version_info").fetchone()
        if row is None or row[0] != _SCHEMA:
            raise RunsError(
                "The storage has another schema than those of Optuna 1.3 to 5: upgrade it with "
                "`optuna storage upgrade`, or export it with the Optuna that wrote it."
            )
        first = str(row[1]).partition(".")[0]
        self._utc = first.isdigit() and int(first) >= _UTC_SINCE

    def study(self, options: ReadOptions) -> OptunaStudy:
        """The chosen study, whole."""
        rows = self._execute("SELECT study_name, study_id FROM studies ORDER BY study_id")
        ids = {str(name): id for name, id in rows.fetchmany(MOST_TRIALS)}
        name = chosen_study(list(ids), options)
        study = OptunaStudy(name)
        self._id = ids[name]
        self._read_study(study)
        trials = self._read_trials()
        study.trials = list(trials.values())
        self._read_params(trials)
        self._read_values(trials)
        for trial_id, key, content in self._attributes("trial_user_attributes"):
            if trial_id in trials:
                trials[trial_id].user[str(key)] = _attribute(content)
        study.traces |= {str(key) for _, key, _ in self._attributes("trial_system_attributes")}
        return study

    def _tables(self) -> Iterator[str]:
        """The plain tables: a view, or a virtual table, is no part of a storage."""
        rows = self._execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        for name, made in rows.fetchmany(1_000):
            if isinstance(made, str) and made.lstrip().upper().startswith("CREATE TABLE"):
                yield str(name)

    def _columns_of(self, table: str) -> set[str]:
        rows = self._execute("SELECT name FROM pragma_table_info(?)", (table,))
        return {str(name) for (name,) in rows.fetchmany(1_000)}

    def _has(self, table: str, *columns: str) -> bool:
        return set(columns) <= self._columns.get(table, set())

    def _read_study(self, study: OptunaStudy) -> None:
        if self._has("study_directions", "study_id", "objective", "direction"):
            rows = self._execute(
                "SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective",
                (self._id,),
            )
            study.directions = [str(direction) for (direction,) in rows.fetchmany(100)]
        elif self._has("studies", "direction"):
            rows = self._execute("SELECT direction FROM studies WHERE study_id = ?", (self._id,))
            study.directions = [str(direction) for (direction,) in rows]
        for kind, target in (("user", study.user), ("system", study.system)):
            table = f"study_{kind}_attributes"
            if self._has(table, "study_id", "key", "value_json"):
                rows = self._execute(
                    f"SELECT key, value_json FROM {table} WHERE study_id = ?", (self._id,)
                )
                target |= {str(key): _attribute(content) for key, content in rows.fetchmany(1_000)}
        study.traces |= set(study.system)

    def _read_trials(self) -> dict[int, OptunaTrial]:
        old = self._old_values
        rows = self._execute(
            f"SELECT trial_id, state, datetime_start, datetime_complete, "
            f"{'value' if old else 'NULL'} FROM trials WHERE study_id = ? "
            "ORDER BY number, trial_id",
            (self._id,),
        )
        found = {}
        for trial_id, state, start, complete, value in rows.fetchmany(MOST_TRIALS + 1):
            trial = OptunaTrial(str(state), started=self._time(start), ended=self._time(complete))
            if (known := number_or_none(value)) is not None:
                trial.values[0] = known
            found[trial_id] = trial
        if len(found) > MOST_TRIALS:
            raise RunsError(f"The study has more than {MOST_TRIALS:,} trials: too many to take in.")
        return found

    @property
    def _old_values(self) -> bool:
        """Whether the storage is one of before version 2.4."""
        return self._has("trials", "value") and not self._has("trial_values", "objective")

    def _read_params(self, trials: dict[int, OptunaTrial]) -> None:
        rows = self._of_trials("trial_params", "param_name, param_value, distribution_json")
        for trial_id, name, value, distribution in rows:
            internal = number_or_none(value)
            if internal is not None and isinstance(distribution, str):
                trials[trial_id].params[str(name)] = (internal, distribution)

    def _read_values(self, trials: dict[int, OptunaTrial]) -> None:
        if self._old_values:
            for trial_id, step, value in self._of_trials("trial_values", "step, value"):
                if isinstance(step, int) and (known := number_or_none(value)) is not None:
                    trials[trial_id].intermediate[step] = known
            return
        kind = "value_type" if self._has("trial_values", "value_type") else "NULL"
        for trial_id, place, value, special in self._of_trials(
            "trial_values", f"objective, value, {kind}"
        ):
            if isinstance(place, int) and (known := _number(value, special)) is not None:
                trials[trial_id].values[place] = known
        table = "trial_intermediate_values"
        if not self._has(table, "trial_id", "step", "intermediate_value"):
            return
        kind = "intermediate_value_type"
        kind = kind if self._has(table, kind) else "NULL"
        for trial_id, step, value, special in self._of_trials(
            table, f"step, intermediate_value, {kind}"
        ):
            if isinstance(step, int) and (known := _number(value, special)) is not None:
                trials[trial_id].intermediate[step] = known

    def _of_trials(self, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a table that belong to trials of the study."""
        rows = self._execute(
            f"SELECT trial_id, {columns} FROM {table} WHERE trial_id IN "
            "(SELECT trial_id FROM trials WHERE study_id = ?) LIMIT ?",
            (self._id, 10 * MOST_POINTS),
        )
        yield from rows

    def _attributes(self, table: str) -> Iterator[tuple[Any, ...]]:
        if self._has(table, "trial_id", "key", "value_json"):
            yield from self._of_trials(table, "key, value_json")

    def _time(self, content: Any) -> float | None:
        try:
            moment = datetime.fromisoformat(content)
            return (moment.replace(tzinfo=UTC) if self._utc else moment).timestamp()
        except (TypeError, ValueError, OverflowError, OSError):
            return None


def _number(value: Any, special: Any) -> float | None:
    return _SPECIAL.get(str(special)) if special in _SPECIAL else number_or_none(value)


def _attribute(content: Any) -> Any:
    """An attribute's value; None for one that is no JSON."""
    try:
        return parsed(content, "") if isinstance(content, str) else None
    except RunsError:
        return None


READER = RunsReader("optuna", "Optuna storage", _recognises, _read)
