"""The database's tables and the steps that bring an older file up to date."""

from __future__ import annotations

import sqlite3

from tuning_core.catalog.objectives import EPOCH_METRICS

# A released step is never edited: a change of the tables is a new step at the end.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE studies (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            spec TEXT NOT NULL,
            status TEXT NOT NULL,
            message TEXT NOT NULL DEFAULT '',
            reason TEXT NOT NULL DEFAULT '',
            owner TEXT NOT NULL DEFAULT '',
            created REAL NOT NULL,
            started REAL,
            ended REAL,
            seconds REAL NOT NULL DEFAULT 0,
            run_started REAL,
            run_elapsed REAL NOT NULL DEFAULT 0,
            device TEXT NOT NULL DEFAULT '',
            versions TEXT NOT NULL DEFAULT '{}',
            data_rows TEXT NOT NULL DEFAULT '{}',
            trials INTEGER NOT NULL DEFAULT 0,
            epochs INTEGER NOT NULL DEFAULT 0,
            best_trial INTEGER,
            best_score REAL,
            test TEXT,
            test_trial INTEGER,
            last_seq INTEGER NOT NULL DEFAULT 0,
            revision INTEGER NOT NULL DEFAULT 0
        )""",
        """CREATE TABLE trials (
            study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            status TEXT NOT NULL,
            score REAL,
            config TEXT NOT NULL DEFAULT '{}',
            parent INTEGER,
            epochs INTEGER NOT NULL DEFAULT 0,
            target_epochs INTEGER NOT NULL DEFAULT 0,
            initial_epoch INTEGER NOT NULL DEFAULT 0,
            bracket INTEGER,
            round INTEGER,
            best_epoch INTEGER,
            best_execution INTEGER,
            started REAL,
            seconds REAL,
            suggested_in REAL,
            seed INTEGER,
            parameters INTEGER,
            message TEXT NOT NULL DEFAULT '',
            revision INTEGER NOT NULL,
            PRIMARY KEY (study_id, number)
        ) WITHOUT ROWID""",
        "CREATE INDEX trials_by_revision ON trials (study_id, revision)",
        "CREATE INDEX trials_by_score ON trials (study_id, status, score)",
        """CREATE TABLE executions (
            study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
            trial INTEGER NOT NULL,
            execution INTEGER NOT NULL,
            status TEXT NOT NULL,
            score REAL,
            best_epoch INTEGER,
            epochs INTEGER,
            PRIMARY KEY (study_id, trial, execution)
        ) WITHOUT ROWID""",
        """CREATE TABLE epochs (
            study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
            trial INTEGER NOT NULL,
            execution INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            seconds REAL,
            revision INTEGER NOT NULL,
            PRIMARY KEY (study_id, trial, execution, epoch)
        ) WITHOUT ROWID""",
        "CREATE INDEX epochs_by_revision ON epochs (study_id, revision)",
    ),
    (
        "ALTER TABLE trials ADD COLUMN added INTEGER NOT NULL DEFAULT 0",
        """CREATE TABLE history (
            study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            time REAL NOT NULL,
            kind TEXT NOT NULL,
            trial INTEGER NOT NULL,
            details TEXT NOT NULL,
            PRIMARY KEY (study_id, seq)
        ) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE readers (
            study_id TEXT PRIMARY KEY REFERENCES studies (id) ON DELETE CASCADE,
            reader TEXT NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX studies_by_reader ON readers (reader)",
    ),
    (
        "ALTER TABLE trials ADD COLUMN lane INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE trials ADD COLUMN node TEXT NOT NULL DEFAULT ''",
    ),
    # Metrics that the catalog has not, by name, as a JSON object.
    ("ALTER TABLE epochs ADD COLUMN others TEXT",),
)


class NewerDatabaseError(Exception):
    """The file was written by a later version, whose tables this one does not know."""


class DamagedDatabaseError(Exception):
    """The file contradicts itself; the text is what SQLite found first."""


def version_of(connection: sqlite3.Connection) -> int:
    """Version of the file's tables, 0 for a new file. Raises NewerDatabaseError."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise NewerDatabaseError(f"tables of version {version}, known up to {len(MIGRATIONS)}")
    return version


def check(connection: sqlite3.Connection) -> None:
    """Look through all pages of the file; raises DamagedDatabaseError, sqlite3.DatabaseError."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DamagedDatabaseError(str(found).splitlines()[0][:200])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the present tables in one transaction; a no-op when it is there.

    The caller keeps other processes out meanwhile. Raises NewerDatabaseError.
    """
    version = version_of(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in MIGRATIONS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        _add_metric_columns(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _add_metric_columns(connection: sqlite3.Connection) -> None:
    """Give a metric that the catalog has gained since the file was made its column."""
    present = {row[1] for row in connection.execute("PRAGMA table_info(epochs)")}
    for name in EPOCH_METRICS:
        if name not in present:
            connection.execute(f"ALTER TABLE epochs ADD COLUMN {name} REAL")
