"""How many searches a machine can run at once beside its pages and its What-if worker."""

from __future__ import annotations

import os
import shutil

from tuning_core.child_process import run_child
from tuning_core.home.home import HomeError
from tuning_core.resources import cores, memory_bytes

VARIABLE = "TUNESCAPE_SEARCHES"
MOST = 64
WORKER_MB = 1_100
"""Memory of a worker with a small dataset; measured 0.8 to 1.0 GB."""
KEPT_MB = 2_500
"""Memory kept for the system, the serving process and the What-if worker."""
GPU_WORKER_MB = 4_000
"""GPU memory that a search should have at least."""

_QUERY = ("nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits")


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
