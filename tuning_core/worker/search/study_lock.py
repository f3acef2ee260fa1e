"""One process at a time works on a study."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

PATIENCE_SECONDS = 0.5
"""Others hold the lock for a moment when they look whether it is free."""


class StudyBusyError(Exception):
    """Another process works on the study; ``str()`` names it."""


class StudyLock:
    """Context in which this process alone works on the study in ``folder``.

    ``server`` is the process that asked for it, which ``owner.json`` names to others. Raises
    StudyBusyError, OSError.
    """

    def __init__(self, folder: Path, server: int | None = None) -> None:
        self._lock = FileLock(folder / "lock")
        self._owner = folder / "owner.json"
        self._note = {"pid": os.getpid(), "server": server or os.getppid()}

    def __enter__(self) -> StudyLock:
        try:
            self._lock.acquire(timeout=PATIENCE_SECONDS)
        except Timeout:
            raise StudyBusyError(f"This study is running in {_holder(self._owner)}.") from None
        try:
            self._owner.write_text(json.dumps(self._note))
        except OSError:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._owner.unlink(missing_ok=True)
        self._lock.release()


def _holder(owner: Path) -> str:
    try:
        note: Any = json.loads(owner.read_text())
        return f"process {int(note.get('server') or note['pid'])}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "another process"
