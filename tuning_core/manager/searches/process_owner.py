"""Who runs a study: processes told apart even when the system gives a number out again."""

from __future__ import annotations

import json
import os

import psutil
from filelock import FileLock, Timeout

from tuning_core.home.home import StudyFiles


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
