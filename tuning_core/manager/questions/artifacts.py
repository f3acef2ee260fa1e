"""What only a worker can make of a study's best model: its file, its bundle, its test metrics."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from tuning_core.home.home import Home, ManagerError, StudyFiles
from tuning_core.manager.searches.journal_catch_up import catch_up
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.requests import ask
from tuning_core.store import Store, StudyRow


class Artifacts:
    """Makes each artifact once and again only when the study has moved on.

    Methods raise ManagerError; one request is answered at a time.
    """

    def __init__(self, home: Home, store: Store, pool: WorkerPool) -> None:
        self._home = home
        self._store = store
        self._pool = pool
        self._asking = Lock()

    def model(self, row: StudyRow) -> Path:
        """File of the best model so far."""
        files = self._files_with_model(row)
        return self._made(row, files, "export_model", files.model, [files.best])

    def bundle(self, row: StudyRow) -> Path:
        """Zip of the best model so far, the spec and the history."""
        files = self._files_with_model(row)
        return self._made(row, files, "export_bundle", files.bundle, [files.best, files.journal])

    def test(self, row: StudyRow) -> dict[str, float]:
        """Metrics of the best model on the test split, recorded in journal and store."""
        files = self._files_with_model(row)
        with self._asking:
            row = self._store.study(row.id) or row
            if row.test is None or row.test_trial != row.best_trial:
                ask(self._pool, "test", row.id, self._home.path)
                catch_up(self._store, row.id, files)
                row = self._store.study(row.id) or row
        if row.test is None:
            raise ManagerError("The worker has evaluated the test split but recorded nothing.")
        return row.test

    def score(self, row: StudyRow, table: Path) -> Path:
        """CSV of the rows of ``table`` with what the best model says to each."""
        files = self._files_with_model(row)
        path = files.predictions / f"{table.stem}.csv"
        return self._made(row, files, "score", path, [files.best, table], table=str(table))

    def answers(self, row: StudyRow, part: str) -> Path:
        """What the best model says to the rows of a part."""
        files = self._files_with_model(row)
        return self._made(row, files, "answers", files.answers(part), [files.best], part=part)

    def _files_with_model(self, row: StudyRow) -> StudyFiles:
        files = self._home.study(row.id)
        if row.best_trial is None or not files.best.exists():
            raise ManagerError(
                f"Study {row.id} has no model yet: no trial has ended with a score. Run it first."
            )
        return files

    def _made(
        self,
        row: StudyRow,
        files: StudyFiles,
        command: str,
        path: Path,
        sources: Sequence[Path],
        **details: Any,
    ) -> Path:
        with self._asking:
            if not is_fresh(path, sources):
                # Before the work: what replaces a source meanwhile makes the result an old one.
                made_of = identity(sources)
                ask(self._pool, command, row.id, self._home.path, **details)
                note_sources(path, made_of)
        if not path.exists():
            raise ManagerError(f"The worker made no {path.name}; its log says why: {files.log}.")
        return path


def identity(sources: Sequence[Path]) -> str:
    """What tells these files from those that replace them, whenever that happens."""
    return " ".join(map(_identity, sources))


def is_fresh(path: Path, sources: Sequence[Path]) -> bool:
    """Whether a file is there and was made of the sources as they are now."""
    try:
        return path.exists() and _note(path).read_text() == identity(sources)
    except OSError:
        return False


def note_sources(path: Path, made_of: str) -> None:
    """Note beside a file of what it was made; where that cannot be written, it is made again."""
    with suppress(OSError):
        _note(path).write_text(made_of)


def _identity(source: Path) -> str:
    try:
        found = source.stat()
    except OSError:
        return "-"
    return f"{found.st_ino}.{found.st_mtime_ns}.{found.st_size}"


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.of")
