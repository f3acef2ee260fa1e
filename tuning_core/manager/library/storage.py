"""The disk: what is on it, and what of it can be removed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tuning_core.catalog import DATASETS, StudyStatus
from tuning_core.catalog.model_formats import MODEL_FORMATS
from tuning_core.datasets.tables import forget_rows, kept_rows_folder
from tuning_core.datasets.upload_owners import owned, owns, take_from
from tuning_core.datasets.uploads import uploaded_files
from tuning_core.home.home import Home, ManagerError
from tuning_core.home.locks import locked
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.library.trash import Trash
from tuning_core.spec.dataset import UPLOAD
from tuning_core.store import Store, StudyRow

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

    def __init__(self, home: Home, store: Store, access: Access, trash: Trash) -> None:
        self._home = home
        self._store = store
        self._access = access
        self._trash = trash

    def usage(self, *, by: Person = OPERATOR) -> Usage:
        """What is there now, and what of it is ``by`` somebody to remove.

        Reads the size of every file, a few microseconds each.
        """
        rows = self._store.studies()
        found = {name: list(paths) for name, paths in self._removable(rows, by).items()}
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

    def remove(self, kind: str, *, by: Person = OPERATOR) -> int:
        """Remove what can be made or fetched again; returns the bytes that are free now.

        Of studies and uploads, those that are ``by`` somebody to remove.
        """
        rows = self._store.studies()
        removable = self._removable(rows, by)
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
            if kind == UPLOADS:
                take_from(self._home.path, None if by.teacher else by.user, path.stem)
                if not by.teacher and owned(self._home.path, path.stem):
                    continue  # It is somebody else's as well.
            size = size_of(path)
            _remove(path)
            freed += size
            if kind == UPLOADS:
                freed += forget_rows(self._home.path, path.stem)
        return freed

    def _removable(self, rows: list[StudyRow], by: Person) -> dict[str, Iterable[Path]]:
        """By name, the files and folders that can go, by that person's wish."""
        files = [(row, self._home.study(row.id)) for row in rows]
        theirs = self._access.changeable(by)
        idle = [
            (row, f)
            for row, f in files
            if (theirs is None or row.id in theirs) and not row.status.active and not locked(f)
        ]
        found = self._of_studies(idle)
        found[UPLOADS] = (p for p in self._unused_uploads(files) if self._may_remove(p.stem, by))
        if by.teacher:
            found[TRASH] = self._home.trash.glob("*")
        else:
            found[TRASH] = [self._home.trash / d.id for d in self._trash.restorable(by.user)]
        if by.teacher or by.here:
            found |= self._of_everybody()
        return found

    def _may_remove(self, sha256: str, by: Person) -> bool:
        if by.teacher or owns(self._home.path, by.user, sha256):
            return True
        return by.here and not owned(self._home.path, sha256)

    def _of_studies(self, idle: list[tuple[StudyRow, StudyFiles]]) -> dict[str, Iterable[Path]]:
        return {
            BUNDLES: _there(
                path for _, f in idle for path in (*map(f.bundle_as, MODEL_FORMATS), f.model)
            ),
            PREDICTIONS: _there(f.predictions for _, f in idle),
            CHECKPOINTS: _there(f.states for row, f in idle if row.status in _OVER),
            SHARED_ROWS: _there(f.rows for _, f in idle),
        }

    def _of_everybody(self) -> dict[str, Iterable[Path]]:
        return {
            KEPT_ROWS: kept_rows_folder(self._home.path).glob("*"),
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
