"""Ending or pausing a study, whether it runs, waits, or is only taken for one that does."""

from __future__ import annotations

from tuning_core.catalog import StudyStatus
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.searches.interrupted_studies import refuse_elsewhere, settled
from tuning_core.manager.searches.queue import StudyQueue
from tuning_core.store import Store, StoreError, StudyRow

_WAITED = {
    StudyStatus.STOPPED: "Stopped before it started. Resume starts it.",
    StudyStatus.PAUSED: "Paused before it started. Resume starts it.",
}


def halt(home: Home, store: Store, queue: StudyQueue, row: StudyRow, status: StudyStatus) -> None:
    """Give a study ``status``, stopped or paused, at once or once its epoch has ended.

    The caller holds the lock of the home. Raises ManagerError for one that runs elsewhere.
    """
    run = queue.run_of(row.id)
    if run is not None:
        run.stop(status)
    elif queue.remove(row.id):
        _set_status(store, row.id, status)
    elif row.status.active:
        refuse_elsewhere(row, home.study(row.id))
        if settled(store, home, row).status is StudyStatus.INTERRUPTED:
            _set_status(store, row.id, status)


def _set_status(store: Store, study_id: str, status: StudyStatus) -> None:
    try:
        store.set_status(study_id, status, _WAITED[status])
    except StoreError:
        # It waits no longer, whether a full disk takes that or not.
        store.hold_status(study_id, status, _WAITED[status])


def skip(home: Home, queue: StudyQueue, row: StudyRow, trial: int) -> None:
    """End a running trial, 0 being the one that has run longest; the search goes on.

    Raises ManagerError where none runs here.
    """
    run = queue.run_of(row.id)
    if run is None:
        refuse_elsewhere(row, home.study(row.id))
        raise ManagerError(f"Study {row.id} is {row.status}: no trial to skip.")
    run.skip(trial)
