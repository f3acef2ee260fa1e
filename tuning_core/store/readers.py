"""Whose study is whose: which reader launched, imported or cloned it."""

from __future__ import annotations

from tuning_core.store.connections import Connections


class Readers:
    """The readers of studies. A reader is a short text that names a browser or a login.

    A study of the command line has none. Methods raise StoreError.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def give(self, study_id: str, reader: str) -> None:
        """Make a study that of a reader; an empty text makes it nobody's."""
        with self._connections.write() as connection:
            if not reader:
                connection.execute("DELETE FROM readers WHERE study_id = ?", (study_id,))
                return
            connection.execute(
                "INSERT OR REPLACE INTO readers (study_id, reader) VALUES (?, ?)",
                (study_id, reader),
            )

    def of(self, study_id: str) -> str:
        """The reader of a study, "" when it has none."""
        with self._connections.read() as connection:
            row = connection.execute(
                "SELECT reader FROM readers WHERE study_id = ?", (study_id,)
            ).fetchone()
        return str(row[0]) if row else ""

    def studies(self, reader: str) -> frozenset[str]:
        """Ids of a reader's studies."""
        with self._connections.read() as connection:
            rows = connection.execute(
                "SELECT study_id FROM readers WHERE reader = ?", (reader,)
            ).fetchall()
        return frozenset(row[0] for row in rows)
