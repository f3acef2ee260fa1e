"""Whose study is whose: which user launched, imported or cloned it."""

from __future__ import annotations

from tuning_core.store.connections import Connections


class Readers:
    """The users of studies. A user is a short text that names a browser or a login.

    A study of the command line has none. Methods raise StoreError.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def give(self, study_id: str, user: str) -> None:
        """Make a study that of a user; an empty text makes it nobody's."""
        with self._connections.write() as connection:
            if not user:
                connection.execute("DELETE FROM readers WHERE study_id = ?", (study_id,))
                return
            connection.execute(
                "INSERT OR REPLACE INTO readers (study_id, reader) VALUES (?, ?)",
                (study_id, user),
            )

    def of(self, study_id: str) -> str:
        """The user of a study, "" when it has none."""
        with self._connections.read() as connection:
            row = connection.execute(
                "SELECT reader FROM readers WHERE study_id = ?", (study_id,)
            ).fetchone()
        return str(row[0]) if row else ""

    def studies(self, user: str) -> frozenset[str]:
        """Ids of a user's studies."""
        with self._connections.read() as connection:
            rows = connection.execute(
                "SELECT study_id FROM readers WHERE reader = ?", (user,)
            ).fetchall()
        return frozenset(row[0] for row in rows)

    def on_data(self, dataset_id: str) -> list[tuple[str, str]]:
        """Id and user of each study of a dataset that is some user's."""
        with self._connections.read() as connection:
            rows = connection.execute(
                "SELECT id, reader FROM studies JOIN readers ON study_id = id "
                "WHERE json_extract(spec, '$.dataset.id') = ?",
                (dataset_id,),
            ).fetchall()
        return [(row[0], row[1]) for row in rows]

    def nobodys(self) -> frozenset[str]:
        """Ids of the studies that no user made."""
        with self._connections.read() as connection:
            rows = connection.execute(
                "SELECT id FROM studies WHERE id NOT IN (SELECT study_id FROM readers)"
            ).fetchall()
        return frozenset(row[0] for row in rows)
