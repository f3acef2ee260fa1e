"""Studies that ran when a server ended: offered for resumption, or resumed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event

from tuning_core.catalog import StudyStatus
from tuning_core.home.home import Home, ManagerError, no_study
from tuning_core.home.locks import alive, holder, locked, own_token
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.searches.journal_catch_up import catch_up
from tuning_core.spec.model import Ability, abilities_of
from tuning_core.store import Store, StoreError, StudyRow

_LOOK_SECONDS, _LOCK_SECONDS = 2.0, 3.0

SERVER_STOPPED = "The server stopped while this study ran. Resume continues it."
NEVER_STARTED = "The server stopped before this study started. Resume starts it."
SCRIPT_ENDED = "The script that searches ended before its search did. Run it again to go on."


class InterruptedStudies:
    """Looks after the studies of processes that have died."""

    def __init__(
        self, home: Home, store: Store, access: Access, resume: Callable[[str], None]
    ) -> None:
        self._home = home
        self._store = store
        self._access = access
        self._resume = resume

    def studies(self, *, by: Person = OPERATOR) -> list[StudyRow]:
        """Studies that ran or waited when the server ended and were not touched since, by age.

        Those that are ``by`` somebody to change.
        """
        rows = self._store.studies(StudyStatus.INTERRUPTED)
        theirs = self._access.changeable(by)
        return [
            row
            for row in reversed(rows)
            if row.message in (SERVER_STOPPED, NEVER_STARTED)
            and Ability.TRAIN in abilities_of(row.spec)
            and (theirs is None or row.id in theirs)
        ]

    def resume(self, *, by: Person = OPERATOR) -> None:
        """Go on with all that are theirs, the oldest first.

        One that cannot go on keeps no other waiting. Raises the ManagerError of the first of
        these at the end.
        """
        refused: list[ManagerError] = []
        for row in self.studies(by=by):
            try:
                self._resume(row.id)
            except ManagerError as error:
                refused.append(error)
        if refused:
            raise refused[0]

    def leave(self, *, by: Person = OPERATOR) -> None:
        """Take them as stopped, so that nobody is asked again; each can still be resumed."""
        with self._home.changing():
            for row in self.studies(by=by):
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


@contextmanager
def idle(
    home: Home, store: Store, queued: Callable[[str], bool], study_id: str
) -> Iterator[tuple[StudyRow, StudyFiles]]:
    """The study, which no process runs or queues, nor can begin to while this lasts.

    ``queued`` says whether it runs or waits here. Raises ManagerError.
    """
    files = home.study(study_id)
    limit = time.monotonic() + _LOCK_SECONDS
    while True:
        with home.changing():
            row = store.study(study_id)
            if row is None:
                raise no_study(study_id, home.path)
            if queued(study_id):
                raise ManagerError(f"Study {study_id} is {row.status}. Stop it first.")
            refuse_elsewhere(row, files)
            if not locked(files):
                yield settled(store, home, row), files
                return
        # A worker that has just ended a study holds its lock for a moment longer.
        if time.monotonic() > limit:
            raise ManagerError(f"This study is running in {holder(files)}.")
        time.sleep(0.05)


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
        store.set_status(row.id, StudyStatus.INTERRUPTED, why_interrupted(now))


def why_interrupted(row: StudyRow) -> str:
    """What to say of an active study that nobody runs, and whether anybody here can resume it."""
    if row.spec.get("source"):
        return SCRIPT_ENDED
    return NEVER_STARTED if row.status is StudyStatus.QUEUED else SERVER_STOPPED
