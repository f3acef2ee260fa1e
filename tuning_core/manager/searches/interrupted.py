"""Studies that ran when a server ended: offered for resumption, or resumed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event

from tuning_core.catalog import StudyStatus
from tuning_core.home.errors import ManagerError
from tuning_core.home.home import Home
from tuning_core.manager.searches.recovery import NEVER_STARTED, SERVER_STOPPED, recover
from tuning_core.store import Store, StoreError, StudyRow

_LOOK_SECONDS = 2.0


class Leftovers:
    """Looks after the studies of processes that have died."""

    def __init__(self, home: Home, store: Store, resume: Callable[[str], None]) -> None:
        self._home = home
        self._store = store
        self._resume = resume

    def studies(self) -> list[StudyRow]:
        """Studies that ran or waited when the server ended and were not touched since, by age."""
        rows = self._store.studies(StudyStatus.INTERRUPTED)
        return [row for row in reversed(rows) if row.message in (SERVER_STOPPED, NEVER_STARTED)]

    def resume(self) -> None:
        """Go on with all of them, the oldest first.

        One that cannot go on keeps no other waiting. Raises the ManagerError of the first of
        these at the end.
        """
        refused: list[ManagerError] = []
        for row in self.studies():
            try:
                self._resume(row.id)
            except ManagerError as error:
                refused.append(error)
        if refused:
            raise refused[0]

    def leave(self) -> None:
        """Take them as stopped, so that nobody is asked again; each can still be resumed."""
        with self._home.changing():
            for row in self.studies():
                self._store.set_status(row.id, StudyStatus.STOPPED, "Stopped. Resume continues it.")

    def watch(self, closing: Event, *, resumes: bool) -> None:
        """Until ``closing``, settle studies whose processes died; ``resumes`` goes on with them."""
        while True:
            # A full disk is told where someone asked for something; here nobody did. Why a study
            # cannot go on is said to whoever resumes it.
            with suppress(StoreError, ManagerError, OSError):
                recover(self._store, self._home)
                if resumes:
                    self.resume()
            if closing.wait(_LOOK_SECONDS):
                return
