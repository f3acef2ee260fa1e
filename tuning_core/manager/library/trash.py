"""Deleted studies, which can come back for a while."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from pydantic import TypeAdapter, ValidationError

from tuning_core.catalog import StudyStatus
from tuning_core.files import write_whole
from tuning_core.home.home import Home, ManagerError
from tuning_core.home.server_log import log_event
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.access import NOT_YOURS, OPERATOR, Person
from tuning_core.manager.searches.journal_catch_up import align
from tuning_core.store import Store, StoreError, StudyRow

KEEP_SECONDS = 600.0
"""How long a deleted study can come back."""

_NOTE = "deleted.json"


@dataclass(frozen=True)
class Deleted:
    """A study in the trash: what its files do not say. ``by`` is the user who deleted it."""

    id: str
    name: str
    spec: str
    status: StudyStatus
    message: str
    created: float
    reader: str
    by: str
    time: float


_DELETED = TypeAdapter(Deleted)


class Trash:
    """The deleted studies of a home. Methods raise ManagerError."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home = home
        self._store = store
        self._timer: Timer | None = None

    def put(self, row: StudyRow, spec: str, by: str = "") -> None:
        """Take a study that nobody runs out of the store, and its files out of the way."""
        folder, place = self._home.study(row.id).folder, self._home.trash / row.id
        reader = self._store.readers.of(row.id)
        note = Deleted(
            *(row.id, row.name, spec, row.status, row.message),
            *(row.created, reader, by, time.time()),
        )
        try:
            self._home.trash.mkdir(exist_ok=True)
            folder.mkdir(exist_ok=True)
            with suppress(OSError):
                # A full disk must not keep anyone from deleting; there is then no way back.
                write_whole(folder / _NOTE, _DELETED.dump_json(note).decode())
            folder.rename(place)
        except OSError as error:
            raise ManagerError(f"The study's files cannot be removed: {error}.") from error
        self._store.delete(row.id)
        log_event("study deleted", study=row.id, by=by)
        self._purge_later()

    def restorable(self, by: str | None = None) -> list[Deleted]:
        """The studies that can come back, the latest deletion first; those that ``by`` deleted."""
        self.purge()
        found = [note for note in map(_noted, self._home.trash.glob("*")) if note is not None]
        mine = [note for note in found if by is None or note.by == by]
        return sorted(mine, key=lambda note: note.time, reverse=True)

    def restore(self, study_id: str, *, by: Person = OPERATOR) -> None:
        """Undo the deletion of a study that one deleted, or whose it was."""
        files = self._home.study(study_id)
        place = self._home.trash / study_id
        with self._home.changing():
            note = _noted(place)
            if note is None or self._store.study(study_id) is not None:
                raise ManagerError(f"Study {study_id} is not in the trash any more.")
            if not by.teacher and by.user not in (note.by, note.reader):
                raise ManagerError(NOT_YOURS)
            try:
                place.rename(files.folder)
                self._record(note, files)
                (files.folder / _NOTE).unlink(missing_ok=True)
                log_event("deletion undone", study=study_id)
            except (OSError, StoreError) as error:
                self._store.delete(study_id)
                with suppress(OSError):
                    files.folder.rename(place)
                raise ManagerError(f"The study cannot be brought back: {error}") from error

    def purge(self, older: float = KEEP_SECONDS) -> None:
        """Remove for good what was deleted more than ``older`` seconds ago."""
        for place in list(self._home.trash.glob("*")):
            note = _noted(place)
            if note is not None and time.time() - note.time >= older:
                self._home.discard(place)

    def _record(self, note: Deleted, files: StudyFiles) -> None:
        self._store.create_study(note.id, note.name, note.spec, note.created)
        align(self._store, note.id, files)
        self._store.set_status(note.id, note.status, note.message)
        self._store.readers.give(note.id, note.reader)

    def _purge_later(self) -> None:
        if self._timer is None or not self._timer.is_alive():
            self._timer = Timer(KEEP_SECONDS + 1, self.purge)
            self._timer.daemon = True
            self._timer.start()


def _noted(place: Path) -> Deleted | None:
    """The note in a folder of the trash; None for what can only be removed."""
    try:
        return _DELETED.validate_json((place / _NOTE).read_bytes())
    except (OSError, ValidationError):
        return None
