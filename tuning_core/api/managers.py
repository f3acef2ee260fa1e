"""The managers that this process has open: one a home, while something needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from tuning_core.manager import Manager
from tuning_core.manager.workers.worker_process import WorkerProcess


@dataclass
class _Open:
    manager: Manager
    borrowers: int = 0


_managers: dict[Path, _Open] = {}
_lock = Lock()


@contextmanager
def borrowed_manager(home: Path, first: WorkerProcess | None = None) -> Iterator[Manager]:
    """The manager of a home, which ends with its worker when the last has given it back.

    ``first`` is a worker for a new one; beside one that is there it is ended. Raises HomeError.
    """
    home = home.absolute()
    with _lock:
        known = _managers.get(home)
        if known is None or known.manager.closed:
            known = _managers[home] = _Open(Manager(home, spare=False, first=first))
        elif first is not None:
            first.kill()
        known.borrowers += 1
    try:
        yield known.manager
    finally:
        with _lock:
            known.borrowers -= 1
            unused = not known.borrowers
            if unused and _managers.get(home) is known:
                del _managers[home]
        if unused:
            known.manager.close()
