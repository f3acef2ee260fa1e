"""The disk of a simulated machine: a folder, in which operations die, fail, tear and are lost."""

from __future__ import annotations

import errno
import math
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from typing_extensions import override

from benchmarks.robustness.simulation.machine import Machine
from tuning_core.store import StoreError
from tuning_core.store.connections import Connections

_NAMES = ("open", "write", "fsync", "ftruncate", "replace", "unlink", "mkdir", "rmdir")
_REAL: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in _NAMES}


class Disk:
    """What processes do to files, and to journals in particular.

    ``death`` operations from now, whoever does it dies of it if it ``may_die``, perhaps in the
    middle. There is room for so many bytes more of journals, and for other files while that is not
    limited. The next ``failing`` syncs fail. :meth:`cut_power` loses ends that were not synced.
    """

    def __init__(self, machine: Machine) -> None:
        self.room = math.inf
        self.failing = 0
        self.death: int | None = None
        self.may_die: Callable[[], bool] = lambda: True
        self.functions = {name: partial(self._done, name) for name in _NAMES}
        self._machine = machine
        self._journals: dict[int, str] = {}
        self._synced: dict[str, int] = {}
        self.databases: list[GuardedConnections] = []
        self._log_synced = 0

    def strike(self, half: Callable[[], Any] = lambda: None) -> None:
        """Let the process die here, where its time has come; ``half`` is what it does last."""
        self._machine.refuse_to_ghosts()
        if self.death is None:
            return
        self.death -= 1
        process = self._machine.process
        if self.death > 0 or process is None or not self.may_die():
            return
        self.death = None
        half()
        self._machine.kill(process)

    def settle(self) -> None:
        """Have all that is written so far on the disk itself, as after half a minute."""
        self._synced = {path: os.path.getsize(path) for path in self._synced}
        self._log_synced = sum(os.path.getsize(each) for each in self._logs())

    def cut_power(self) -> None:
        """Lose a part of what nobody synced: of journals, and of the database's last commits."""
        draw = self._machine.rng.randint
        for journal, synced in self._synced.items():
            os.truncate(journal, draw(synced, os.path.getsize(journal)))
        kept = {path: path.read_bytes() for path in self._logs()}
        kept |= {each.path: each.path.read_bytes() for each in self.databases}
        for each in self.databases:
            each.close()  # Which would save the last commits.
        self.databases.clear()
        for path, content in kept.items():
            path.write_bytes(content)
            if path.name.endswith("-wal"):
                os.truncate(path, draw(min(self._log_synced, len(content)), len(content)))

    def _logs(self) -> set[Path]:
        logs = (each.path.with_name(f"{each.path.name}-wal") for each in self.databases)
        return {log for log in logs if log.exists()}

    def refuse_when_full(self) -> None:
        """Raise the error of a full disk while there is little room."""
        if self.room < math.inf:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _done(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Do one of the system's functions, as far as the disk does."""
        if self._machine.process is None:
            return _REAL[name](*arguments, **options)
        if name == "write":
            return self._write(*arguments)
        self.strike()
        if name == "mkdir":
            self.refuse_when_full()
        elif name == "fsync" and self.failing:
            self.failing -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        result = _REAL[name](*arguments, **options)
        self._keep(name, arguments, result)
        return result

    def _write(self, descriptor: int, content: Any) -> int:
        write = partial(_REAL["write"], descriptor)
        if descriptor not in self._journals:
            return int(write(content))
        self.strike(lambda: write(content[: self._machine.rng.randint(0, len(content))]))
        if not self.room:
            self.refuse_when_full()
        written = int(write(content[: int(min(self.room, len(content)))]))
        self.room -= written
        return written

    def _keep(self, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        """Keep in mind which descriptors are journals, and how much of each is synced."""
        if name == "open":
            path = os.fsdecode(arguments[0])
            self._journals.pop(result, None)
            if path.endswith(".jsonl"):
                self._journals[result] = path
                self._synced.setdefault(path, 0)
        elif name == "replace" and str(arguments[1]) in self._synced:
            self._synced[str(arguments[1])] = os.path.getsize(arguments[1])
        elif name in ("fsync", "ftruncate") and (journal := self._journals.get(arguments[0])):
            size = os.fstat(arguments[0]).st_size
            self._synced[journal] = size if name == "fsync" else min(self._synced[journal], size)


class GuardedConnections(Connections):
    """Connections on the simulated disk, which may be full, or the last that a process touches."""

    def __init__(self, disk: Disk, *arguments: Any, **options: Any) -> None:
        self._disk = disk
        super().__init__(*arguments, **options)
        disk.databases.append(self)

    @contextmanager
    @override
    def write(self) -> Iterator[sqlite3.Connection]:
        self._disk.strike()
        try:
            self._disk.refuse_when_full()
        except OSError as error:
            raise StoreError(f"{self.path.parent} cannot take more data.") from error
        with super().write() as connection:
            yield connection
        self._disk.strike()
