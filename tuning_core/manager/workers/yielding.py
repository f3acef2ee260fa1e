"""A long request to a worker that gives way to searches, and goes on after them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Any, Literal
from uuid import uuid4

from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.requests import result_of
from tuning_core.manager.workers.worker_process import WorkerProcess

SILENT_SECONDS = 600.0
"""A worker that has said nothing for so long is taken for stuck."""

QUICK_AT_ONCE = 2
"""Quick requests that have a worker at a time, each a process of some hundred megabytes."""

SEARCH_RUNS = "A search runs: this goes on when it has ended."
NEXT = "Another study is being worked on: this one is next."

_CHECK_SECONDS = 0.5
_STOP_SECONDS = 10.0
_AWAY_SECONDS = 2.0

Stage = Literal["none", "waiting", "running", "stopped", "done"]


class Turns:
    """What such requests share: workers, whether a search is ``busy``, whose turn it is.

    ``running`` are those that are under way or wait.
    """

    def __init__(self, home: Home, pool: WorkerPool, busy: Callable[[], bool]) -> None:
        self.home, self.pool, self.busy = home, pool, busy
        self.turn: Lock | BoundedSemaphore = Lock()
        self.quick_turn = BoundedSemaphore(QUICK_AT_ONCE)
        self._running: set[YieldingRequest] = set()

    def begin(self, request: YieldingRequest) -> None:
        """Start a request."""
        self._running = {known for known in self._running if known.is_alive()} | {request}
        request.start()

    def stop_all(self, study_id: str) -> None:
        """End those of a study, and wait until no worker has its files."""
        for request in list(self._running):
            if request.study_id == study_id:
                request.stop(wait=True)

    def leave(self) -> None:
        """Tell all to end."""
        for request in list(self._running):
            request.stop()


class YieldingRequest(Thread):
    """Follows one request through as many workers as it takes.

    The ``command`` is answered with ``complete``: False when it was stopped, and then it is sent
    again, with the ``details`` as they are by then. One that is ``quick`` waits for nobody's search
    and takes turns with its like alone. ``on_event`` gets what the worker sends about it meanwhile,
    ``on_stage`` each stage and why it waits or does not go on.
    """

    def __init__(
        self,
        command: str,
        study_id: str,
        details: Callable[[], Mapping[str, Any]],
        turns: Turns,
        on_event: Callable[[dict[str, Any]], None],
        on_stage: Callable[[Stage, str], None],
        *,
        quick: bool = False,
    ) -> None:
        super().__init__(name=f"{command}-{study_id}", daemon=True)
        self.study_id = study_id
        self._command = {"command": command, "study": study_id}
        self._details = details
        self._turns = turns
        self._turn = turns.quick_turn if quick else turns.turn
        self._busy = (lambda: False) if quick else turns.busy
        self._on_event, self._on_stage = on_event, on_stage
        self._stopping = Event()
        self._worker: WorkerProcess | None = None
        self._request = uuid4().hex

    def stop(self, *, wait: bool = False) -> None:
        """Ask for its end; ``wait`` until its worker has let go of the study's files."""
        self._stopping.set()
        if (worker := self._worker) is not None:
            worker.send(command="stop", study=self._request)
        if wait and self.ident is not None:
            self.join(_STOP_SECONDS)

    def run(self) -> None:
        """Work until it is complete, stopped or refused; called by ``start``."""
        complete, message = False, ""
        try:
            while not self._stopping.is_set() and not complete:
                if self._turn.acquire(timeout=_CHECK_SECONDS):
                    try:
                        complete = self._attempt()
                    finally:
                        self._turn.release()
                    if not complete:
                        # Whoever it gave way to has the worker for a moment.
                        self._stopping.wait(_AWAY_SECONDS)
                else:
                    self._on_stage("waiting", NEXT)
        except (ManagerError, OSError) as error:
            message = str(error)
        self._on_stage("done" if complete else "stopped", message)

    def _attempt(self) -> bool:
        """Go on with a worker once no search runs; whether it is complete."""
        while self._busy():
            self._on_stage("waiting", SEARCH_RUNS)
            if self._stopping.wait(_CHECK_SECONDS):
                return False
        # A stop that was told to a worker holds for its request for ever.
        self._request = uuid4().hex
        self._on_stage("waiting", "Starting.")
        with self._turns.pool.borrowed(self._request) as worker:
            self._worker = worker
            try:
                if self._stopping.is_set():
                    return False
                worker.send(
                    **self._command,
                    **self._details(),
                    home=str(self._turns.home.path),
                    request=self._request,
                    server=os.getpid(),
                )
                return self._followed(worker)
            except BaseException:
                # Its later words would be taken for those of the next request.
                worker.kill()
                raise
            finally:
                self._worker = None

    def _followed(self, worker: WorkerProcess) -> bool:
        heard = time.monotonic()
        while not worker.drained:
            for event in worker.collect(_CHECK_SECONDS):
                heard = time.monotonic()
                if event.get("request") != self._request:
                    continue
                if event.get("kind") == "reply":
                    return bool(result_of(event).get("complete"))
                self._on_event(event)
            if time.monotonic() - heard > SILENT_SECONDS:
                raise ManagerError(
                    f"The worker said nothing for {SILENT_SECONDS / 60:.0f} minutes and was ended."
                )
        if self._stopping.is_set():
            return False
        raise ManagerError(f"The worker process ended ({worker.exit_words}). Continue goes on.")
