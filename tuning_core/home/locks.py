"""Who works on a study: one process at a time, told apart from all others."""

from __future__ import annotations

import json
import os
from types import TracebackType

import psutil
from filelock import FileLock, Timeout

from tuning_core.home.home import Home, HomeError
from tuning_core.home.study_files import StudyFiles

PATIENCE_SECONDS = 0.5
"""Others hold the lock for a moment when they look whether it is free."""


class StudyBusyError(Exception):
    """Another process works on the study; ``str()`` names it."""


class StudyLock:
    """Context in which this process alone works on a study.

    ``server`` is the process that asked for it, which is named to others. Raises
    StudyBusyError, OSError.
    """

    def __init__(self, files: StudyFiles, server: int | None = None) -> None:
        self._files = files
        self._lock = FileLock(files.lock)
        self._note = {"pid": os.getpid(), "server": server or os.getppid()}

    def __enter__(self) -> StudyLock:
        try:
            self._lock.acquire(timeout=PATIENCE_SECONDS)
        except Timeout:
            raise StudyBusyError(f"This study is running in {holder(self._files)}.") from None
        try:
            self._files.owner.write_text(json.dumps(self._note))
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
        self._files.owner.unlink(missing_ok=True)
        self._lock.release()


def own_token() -> str:
    """A name of this process that no other one had or will have."""
    return f"{os.getpid()}:{psutil.Process().create_time():.2f}"


def alive(token: str) -> bool:
    """Whether the process named by ``own_token`` there still runs."""
    number, _, created = token.partition(":")
    try:
        process = psutil.Process(int(number))
        return (
            f"{process.create_time():.2f}" == created and process.status() != psutil.STATUS_ZOMBIE
        )
    except (ValueError, psutil.Error):
        return False


def locked(files: StudyFiles) -> bool:
    """Whether a worker holds the study's lock at this moment."""
    if not files.lock.exists():
        return False
    lock = FileLock(files.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def holder(files: StudyFiles, token: str = "") -> str:
    """Words for the process that runs the study: its server, or its worker."""
    number = token.partition(":")[0]
    if not number:
        try:
            note = json.loads(files.owner.read_text())
            number = str(int(note.get("server") or note["pid"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return "another process"
    return f"process {number}"


def take_server_lock(home: Home) -> FileLock:
    """Become the one server of a home until the lock is released or the process ends.

    Raises HomeError that names the process that already serves it.
    """
    lock = FileLock(home.server_lock)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        try:
            who = f"process {int(home.server_pid.read_text())}"
        except (OSError, ValueError):
            who = "another process"
        raise HomeError(
            f"{home.path} is already served by {who}. Use that server, stop it first, "
            "or set TUNESCAPE_HOME to another folder."
        ) from error
    home.server_pid.write_text(f"{os.getpid()}\n")
    return lock
