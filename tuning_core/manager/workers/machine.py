"""What the machine does at this moment: processes, memory, disk, versions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from platform import python_version

import psutil

from tuning_core.home.home import Home
from tuning_core.resources import cores, free_memory_bytes, memory_bytes

_PACKAGES = (
    *("streamlit", "tensorflow", "keras", "keras-tuner", "optuna"),
    *("altair", "numpy", "pandas", "scikit-learn"),
)


@dataclass(frozen=True)
class WorkerState:
    """A worker process; ``study`` is the id of the one that it runs, "" when it runs none."""

    pid: int
    memory_mb: float
    study: str


@dataclass(frozen=True)
class Machine:
    """Memory in megabytes, disk in bytes. ``server_mb`` is the process that serves the pages."""

    workers: tuple[WorkerState, ...]
    server_mb: float
    free_mb: float
    total_mb: float
    disk_free: int
    disk_total: int
    cores: int
    load: float


def machine(home: Home, running: Sequence[str]) -> Machine:
    """A look at the machine; ``running`` are the ids of the studies that run here."""
    me = psutil.Process()
    at_work = {pid: study for study in running if (pid := _worker_of(home, study)) is not None}
    workers = []
    for child in me.children(recursive=True):
        # A process that ends while it is looked at is not there any more.
        with suppress(psutil.Error):
            if "tuning_core.worker" in child.cmdline():
                memory = child.memory_info().rss / 1e6
                workers.append(WorkerState(child.pid, memory, at_work.get(child.pid, "")))
    disk = shutil.disk_usage(home.path)
    return Machine(
        workers=tuple(sorted(workers, key=lambda worker: (not worker.study, worker.pid))),
        server_mb=me.memory_info().rss / 1e6,
        free_mb=free_memory_bytes() / 1e6,
        total_mb=memory_bytes() / 1e6,
        disk_free=disk.free,
        disk_total=disk.total,
        cores=cores(),
        load=psutil.getloadavg()[0],
    )


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on, without importing them."""
    found = {"python": python_version()}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _worker_of(home: Home, study_id: str) -> int | None:
    try:
        return int(json.loads(home.study(study_id).owner.read_text())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
