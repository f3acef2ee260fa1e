"""Asking a worker for what needs Keras: a model file, a bundle, the test metrics."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from tuning_core.home.home import ManagerError
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.worker_process import WorkerProcess

REQUEST_SECONDS = 300.0
"""How long an answer may take, the start of a worker included."""


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
        return _result(answered(worker, request, timeout))
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


def _result(reply: dict[str, Any]) -> dict[str, Any]:
    if not reply.get("ok"):
        raise ManagerError(str(reply.get("error") or "The worker could not do it."))
    result = reply.get("result")
    return result if isinstance(result, dict) else {}
