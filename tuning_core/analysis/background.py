"""Slow analyses in a process of their own, their results kept in the study's folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Lock

FOLDER = "analysis"
"""Where a study's folder keeps results, a JSON file each."""

ROOT = Path(__file__).resolve().parents[2]

_lock = Lock()
_running: dict[Path, subprocess.Popen[bytes]] = {}
_failed: set[Path] = set()


def kept_file(study: Path, name: str) -> Path:
    """The file of a kept result in the folder of a study."""
    return study / FOLDER / f"{name}.json"


def kept(study: Path, name: str) -> bytes | None:
    """A kept result; None before there is one."""
    try:
        return kept_file(study, name).read_bytes()
    except FileNotFoundError:
        return None


def begin(study: Path, name: str, document: str) -> None:
    """Start ``python -m tuning_core.analysis NAME`` on a document; nothing if it runs already.

    The child is nice to the training and writes its result whole when it is done.
    """
    path = kept_file(study, name)
    with _lock:
        if _looked_at(path):
            return
        path.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "tuning_core.analysis", name, str(path)]
        # A file, not a pipe: the child reads when it has started, and nobody waits for that.
        with tempfile.TemporaryFile() as given:
            given.write(document.encode())
            given.seek(0)
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            _failed.discard(path)
            _running[path] = subprocess.Popen(
                command, stdin=given, stdout=subprocess.DEVNULL, cwd=ROOT, env=environment
            )


def running(study: Path, name: str) -> bool:
    """Whether the analysis is under way in this process's child."""
    with _lock:
        return _looked_at(kept_file(study, name))


def failed(study: Path, name: str) -> bool:
    """Whether the last analysis ended without a result; the server's log has its words."""
    with _lock:
        path = kept_file(study, name)
        return not _looked_at(path) and path in _failed


def _looked_at(path: Path) -> bool:
    """Whether the child of a file runs; one that has ended is forgotten."""
    child = _running.get(path)
    if child is None:
        return False
    if child.poll() is None:
        return True
    del _running[path]
    if child.returncode != 0:
        _failed.add(path)
    return False
