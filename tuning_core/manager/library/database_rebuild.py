"""Opening the store, and making it anew from the studies' own files when it is damaged or gone."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from tuning_core.catalog import StudyStatus
from tuning_core.home.home import Home, ManagerError
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.reading import read_events
from tuning_core.manager.searches.interrupted_studies import why_interrupted
from tuning_core.manager.searches.journal_catch_up import align
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec
from tuning_core.store import DamagedStoreError, Store, StoreError

_WRITTEN_OUT = {"dataset", "model", "strategy", "objective", "budget"}
"""Parts that every spec has once its defaults are written out."""

_WITH_DATABASE = ("", "-wal", "-shm")


@dataclass(frozen=True)
class DatabaseRebuild:
    """A database that was made anew: ``studies`` came back, ``lost`` folders could not be read.

    ``aside`` is where the damaged file is kept, None when there was no file.
    """

    studies: int
    lost: tuple[str, ...]
    aside: Path | None

    def __str__(self) -> str:
        found = "1 study" if self.studies == 1 else f"{self.studies:,} studies"
        why = (
            "There was no database"
            if self.aside is None
            else f"The database was damaged and is kept as {self.aside.name}"
        )
        gone = f" Not readable: {', '.join(self.lost)}." if self.lost else ""
        return f"{why}; a new one was made, with {found} from the journals.{gone}"


def open_store(home: Home, *, server: bool) -> tuple[Store, DatabaseRebuild | None]:
    """The store of a home, and what had to be done to have one.

    Only a server, or whoever finds none, sets a damaged file aside: another process may still
    write to it. Raises StoreError, OSError.
    """
    missing = not home.database.exists() and any(home.studies.iterdir())
    try:
        store, aside = Store(home.database), None
        _complete(store)
        if not missing:
            return store, None
    except DamagedStoreError:
        if not server and _served(home):
            raise
        aside = _set_aside(home.database)
        store = Store(home.database)
    return store, _refill(store, home, aside)


def _complete(store: Store) -> None:
    """Write out the specs that earlier versions took from a study file as they were."""
    for row in store.studies():
        if not row.spec.keys() >= _WRITTEN_OUT:
            with suppress(SpecError, ValueError):  # Its row says that it cannot be read.
                store.set_spec(row.id, parse_spec(row.spec, local_files=True).to_json())


def _served(home: Home) -> bool:
    """Whether a server uses the home."""
    lock = FileLock(home.server_lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _set_aside(database: Path) -> Path:
    aside = database.with_name(f"{database.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for part in _WITH_DATABASE:
        path = database.with_name(database.name + part)
        if path.exists():
            path.rename(aside.with_name(aside.name + part))
    return aside


def _refill(store: Store, home: Home, aside: Path | None) -> DatabaseRebuild:
    """Take every study's folder into an empty store."""
    found, lost = 0, []
    for folder in sorted(home.studies.iterdir(), key=lambda path: path.stat().st_mtime):
        if not any(folder.glob("*")):
            continue  # Its launch was cut short.
        try:
            _take_in(store, folder.name, home.study(folder.name))
            found += 1
        except ManagerError:
            continue  # Not the folder of a study.
        except (SpecError, OSError, ValueError, KeyError, TypeError):
            lost.append(folder.name)
    return DatabaseRebuild(found, tuple(lost), aside)


def _take_in(store: Store, study_id: str, files: StudyFiles) -> None:
    document = files.spec.read_text(encoding="utf-8")
    spec = parse_spec(document, local_files=True)
    events = read_events(files.journal)
    created = events[0]["time"] if events else files.spec.stat().st_mtime
    name = files.name.read_text(encoding="utf-8") if files.name.exists() else spec.name
    store.create_study(study_id, name, document, float(created))
    try:
        align(store, study_id, files)
    except (StoreError, KeyError, TypeError, ValueError):
        store.delete(study_id)
        raise
    if files.reader.exists():
        store.readers.give(study_id, files.reader.read_text(encoding="utf-8"))
    row = store.study(study_id)
    if row is not None and row.status.active:
        store.set_status(study_id, StudyStatus.INTERRUPTED, why_interrupted(row))
