"""The machine: what it does at this moment, and how many searches it can run at once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from platform import python_version

import psutil

from tuning_core.child_process import run_child
from tuning_core.home.home import Home, HomeError
from tuning_core.resources import cores, free_memory_bytes, memory_bytes

VARIABLE = "TUNESCAPE_SEARCHES"
MOST = 64
WORKER_MB = 1_100
"""Memory of a worker with a small dataset; measured 0.8 to 1.0 GB."""
KEPT_MB = 2_500
"""Memory kept for the system, the serving process and the What-if worker."""
GPU_WORKER_MB = 4_000
"""GPU memory that a search should have at least."""

_QUERY = ("nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits")

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


def searches_allowed() -> int:
    """``TUNESCAPE_SEARCHES``, or what cores, memory and GPU allow. HomeError when it is no number.

    A core is left for pages and What-if for each core that searches.
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    if not chosen:
        return fitting(cores(), memory_bytes() / 1e6, gpu_memory_mb())
    if not chosen.isdecimal() or not 1 <= int(chosen[:9]) <= MOST:
        raise HomeError(
            f"{VARIABLE}: expected a whole number from 1 to {MOST}, received {chosen[:40]!r}. "
            "Correct it or leave it out."
        )
    return int(chosen)


def fitting(cores: int, memory_mb: float, gpu_mb: float | None = None) -> int:
    """Searches that fit on so many cores and megabytes; at least one.

    >>> fitting(2, 4_000), fitting(16, 64_000), fitting(16, 8_000)
    (1, 8, 5)
    """
    limits = [cores // 2, int((memory_mb - KEPT_MB) // WORKER_MB), MOST]
    if gpu_mb is not None:
        limits.append(int(gpu_mb // GPU_WORKER_MB))
    return max(1, min(limits))


def gpu_memory_mb() -> float | None:
    """Memory of the first NVIDIA GPU as its driver tells it; None without one."""
    if shutil.which(_QUERY[0]) is None:
        return None
    try:
        found = run_child(_QUERY, 10)
        return float(found.output.split()[0]) if found.returncode == 0 else None
    except (OSError, ValueError, IndexError):
        return None
