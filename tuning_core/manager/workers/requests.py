"""Asking a worker for what needs Keras, and asking it beside the caller."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from uuid import uuid4

from tuning_core.home.home import ManagerError
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.worker_process import WorkerProcess

REQUEST_SECONDS = 300.0
"""How long an answer may take, the start of a worker included."""

_MOST_REFUSALS = 1_000
"""Refusals that are remembered of a kind of request, so that a page does not ask again at once."""


class RefusedError(ManagerError):
    """A worker has understood a request and cannot do it; it would say so again."""


class BackgroundRequests:
    """Requests that are made beside the caller, each on a thread, and why they were refused.

    Only errors of the class ``lasting`` are remembered; after any other the same may be asked
    again. Methods may be called from any thread.
    """

    def __init__(self, name: str, lasting: type[ManagerError] = ManagerError) -> None:
        self._name = name
        self._lasting = lasting
        self._lock = Lock()
        self._running: set[Hashable] = set()
        self._refusals: dict[Hashable, str] = {}

    def begin(self, key: Hashable, ask: Callable[[], object]) -> bool:
        """Call ``ask`` on a thread; returns at once, False where the same ``key`` is under way."""
        with self._lock:
            if key in self._running:
                return False
            self._running.add(key)
            self._refusals.pop(key, None)
        Thread(target=self._run, args=(key, ask), name=self._name, daemon=True).start()
        return True

    def running(self, key: Hashable) -> bool:
        """Whether the request is under way."""
        return key in self._running

    def refusal(self, key: Hashable) -> str:
        """Why the last such request came to nothing, "" when nothing speaks against it."""
        return self._refusals.get(key, "")

    def _run(self, key: Hashable, ask: Callable[[], object]) -> None:
        refusal = ""
        try:
            ask()
        except ManagerError as error:
            refusal = str(error) if isinstance(error, self._lasting) else ""
        finally:
            with self._lock:
                if refusal:
                    while len(self._refusals) >= _MOST_REFUSALS:
                        self._refusals.pop(next(iter(self._refusals)))
                    self._refusals[key] = refusal
                self._running.discard(key)


def ask(
    pool: WorkerPool,
    command: str,
    study_id: str,
    home: Path,
    timeout: float = REQUEST_SECONDS,
    **details: Any,
) -> dict[str, Any]:
    """Send a request to a worker and return the ``result`` of its reply.

    ``details`` are further fields of the request. Raises ManagerError with the worker's own
    sentence, or when it dies or takes too long.
    """
    worker = pool.take()
    try:
        request = uuid4().hex
        worker.send(
            command=command,
            study=study_id,
            home=str(home),
            request=request,
            server=os.getpid(),
            **details,
        )
        return result_of(answered(worker, request, timeout))
    finally:
        pool.give_back(worker)


def answered(worker: WorkerProcess, request: str, timeout: float) -> dict[str, Any]:
    """The reply to a request that was sent; ManagerError when the worker dies or takes too long.

    A worker that takes too long is ended.
    """
    limit = time.monotonic() + timeout
    while not worker.drained and time.monotonic() < limit:
        for event in worker.collect(min(1.0, timeout)):
            if event.get("kind") == "reply" and event.get("request") == request:
                return event
    if worker.drained:
        raise ManagerError(
            f"The worker process ended ({worker.exit_words}) before it answered. Try again."
        )
    worker.kill()
    raise ManagerError(f"The worker did not answer within {timeout:.0f} seconds. Try again.")


def result_of(reply: dict[str, Any]) -> dict[str, Any]:
    """The ``result`` of a reply. Raises RefusedError with the worker's sentence."""
    if not reply.get("ok"):
        raise RefusedError(str(reply.get("error") or "The worker could not do it."))
    result = reply.get("result")
    return result if isinstance(result, dict) else {}
