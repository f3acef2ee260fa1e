"""A running server that is attacked, and what its store says of studies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.pages.browser import Server, until
from tuning_core.catalog import StudyStatus
from tuning_core.home.home import HomeFiles
from tuning_core.store import Store


@dataclass(frozen=True)
class Target:
    """The server that is attacked."""

    server: Server
    home: Path
    quick: bool

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.port

    @property
    def patience(self) -> float:
        """Seconds in which something should be noticed."""
        return 60.0 if self.quick else 300.0

    def said(self) -> int:
        """Bytes that the server has logged, on its console and in its home."""
        log = HomeFiles(self.home).log
        logs = [self.home / "server.log", *log.parent.glob(f"{log.name}*")]
        return sum(log.stat().st_size for log in logs)

    def status(self, study_id: str) -> StudyStatus | None:
        """What the store says of a study."""
        with self._store() as store:
            row = store.study(study_id)
            return None if row is None else row.status

    def studies(self) -> list[str]:
        """Ids of all studies."""
        with self._store() as store:
            return [row.id for row in store.studies()]

    def worker(self, study_id: str) -> psutil.Process:
        """The process that trains a study, once there is one."""
        owner = HomeFiles(self.home).study(study_id).owner
        until(owner.exists, self.patience, "a worker has the study")
        return psutil.Process(json.loads(owner.read_text())["pid"])

    @contextmanager
    def _store(self) -> Iterator[Store]:
        store = Store(HomeFiles(self.home).database)
        try:
            yield store
        finally:
            store.close()
