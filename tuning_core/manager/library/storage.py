"""The disk: deleted studies, which can come back for a while, and what can be removed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from pydantic import TypeAdapter, ValidationError

from tuning_core.catalog import DATASETS, StudyStatus
from tuning_core.datasets.tables import forget_rows, kept_rows_folder
from tuning_core.datasets.uploads import uploaded_files
from tuning_core.files import write_whole
from tuning_core.home.home import Home, ManagerError
from tuning_core.home.locks import locked
from tuning_core.home.server_log import log_event
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.searches.journal_catch_up import align
from tuning_core.spec.dataset import UPLOAD
from tuning_core.store import Store, StoreError, StudyRow

YOUNG_SECONDS = 3_600.0
"""An upload is kept so long although no study uses it: someone may be about to launch one."""

BUNDLES, PREDICTIONS, CHECKPOINTS, SHARED_ROWS, KEPT_ROWS, UPLOADS, TRASH = (
    "bundles",
    "predictions",
    "checkpoints",
    "shared-rows",
    "kept-rows",
    "uploads",
    "trash",
)
DOWNLOAD = "download:"
"""Before the id of a dataset whose files were fetched."""

_OVER = (StudyStatus.FINISHED, StudyStatus.FAILED)

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

    def restore(self, study_id: str) -> None:
        """Undo the deletion of a study."""
        files = self._home.study(study_id)
        place = self._home.trash / study_id
        with self._home.changing():
            note = _noted(place)
            if note is None or self._store.study(study_id) is not None:
                raise ManagerError(f"Study {study_id} is not in the trash any more.")
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


@dataclass(frozen=True)
class Removable:
    """Files that can go: ``id`` is for ``Storage.remove``; ``count`` of them, ``size`` bytes."""

    id: str
    count: int
    size: int


@dataclass(frozen=True)
class Usage:
    """Bytes in all, by study, and of what can go."""

    total: int
    studies: dict[str, int]
    removable: tuple[Removable, ...]


class Storage:
    """The disk of a home. Methods raise ManagerError, and StoreError."""

    def __init__(self, home: Home, store: Store, trash: Trash) -> None:
        self._home = home
        self._store = store
        self._trash = trash

    def usage(self) -> Usage:
        """What is there now; reads the size of every file, a few microseconds each."""
        rows = self._store.studies()
        found = {name: list(paths) for name, paths in self._removable(rows).items()}
        removable = tuple(
            Removable(name, len(paths), sum(map(size_of, paths)))
            for name, paths in found.items()
            if paths
        )
        return Usage(
            total=size_of(self._home.path),
            studies={row.id: self.study(row.id) for row in rows},
            removable=removable,
        )

    def study(self, study_id: str) -> int:
        """Bytes of a study's files."""
        return size_of(self._home.study(study_id).folder)

    def remove(self, kind: str) -> int:
        """Remove what can be made or fetched again; returns the bytes that are free now."""
        rows = self._store.studies()
        removable = self._removable(rows)
        if kind not in removable:
            raise ManagerError(
                f"clean-up: expected one of {', '.join(removable)}, received {kind[:40]!r}."
            )
        dataset = kind.removeprefix(DOWNLOAD)
        active = [row for row in rows if row.status.active]
        if any(row.spec.get("dataset", {}).get("id") == dataset for row in active):
            raise ManagerError(
                f"A search that has not ended needs {DATASETS[dataset].title}. Stop it, or wait "
                "for its end."
            )
        freed = 0
        for path in list(removable[kind]):
            size = size_of(path)
            _remove(path)
            freed += size
            if kind == UPLOADS:
                freed += forget_rows(self._home.path, path.stem)
        return freed

    def _removable(self, rows: list[StudyRow]) -> dict[str, Iterable[Path]]:
        """By name, the files and folders that can go."""
        files = [(row, self._home.study(row.id)) for row in rows]
        idle = [(row, f) for row, f in files if not row.status.active and not locked(f)]
        return {
            BUNDLES: _there(path for _, f in idle for path in (f.bundle, f.model)),
            PREDICTIONS: _there(f.predictions for _, f in idle),
            CHECKPOINTS: _there(f.states for row, f in idle if row.status in _OVER),
            SHARED_ROWS: _there(f.rows for _, f in idle),
            KEPT_ROWS: kept_rows_folder(self._home.path).glob("*"),
            UPLOADS: self._unused_uploads(files),
            TRASH: self._home.trash.glob("*"),
            **{
                DOWNLOAD + name: _there([self._home.data / name])
                for name, info in DATASETS.items()
                if info.download_mb
            },
        }

    def _unused_uploads(self, files: list[tuple[StudyRow, StudyFiles]]) -> Iterator[Path]:
        used = {str(row.spec.get("dataset", {}).get("id", "")) for row, _ in files}
        deleted = "".join(note.spec for note in self._trash.restorable())
        for path in uploaded_files(self._home.path):
            young = time.time() - path.stat().st_mtime < YOUNG_SECONDS
            if UPLOAD + path.stem not in used and path.stem not in deleted and not young:
                yield path


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; links are not followed."""
    try:
        if path.is_symlink() or not path.is_dir():
            return path.lstat().st_size
        with os.scandir(path) as entries:
            return sum(
                size_of(Path(entry.path))
                if entry.is_dir(follow_symlinks=False)
                else entry.stat(follow_symlinks=False).st_size
                for entry in entries
            )
    except OSError:
        # It has gone meanwhile.
        return 0


def _there(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if path.exists())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
