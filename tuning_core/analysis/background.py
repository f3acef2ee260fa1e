"""Slow analyses in processes of their own, with their results in the study's folder.

Whoever asks for the same gets the same process. A few run at a time, the others wait for their
turn, and one that nobody asks about any more is ended.
"""

from __future__ import annotations

import atexit
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread

from tuning_core.child_process import ChildProcess

FOLDER = "analysis"
"""Where a study's folder keeps results, a JSON file each."""

MOST = 2
"""Analyses at a time: each takes a core and 0.1 GB beside the searches."""

UNSEEN_SECONDS = 30.0
"""An analysis goes on for so long without anybody asking whether it runs."""

LONGEST_SECONDS = 900.0
"""One that takes longer hangs, and has failed: the others must have their turn."""

_LOOK_SECONDS = 0.5


@dataclass
class _Analysis:
    """One that runs, or waits for its turn while it has no ``child``."""

    name: str
    document: str
    looked: float = field(default_factory=time.monotonic)
    begun: float = 0.0
    child: ChildProcess | None = None


_changed = Condition()
_analyses: dict[Path, _Analysis] = {}
"""By the file of the result, in the order in which they were asked for."""
_failed: set[Path] = set()


def result_file(study: Path, name: str) -> Path:
    """The file of a result in the folder of a study."""
    return study / FOLDER / f"{name}.json"


def stored_result(study: Path, name: str) -> bytes | None:
    """The result of an analysis; None before there is one."""
    try:
        return result_file(study, name).read_bytes()
    except FileNotFoundError:
        return None


def begin(study: Path, name: str, document: str) -> None:
    """Have ``python -m tuning_core.analysis NAME`` run on a document; nothing if it is under way.

    The child is nice to the training and writes its result whole when it is done.
    """
    path = result_file(study, name)
    with _changed:
        _settle()
        if path in _analyses:
            return
        idle = not _analyses
        _failed.discard(path)
        _analyses[path] = _Analysis(name, document)
        _settle()
        if idle:
            Thread(target=_look_after, name="analyses", daemon=True).start()


def running(study: Path, name: str, *, wanted: bool = True) -> bool:
    """Whether the analysis runs or waits for its turn.

    Asking keeps it going, unless the answer is not ``wanted``.
    """
    with _changed:
        _settle()
        analysis = _analyses.get(result_file(study, name))
        if analysis is not None and wanted:
            analysis.looked = time.monotonic()
        return analysis is not None


def ahead(study: Path, name: str) -> int:
    """How many analyses an analysis waits for; 0 when it runs."""
    with _changed:
        path = result_file(study, name)
        analysis = _analyses.get(path)
        if analysis is None or analysis.child is not None:
            return 0
        return list(_analyses).index(path)


def failed(study: Path, name: str) -> bool:
    """Whether the last analysis ended without a result; the server's log has its words."""
    with _changed:
        _settle()
        return result_file(study, name) in _failed


def end_all() -> None:
    """End those that run and forget those that wait."""
    with _changed:
        for path in list(_analyses):
            _drop(path)
        _changed.notify_all()


def _look_after() -> None:
    """End what nobody waits for, and start what waits, until there is nothing left."""
    with _changed:
        while _settle():
            _changed.wait(_LOOK_SECONDS)


def _settle() -> bool:
    """Bring everything up to date; whether there is an analysis. The caller holds the lock."""
    now = time.monotonic()
    for path, analysis in list(_analyses.items()):
        child = analysis.child
        if child is not None and child.ended.is_set():
            del _analyses[path]
            if child.returncode != 0:
                _failed.add(path)
        elif now - analysis.looked > UNSEEN_SECONDS:
            _drop(path)
        elif child is not None and now - analysis.begun > LONGEST_SECONDS:
            _drop(path)
            _failed.add(path)
    room = MOST - sum(analysis.child is not None for analysis in _analyses.values())
    waiting = [path for path, analysis in _analyses.items() if analysis.child is None]
    for path in waiting[: max(0, room)]:
        try:
            _analyses[path].begun = now
            _analyses[path].child = _started(path, _analyses[path])
        except OSError:
            del _analyses[path]
            _failed.add(path)
    return bool(_analyses)


def _started(path: Path, analysis: _Analysis) -> ChildProcess:
    path.parent.mkdir(exist_ok=True)
    # A file, not a pipe: the child reads when it has started, and nobody waits for that.
    with tempfile.TemporaryFile() as given:
        given.write(analysis.document.encode())
        given.seek(0)
        return ChildProcess(
            [sys.executable, "-m", "tuning_core.analysis", analysis.name, str(path)],
            stdin=given,
            output=subprocess.DEVNULL,
            environment={"OMP_NUM_THREADS": "1"},
        )


def _drop(path: Path) -> None:
    child = _analyses.pop(path).child
    if child is not None:
        child.kill()


atexit.register(end_all)
