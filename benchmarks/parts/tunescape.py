"""Tunescape's side: a study through the real manager, worker, journal and store."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tuning_core.catalog import StudyStatus, Value
from tuning_core.datasets import clients
from tuning_core.home.home import HomeFiles
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec
from tuning_core.store import EpochRow, TrialRow

READY_SECONDS = 120.0


@dataclass(frozen=True)
class Study:
    """A finished study: its wall time from the request to its durable end, and its rows.

    ``cpu_seconds`` is what the processor worked for it, in this process and in the worker.
    """

    seconds: float
    cpu_seconds: float
    trials: list[TrialRow]
    epochs: list[EpochRow]

    @property
    def configs(self) -> list[dict[str, Value]]:
        """The configuration of each trial."""
        return [trial.config for trial in self.trials]

    @property
    def scores(self) -> list[float]:
        """The best epoch's objective of each trial."""
        return [float("nan") if trial.score is None else trial.score for trial in self.trials]

    def last_epoch(self, metric: str) -> list[float]:
        """A metric after the last epoch of each trial's first execution."""
        last: dict[int, EpochRow] = {}
        for row in self.epochs:
            if row.execution == 1 and (row.trial not in last or row.epoch > last[row.trial].epoch):
                last[row.trial] = row
        return [last[trial.number].metrics[metric] for trial in self.trials]


def data_home() -> Path:
    """The home whose downloaded data are used, so that nothing is downloaded twice.

    What is not there yet may be brought by a package manager, as in a worker.
    """
    clients.offer()
    return Path(os.environ.get("TUNESCAPE_HOME", ".tunescape")).resolve()


@contextmanager
def scratch_home() -> Iterator[Path]:
    """An empty home that shares the downloaded data of the usual one."""
    data = HomeFiles(data_home()).data
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as folder:
        home = Path(folder)
        HomeFiles(home).data.symlink_to(data)
        yield home


@contextmanager
def warm_manager(home: Path) -> Iterator[Manager]:
    """A manager with a spare worker that has done its imports, as under the running app."""
    manager = Manager(home)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while manager.device is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"The worker did not start; see {manager.home.worker_log}.")
            time.sleep(0.01)
        yield manager
    finally:
        manager.close()


def run_study(document: dict[str, Any], home: Path | None = None) -> Study:
    """Run one study in a fresh home with a fresh warm worker. Raises when it does not finish."""
    if home is None:
        with scratch_home() as fresh:
            return run_study(document, fresh)
    with warm_manager(home) as manager:
        return finished(manager, document)


def finished(manager: Manager, document: dict[str, Any]) -> Study:
    """Run one study on a manager to its end."""
    spec = parse_spec(document)
    processes = [psutil.Process(), *psutil.Process().children()]
    worked = cpu_seconds(processes)
    started = time.perf_counter()
    study_id = manager.launch(spec)
    row = manager.wait(study_id)
    seconds = time.perf_counter() - started
    worked = cpu_seconds(processes) - worked
    if row.status is not StudyStatus.FINISHED:
        raise RuntimeError(f"The study ended as {row.status}: {row.message}")
    store = manager.store
    return Study(seconds, worked, store.trials(study_id), store.epochs(study_id))


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """Processor seconds of processes that are all alive."""
    times = [process.cpu_times() for process in processes]
    return float(sum(t.user + t.system for t in times))
