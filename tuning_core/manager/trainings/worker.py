"""The worker that trains on demand: taken from the pool at need, given back after a long rest."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Event
from typing import Any
from uuid import uuid4

from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.trainings.job_queue import TrainingJob, TrainingState
from tuning_core.manager.workers.pool import READY_SECONDS, WorkerPool
from tuning_core.manager.workers.requests import result_of
from tuning_core.manager.workers.worker_process import WorkerProcess

IDLE_SECONDS = 600.0
"""After such a rest the worker goes back to the pool."""

ANSWER_SECONDS = 30.0

LONGEST_TURN = 64.0
"""Seconds beyond which nobody waits for another's training to come by an epoch."""

_TICK_SECONDS = 0.2
_SETTLE_SECONDS = 0.01
_STUCK_SECONDS = 30.0
TOO_LONG = (
    "This takes too long to share the machine with those who wait. Launch it as a study, or try "
    "again when nobody waits."
)

_TRIES = 2
"""Workers that may die over one training before it counts as failed."""


class TrainingWorker:
    """Trains one job at a time; ``lock`` guards jobs and their cached trainings.

    ``train``, ``answer``, ``warm`` and ``give_back`` belong to one thread; the rest to any.
    """

    def __init__(self, home: Home, pool: WorkerPool, lock: Condition) -> None:
        self.wanted = False
        self._home = home
        self._pool = pool
        self._lock = lock
        self._worker: WorkerProcess | None = None
        self._request = ""
        self._stopped: float | None = None
        self._closing = Event()

    @property
    def ready(self) -> bool:
        """Whether there is a worker that has imported what it needs."""
        worker = self._worker
        return worker is not None and worker.alive and bool(worker.info)

    def warm(self) -> None:
        """Have a worker, perhaps one that still imports."""
        try:
            self._take()
        except ManagerError:
            # The training that needs a worker will say so to someone who can read it.
            self.wanted = False

    def stop(self) -> None:
        """Ask for the end of the running training at its next epoch."""
        worker = self._worker
        if worker is not None and self._request and self._stopped is None:
            self._stopped = time.monotonic()
            worker.send(command="stop", study=self._request)

    def give_back(self) -> None:
        """Let others have the worker."""
        worker, self._worker = self._worker, None
        if worker is not None:
            self._pool.give_back(worker)

    def close(self) -> None:
        """End the worker."""
        self._closing.set()
        worker = self._worker
        if worker is not None:
            worker.kill()

    def answer(
        self,
        job: TrainingJob | None,
        answer: Future[dict[str, Any]],
        command: str,
        *,
        seconds: float = ANSWER_SECONDS,
        **details: Any,
    ) -> None:
        """Give ``answer`` what a worker says to a ``command``, about what a job has trained."""
        if not answer.set_running_or_notify_cancel():
            return
        if job is not None:
            details["training"] = json.loads(job.request.model_dump_json(exclude_none=True))
            details["epochs"] = job.cached.reached(job.request)
        try:
            answer.set_result(self._asked(command, seconds, details))
        except Exception as error:
            # Whatever it is, it is for the one who asked.
            answer.set_exception(error)

    def _asked(self, command: str, seconds: float, details: dict[str, Any]) -> dict[str, Any]:
        worker, request = self._take(), uuid4().hex
        worker.ready.wait(READY_SECONDS)
        home = str(self._home.path)
        reply = worker.ask(request, seconds, command=command, home=home, **details)
        if reply is None:
            # Perhaps it trains again what it has not kept.
            worker.send(command="stop", study=request)
            raise ManagerError("The worker ended, or took too long, before it answered. Try again.")
        return result_of(reply)

    def train(self, job: TrainingJob, others: Callable[[], bool]) -> bool:
        """Train a job to its end, or until it is stopped; whether it is to go on later.

        ``others`` says whether anybody else waits: a long training then lets them go first. It
        is called a few times a second. A turn that was too short for an epoch makes the next one
        longer, so that there is none that never comes to its end.
        """
        job.tries += 1
        known = len(job.cached.epochs)
        try:
            worker = self._ready(job, others)
            reply, paused = self._follow(worker, job, others)
        except ManagerError as error:
            if job.tries < _TRIES and not self._closing.is_set():
                return True
            self._end(job, TrainingState.FAILED, str(error))
            return False
        finally:
            # Whoever asks for the end of this training has the lock: it must not reach the next.
            with self._lock:
                self._request, self._stopped = "", None
        if paused and len(job.cached.epochs) == known:
            job.turn *= 2
        # What it keeps of a training that goes on later is worth its memory.
        if not paused and self._pool.full(worker):
            worker.kill()
            self._worker = None
        return self._settle(job, reply, paused)

    def _settle(self, job: TrainingJob, reply: dict[str, Any], paused: bool) -> bool:
        if not reply.get("ok"):
            sentence = str(reply.get("error") or "The worker could not train it.")
            self._end(job, TrainingState.FAILED, sentence)
            return False
        result = reply["result"]
        if result["status"] == "failed":
            self._end(job, TrainingState.FAILED, str(result["message"]))
            return False
        if result["status"] is None:
            if paused and job.turn > LONGEST_TURN:
                self._end(job, TrainingState.FAILED, TOO_LONG)
                return False
            if paused:
                # It was not the worker's fault.
                job.tries = 0
            # Others may have asked for the same meanwhile: they are served from what is kept.
            return paused
        with self._lock:
            job.cached.end(result, job.request)
        self._end(job, TrainingState.DONE, "")
        return False

    def _end(self, job: TrainingJob, state: TrainingState, message: str) -> None:
        with self._lock:
            if not job.state.ended:
                job.end(state, message)
            self._lock.notify_all()

    def _take(self) -> WorkerProcess:
        self.wanted = False
        if self._worker is None or not self._worker.alive:
            self._worker = self._pool.take()
            if self._closing.is_set():
                self._worker.kill()
        return self._worker

    def _ready(self, job: TrainingJob, others: Callable[[], bool]) -> WorkerProcess:
        worker = self._take()
        limit = time.monotonic() + READY_SECONDS
        while not worker.ready.wait(_TICK_SECONDS) and not job.state.ended:
            others()
            if time.monotonic() > limit:
                worker.kill()
                raise ManagerError(
                    f"The worker process was not ready after {READY_SECONDS:.0f} seconds and was "
                    "ended. Try again when the machine is less busy."
                )
        if worker.ready.is_set() and not worker.info:
            raise ManagerError(
                f"The worker process did not start ({worker.exit_words}); what it said is in "
                f"{self._home.worker_log}."
            )
        return worker

    def _follow(
        self, worker: WorkerProcess, job: TrainingJob, others: Callable[[], bool]
    ) -> tuple[dict[str, Any], bool]:
        """The worker's reply, and whether it was stopped to let others go first."""
        with self._lock:
            if job.state.ended:
                return {"ok": True, "result": {"status": None}}, False
            self._request = uuid4().hex
        worker.send(
            command="train",
            request=self._request,
            home=str(self._home.path),
            training=json.loads(job.request.model_dump_json(exclude_none=True)),
            known=len(job.cached.epochs),
            earlier=job.trained,
        )
        started, paused = time.monotonic(), False
        earlier = job.trained
        while not worker.drained:
            for event in worker.collect(_TICK_SECONDS, _SETTLE_SECONDS):
                if event.get("request") != self._request:
                    continue
                if event["kind"] == "reply":
                    return event, paused
                self._take_event(job, event)
            now = time.monotonic()
            job.trained = earlier + now - started
            if others() and self._stopped is None and now - started > job.turn:
                paused = True
                self.stop()
            if self._stopped is not None and now - self._stopped > _STUCK_SECONDS:
                worker.kill()
        raise ManagerError(f"The worker process died ({worker.exit_words}) while it trained this.")

    def _take_event(self, job: TrainingJob, event: dict[str, Any]) -> None:
        with self._lock:
            if event["kind"] == "training_note":
                job.note = str(event["message"])
            elif event["kind"] == "training_part":
                job.share = float(event["share"])
            else:
                job.note, job.share = "", 0.0
                job.cached.take(event)
            self._lock.notify_all()
