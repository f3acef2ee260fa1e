"""Bringing the store up to the journals after a process has died."""

from __future__ import annotations

from contextlib import suppress

from tuning_core.catalog import StudyStatus
from tuning_core.manager.errors import ManagerError
from tuning_core.manager.home import Home, StudyFiles
from tuning_core.manager.journal import read_events
from tuning_core.manager.owners import alive, holder, locked, own_token
from tuning_core.store import Store, StudyRow

SERVER_STOPPED = "The server stopped while this study ran. Resume continues it."
NEVER_STARTED = "The server stopped before this study started. Resume starts it."


def catch_up(store: Store, study_id: str, files: StudyFiles) -> None:
    """Record the journal's events that the store lacks. Raises StoreError, OSError."""
    events = read_events(files.journal)
    with suppress(KeyError):  # Of a study that was deleted meanwhile there is nothing to record.
        if events and events[-1]["seq"] > store.last_seq(study_id):
            store.apply(study_id, events)


def align(store: Store, study_id: str, files: StudyFiles) -> None:
    """Make the store equal to the journal, even where a power cut left the journal shorter.

    A worker numbers its next event after the journal's last one; were the store ahead, it would
    take new events for known ones. Raises StoreError, OSError.
    """
    events = read_events(files.journal)
    last = events[-1]["seq"] if events else 0
    recorded = store.last_seq(study_id)
    if last < recorded:
        spec = files.spec.read_text(encoding="utf-8") if files.spec.exists() else None
        store.rebuild(study_id, events, spec)
    elif last > recorded:
        store.apply(study_id, events)


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
    catch_up(store, row.id, home.study(row.id))
    now = store.study(row.id)
    if now is not None and now.status.active:
        queued = now.status is StudyStatus.QUEUED
        store.set_status(
            row.id, StudyStatus.INTERRUPTED, NEVER_STARTED if queued else SERVER_STOPPED
        )
