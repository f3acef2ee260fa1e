"""Studies that ran when a server ended: offered for resumption, or resumed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from threading import Event

from tuning_core.catalog import StudyStatus
from tuning_core.home.home import Home, ManagerError
from tuning_core.home.locks import alive, holder, locked, own_token
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.searches.journal_catch_up import catch_up
from tuning_core.store import Store, StoreError, StudyRow

_LOOK_SECONDS = 2.0

SERVER_STOPPED = "The server stopped while this study ran. Resume continues it."
NEVER_STARTED = "The server stopped before this study started. Resume starts it."


class InterruptedStudies:
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


def recover(store: Store, home: Home) -> None:
    """Settle studies that are marked active although the process that ran them is gone.

    Raises StoreError, ManagerError, OSError.
    """
    with home.changing():
        for row in store.studies(StudyStatus.RUNNING, StudyStatus.QUEUED):
            if alive(row.owner):
                continue
            files = home.study(row.id)
            if locked(files):
                # Its worker has lost its server and is about to end; the next look settles it.
                message = f"This study is running in {holder(files)}."
                if row.message != message:
                    store.set_status(row.id, row.status, message)
                continue
            settle(store, home, row)


def refuse_elsewhere(row: StudyRow, files: StudyFiles) -> None:
    """Raises ManagerError for a study that another process runs or queues."""
    if row.status.active and row.owner != own_token() and alive(row.owner):
        raise ManagerError(
            f"This study is running in {holder(files, row.owner)}. It can be stopped there."
        )


def settled(store: Store, home: Home, row: StudyRow) -> StudyRow:
    """A study that nobody runs, once it is no longer taken for active."""
    if row.status.active:
        settle(store, home, row)
    return store.study(row.id) or row


def settle(store: Store, home: Home, row: StudyRow) -> None:
    """Mark an active study that nobody runs as interrupted, unless its journal says more."""
    files = home.study(row.id)
    shutil.rmtree(files.rows, ignore_errors=True)  # Whoever goes on with it writes them anew.
    catch_up(store, row.id, files)
    now = store.study(row.id)
    if now is not None and now.status.active:
        queued = now.status is StudyStatus.QUEUED
        store.set_status(
            row.id, StudyStatus.INTERRUPTED, NEVER_STARTED if queued else SERVER_STOPPED
        )
