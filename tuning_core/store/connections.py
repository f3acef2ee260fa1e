"""Connections to the database file, each used by one thread at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock

from filelock import FileLock

from tuning_core.files import gone, whole
from tuning_core.store.schema import (
    MIGRATIONS,
    DamagedDatabaseError,
    NewerDatabaseError,
    check,
    migrate,
    version_of,
)

_BUSY_SECONDS = 10.0


class Connections:
    """Lends connections; kept ones are reused, so that short threads do not open new ones.

    With ``reading`` nothing is written, nor need there be room for it. Raises StoreError from
    every method.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        self.path = path
        self._address = str(path)
        self._idle: list[sqlite3.Connection] = []
        self._lock = Lock()
        self._closed = False
        if reading:
            self._address = self._readable()
        else:
            self._prepare()
        self._file = self._identity()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection whose queries all see the same moment."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection in one transaction: committed at the end, undone on an error."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close all idle connections; lent ones are closed when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._take()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._give_back(connection)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def _identity(self) -> tuple[int, int] | None:
        """What tells the file from another of its name; None when there is no file."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _take(self) -> sqlite3.Connection:
        # An open connection would go on with the removed file, a new one begin an empty one.
        if self._identity() != self._file:
            raise StoreError(gone(self.path.parent))
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._address,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            uri=self._address.startswith("file:"),
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        # With WAL a crash of the process loses nothing; after a power cut the journal refills it.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _readable(self) -> str:
        """The address under which the file can be read and is not written."""
        address = f"{self.path.absolute().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True)) as connection:
                version_of(connection)
            return address
        except sqlite3.Error as error:
            # SQLite wants a file beside it, for which there is no room. Without a log of writes
            # all is in the file itself.
            log = self.path.with_name(f"{self.path.name}-wal")
            if not self.path.exists() or (log.exists() and log.stat().st_size):
                raise explain(error, self.path) from error
            return f"{self.path.absolute().as_uri()}?immutable=1"

    def _prepare(self) -> None:
        try:
            # Changing to WAL does not honour the busy timeout when two processes start at once.
            with FileLock(f"{self.path}.lock", timeout=_BUSY_SECONDS):
                connection = self._open()
                try:
                    connection.execute("PRAGMA journal_mode = WAL")
                    check(connection)
                    self._keep_backup(connection)
                    migrate(connection)
                finally:
                    connection.close()
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        except DamagedDatabaseError as error:
            raise DamagedStoreError(f"{self.path} is damaged ({error}).") from error
        except NewerDatabaseError as error:
            raise StoreError(
                f"{self.path} was written by a newer Tunescape ({error}). "
                "Update this copy, or set TUNESCAPE_HOME to another folder."
            ) from error
        except OSError as error:
            raise StoreError(
                f"{self.path} cannot be opened: {error.strerror or error}. "
                "Set TUNESCAPE_HOME to a folder that can be written."
            ) from error

    def _keep_backup(self, connection: sqlite3.Connection) -> None:
        """Copy a file whose tables are about to change to ``<name>.version-N``."""
        version = version_of(connection)
        backup = self.path.with_name(f"{self.path.name}.version-{version}")
        if not 0 < version < len(MIGRATIONS) or backup.exists():
            return
        with whole(backup) as draft, closing(sqlite3.connect(draft)) as copy:
            connection.backup(copy)
            # A file that stands alone, whoever opens it.
            copy.execute("PRAGMA journal_mode = DELETE")


_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_ACCESS = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class StoreError(Exception):
    """The store cannot be read or written; ``str()`` is one sentence that says what to do."""


class DamagedStoreError(StoreError):
    """The database file is damaged; it can be set aside and made anew."""


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """Turn a database error on the file ``path`` into a sentence."""
    # The low byte is the kind; the rest tells apart cases that a user would treat alike.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DISK:
        text = (
            f"{path.parent} cannot take more data: the disk is full or failing. "
            "Free some space, then resume the study."
        )
    elif code in _ACCESS:
        text = (
            f"{path} cannot be written. Give this user write permission, "
            "or set TUNESCAPE_HOME to a folder that can be written."
        )
    elif code in _BROKEN:
        return DamagedStoreError(
            f"{path} is not a readable database. Start the server: it sets the file aside and "
            "makes a new one from the studies' own files."
        )
    elif code == sqlite3.SQLITE_BUSY:
        text = f"{path} has been locked by another process for too long. Try again."
    else:
        text = f"The store {path} answered: {error}."
    return StoreError(text)
