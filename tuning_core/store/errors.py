"""What goes wrong with the database, in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

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
