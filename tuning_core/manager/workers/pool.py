"""Worker processes at rest: at most one, warm, so that a launch does not wait for imports."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Timer

import psutil

from tuning_core.child_process import WORKER_COMMAND, StartedWorker
from tuning_core.home.home import HomeError, ManagerError
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.resources import free_memory_bytes

SPARE_DELAY = 5.0
"""Seconds after a take until the next spare starts: its imports must not slow a first curve."""

BORROWED_SECONDS = 4.0
"""How long a take waits for a borrower; by then a new worker would have started as well."""

READY_SECONDS = 180.0

LIMIT_VARIABLE = "TUNESCAPE_WORKER_MB"
LIMIT_MB = 1_800.0
"""Memory beyond which a worker is exchanged for a new one; on a GPU, beyond what it takes at its
start."""

_SPARE_NEEDS_MB = 1_500


def memory_limit_mb() -> float:
    """``TUNESCAPE_WORKER_MB``, or the usual limit. HomeError when it is not a size."""
    chosen = os.environ.get(LIMIT_VARIABLE, "").strip()
    try:
        limit = float(chosen or LIMIT_MB)
    except ValueError:
        limit = 0.0
    if not 0 < limit < math.inf:
        raise HomeError(
            f"{LIMIT_VARIABLE}: expected a number of megabytes such as {LIMIT_MB:.0f}, received "
            f"{chosen[:40]!r}. Correct it or leave it out."
        )
    return limit


class WorkerPool:
    """Lends workers; with ``spare`` it keeps one warm ahead of need.

    ``first`` is a worker that was started before. Where many ``shared`` it, a worker that has run
    a file of somebody's own, which can leave anything behind, is not lent again.
    """

    def __init__(
        self,
        log: Path,
        command: Sequence[str] = WORKER_COMMAND,
        first: StartedWorker | WorkerProcess | None = None,
        *,
        spare: bool,
        limit_mb: float = LIMIT_MB,
        shared: bool = False,
    ) -> None:
        self.limit_mb = limit_mb
        self._log = log
        self._command = command
        self.spare = spare
        self._shared = shared
        self._lock = Condition()
        self._borrowed: dict[str, WorkerProcess] = {}
        if isinstance(first, StartedWorker):
            first = WorkerProcess(log, command, first)
        self._idle = first
        self._lent: list[WorkerProcess] = []
        self._timer: Timer | None = None
        self._closed = False
        if spare:
            self._refill()

    @property
    def device(self) -> str | None:
        """What the warm worker trains on, once it has looked."""
        idle = self._idle
        return idle.info.get("device") if idle is not None else None

    @property
    def resting(self) -> bool:
        """Whether a warm worker waits for work."""
        idle = self._idle
        return idle is not None and idle.alive and bool(idle.info)

    @property
    def at_hand(self) -> bool:
        """Whether a short question would be answered without another process."""
        return self.spare or self.resting or self._working is not None

    @property
    def _working(self) -> WorkerProcess | None:
        """A worker that someone has taken."""
        return next((w for w in list(self._lent) if w.alive and w.info), None)

    @contextmanager
    def borrowed(self, request: str) -> Iterator[WorkerProcess]:
        """The idle worker, or a new one, ready, for work that gives way to a search.

        When someone takes a worker meanwhile, this one is told to stop ``request`` and its
        borrower is waited for. ManagerError when none starts.
        """
        with self._lock:
            if self._closed:
                raise ManagerError("The server is stopping.")
            worker, self._idle = self._idle, None
            if worker is None or not worker.alive:
                worker = WorkerProcess(self._log, self._command)
            self._borrowed[request] = worker
        try:
            worker.ready.wait(READY_SECONDS)
            if not worker.info:
                raise ManagerError(f"The worker process did not start ({worker.exit_words}).")
            yield worker
        finally:
            self.give_back(worker)
            with self._lock:
                self._borrowed.pop(request, None)
                self._lock.notify_all()
                if self.spare and self._idle is None and not self._closed:
                    self._refill_later()

    @contextmanager
    def beside(self, request: str) -> Iterator[WorkerProcess]:
        """A ready worker for a short question that workers answer beside a training.

        The idle one is lent as :meth:`borrowed` does; where there is none, one that works is
        named, so that no process is started beside a search. ManagerError when none starts.
        """
        working = self._working
        if working is not None and not self.resting:
            yield working
            return
        with self.borrowed(request) as worker:
            yield worker

    def take(self) -> WorkerProcess:
        """A worker for the caller alone, perhaps not ready yet; ManagerError when none starts."""
        with self._lock:
            for request, worker in self._borrowed.items():
                worker.send(command="stop", study=request)
            if self._borrowed:
                self._lock.wait_for(lambda: not self._borrowed, BORROWED_SECONDS)
            if self._closed:
                raise ManagerError("The server is stopping.")
            idle, self._idle = self._idle, None
            if self.spare:
                self._refill_later()
        warm = idle is not None and idle.alive
        worker = idle if idle is not None and warm else WorkerProcess(self._log, self._command)
        self._lent.append(worker)
        return worker

    def give_back(self, worker: WorkerProcess) -> None:
        """Keep an idle worker for the next caller, or end it when it has grown or died."""
        retired: WorkerProcess | None = worker
        with self._lock:
            if worker in self._lent:
                self._lent.remove(worker)
            spoilt = self._shared and worker.ran_own_code
            if not self._closed and worker.alive and not spoilt and not self.full(worker):
                # The returned one is kept: it holds the epochs that it has compiled.
                retired, self._idle = self._idle, worker
                if self._timer is not None:
                    self._timer.cancel()
        if retired is not None:
            # It does nothing, so there is nothing to wait for.
            retired.kill()

    def close(self) -> None:
        """End the idle worker; those lent out are ended by their holders."""
        with self._lock:
            self._closed = True
            worker, self._idle = self._idle, None
            borrowed = list(self._borrowed.values())
            self._borrowed.clear()
            self._lock.notify_all()
            if self._timer is not None:
                self._timer.cancel()
        for ended in (*borrowed, *([worker] if worker is not None else [])):
            ended.kill()

    def full(self, worker: WorkerProcess) -> bool:
        """Whether a worker has grown so much that another is to go on."""
        gpu = str(worker.info.get("device", "")).startswith("GPU")
        base = float(worker.info.get("memory_mb", 0.0)) if gpu else 0.0
        return _memory_mb(worker) > base + self.limit_mb

    def _refill_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = Timer(SPARE_DELAY, self._refill)
        self._timer.daemon = True
        self._timer.start()

    def _refill(self) -> None:
        if free_memory_bytes() < _SPARE_NEEDS_MB * 1_000_000:
            return
        with self._lock:
            if self._closed or self._idle is not None:
                return
            try:
                self._idle = WorkerProcess(self._log, self._command)
            except ManagerError:
                # The launch that needs a worker will say so to someone who can read it.
                return


def _memory_mb(worker: WorkerProcess) -> float:
    try:
        return float(psutil.Process(worker.pid).memory_info().rss) / 1_000_000
    except psutil.Error:
        return float("inf")
