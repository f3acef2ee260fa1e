"""Trainings on demand, for What-if and the lessons: asked for by users, kept for everybody."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Condition, Thread
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.trainings.job_queue import (
    FairQueue,
    TrainingCache,
    TrainingJob,
    TrainingJobs,
    TrainingSnapshot,
    TrainingState,
)
from tuning_core.manager.trainings.worker import IDLE_SECONDS, TrainingWorker
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.planning.limits import check_training
from tuning_core.space import SpecError
from tuning_core.spec.training_request import TrainingRequest

MOST_ASKED = 64
"""Trainings that one call may ask for."""

MOST_WAITING = 256
"""Trainings of one user that may wait."""

AWAY_SECONDS = 10.0
"""How long a user may be gone, as while a browser connects anew, before what they wait for is
given up."""

LOOK_SECONDS = 0.5
"""Between two looks whether users are there."""

_LOG = logging.getLogger(__name__)


class Trainings:
    """A queue of trainings and the one worker that serves it.

    Users take turns, so that nobody waits for another's long list. What was trained once is
    answered at once, for anybody. Methods may be called from any thread; only ``wait`` waits.
    """

    def __init__(self, home: Home, pool: WorkerPool, access: Access) -> None:
        self.access, self._changed = access, Condition()
        self._queue = FairQueue()
        self._jobs = TrainingJobs()
        self._cache = TrainingCache(self._jobs.let_go)
        self._questions: deque[partial[None]] = deque()
        self._running: TrainingJob | None = None
        self._closed, self._looked = False, 0.0
        self._away: dict[str, float] = {}
        self._worker = TrainingWorker(home, pool, self._changed)
        self._thread: Thread | None = None

    def ask(
        self,
        user: str,
        requests: Sequence[TrainingRequest],
        *,
        replace: bool = True,
        present: Callable[[], bool] = lambda: True,
        on_end: Callable[[], None] = lambda: None,
        by: Person = OPERATOR,
    ) -> list[str]:
        """Queue trainings and return their ids, for ``get``.

        With ``replace`` the user's earlier ones that are not done are abandoned; one that runs
        ends within about a second, unless what it trains is wanted still. So are these once
        ``present`` has said for a while that the user is gone. It is called from any thread, as is
        ``on_end``, which must not wait. Raises ManagerError, also for what no trial may be here,
        and for data that is not theirs.
        """
        try:
            for request in requests:
                check_training(request)
                self.access.refuse_rows(request.dataset.id, by)
        except SpecError as error:
            if replace:
                # The user has gone on from what they asked for before.
                self.abandon(user)
            raise ManagerError(str(error)) from None
        if len(requests) > MOST_ASKED:
            raise ManagerError(f"At most {MOST_ASKED} trainings at once, not {len(requests)}.")
        with self._changed:
            if self._closed:
                raise ManagerError("The server is stopping.")
            if replace:
                self._abandon(user)
            if self._queue.waiting(user) + len(requests) > MOST_WAITING:
                raise ManagerError(
                    f"{self._queue.waiting(user)} trainings wait already; let some end first."
                )
            jobs = []
            for request in requests:
                cached = self._cache.of(request)
                job = TrainingJob(user, request, cached, present=present, on_end=on_end)
                jobs.append(job)
                self._jobs.keep(job)
                if job.cached.covers(job.request):
                    job.end(TrainingState.DONE)
                else:
                    self._queue.add(job)
            self._stop_unwanted()
            if len(self._queue):
                self._start()
            self._changed.notify_all()
            return [job.id for job in jobs]

    def get(self, id: str) -> TrainingSnapshot:
        """How a training stands; ManagerError for one that nobody asked for, or long ago."""
        with self._changed:
            job = self._jobs.get(id)
            if job is None:
                raise ManagerError("This training is no longer kept. Ask for it again.")
            self._jobs.move_to_end(id)
            return self._snapshot(job)

    def wait(self, id: str, seconds: float) -> TrainingSnapshot:
        """``get`` a training once it has ended, or after so many seconds at most."""
        with self._changed:
            job = self._jobs.get(id)
            if job is not None:
                self._changed.wait_for(
                    lambda: job.state.ended or job.cached.covers(job.request), seconds
                )
        return self.get(id)

    @property
    def resting(self) -> bool:
        """Whether a question would be answered at once."""
        return self._worker.ready and self._running is None and not len(self._queue)

    def question(self, id: str | None, command: str, **details: Any) -> Future[dict[str, Any]]:
        """Ask a worker about a trained network, or several, before any training that waits.

        The result, or a ManagerError, comes when the present training has ended or gives way.
        """
        future: Future[dict[str, Any]] = Future()
        with self._changed:
            job = None if id is None else self._jobs.get(id)
            if (job is None and id is not None) or self._closed:
                raise ManagerError("This training is no longer kept. Train it again.")
            self._questions.append(partial(self._worker.answer, job, future, command, **details))
            self._start()
            self._changed.notify_all()
        return future

    def abandon(self, user: str) -> None:
        """Give up what a user has asked for and what is not done."""
        with self._changed:
            self._abandon(user)
            self._stop_unwanted()

    def warm(self) -> None:
        """Have a worker ready, because someone is about to ask."""
        with self._changed:
            if not self._closed:
                self._worker.wanted = True
                self._start()
                self._changed.notify_all()

    def close(self) -> None:
        """End the worker; what waits or runs is abandoned."""
        with self._changed:
            self._closed = True
            for job in self._jobs.values():
                if not job.state.ended:
                    job.end(TrainingState.ABANDONED)
            while self._questions:
                self._questions.popleft().args[1].cancel()
            self._changed.notify_all()
        self._worker.close()
        if self._thread is not None:
            self._thread.join()

    def _snapshot(self, job: TrainingJob) -> TrainingSnapshot:
        cached, request = job.cached, job.request
        if not job.state.ended and cached.covers(request):
            # Somebody else's training was the same, or went beyond this one.
            job.end(TrainingState.DONE)
        reached = cached.reached(request)
        done = job.state is TrainingState.DONE
        early = done and (reached < request.epochs or request.ramp is not None)
        running = self._running
        shared = running is not None and running.cached is cached and not job.state.ended
        return TrainingSnapshot(
            id=job.id,
            request=request,
            state=TrainingState.RUNNING if shared else job.state,
            place=0 if shared else self._queue.place(job),
            epochs=tuple(cached.epochs[:reached]),
            network=cached.network,
            inside={epoch: seen for epoch, seen in cached.inside.items() if epoch <= reached},
            rates=tuple(cached.rates),
            views=cached.views.get(reached, {}) if done else {},
            status=(cached.status if early else TrialStatus.COMPLETED) if done else None,
            message=job.message or (cached.message if early else ""),
            note=job.note,
            share=job.share,
            seconds=job.seconds,
            parameters=cached.parameters,
        )

    def _abandon(self, user: str) -> None:
        for job in self._queue.drop(user):
            job.end(TrainingState.ABANDONED)
        if self._running is not None and self._running.user == user:
            self._running.end(TrainingState.ABANDONED)

    def _stop_unwanted(self) -> None:
        running = self._running
        if running is not None and running.state is TrainingState.ABANDONED:
            wanted = any(
                job.cached is running.cached for job in self._jobs.values() if not job.state.ended
            )
            if not wanted:
                self._worker.stop()

    def _abandon_absent(self) -> None:
        """Give up what users wait for who have been gone for a while."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        going = {job.user: job for job in self._jobs.values() if not job.state.ended}
        self._away = {
            user: self._away.get(user, now) for user, job in going.items() if not job.present()
        }
        for user, since in self._away.items():
            if now - since >= AWAY_SECONDS:
                self._abandon(user)
        self._stop_unwanted()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._serve, name="trainings", daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        while True:
            with self._changed:
                if not self._changed.wait_for(self._due, IDLE_SECONDS):
                    self._worker.give_back()
                    self._changed.wait_for(self._due)
                if self._closed:
                    break
                question = self._questions.popleft() if self._questions else None
                job = None if question else self._queue.next()
                if job is not None and job.cached.covers(job.request):
                    job.end(TrainingState.DONE)
                    continue
                self._running = job
                if job is not None:
                    job.state = TrainingState.RUNNING
            if question is not None:
                question()
            elif job is None:
                self._worker.warm()
            else:
                self._train(job)

    def _due(self) -> bool:
        """Whether there is something to do."""
        return self._closed or bool(self._questions or len(self._queue)) or self._worker.wanted

    def _train(self, job: TrainingJob) -> None:
        def others() -> bool:
            with self._changed:
                self._abandon_absent()
                return bool(self._questions) or self._queue.others(job.user)

        try:
            again = self._worker.train(job, others)
        except Exception as error:
            # Whatever it is, the others wait for this thread.
            _LOG.exception("A training was lost")
            again = False
            with self._changed:
                if not job.state.ended:
                    job.end(TrainingState.FAILED, f"The server lost it ({error}). Try again.")
        with self._changed:
            self._running = None
            if again and not job.state.ended:
                job.state = TrainingState.WAITING
                self._queue.add(job, first=True)
