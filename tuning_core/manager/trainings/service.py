"""Trainings on demand, for What-if and the lessons: asked for by readers, kept for everybody."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.trainings.course import Courses
from tuning_core.manager.trainings.fair_queue import FairQueue, Ticket, TrainingState
from tuning_core.manager.trainings.worker import IDLE_SECONDS, TrainingWorker
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.planning.limits import check_training
from tuning_core.space import SpecError
from tuning_core.spec.training_request import TrainingRequest

MOST_ASKED = 64
"""Trainings that one call may ask for."""

MOST_WAITING = 256
"""Trainings of one reader that may wait."""

AWAY_SECONDS = 10.0
"""How long a reader may be gone, as while a browser connects anew, before what they wait for is
given up."""

LOOK_SECONDS = 0.5
"""Between two looks whether readers are there."""

MOST_TICKETS = 2_000
"""Tickets that can be looked at; the one that was looked at longest ago makes room."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """How a training stands now.

    ``place`` others are served before it. ``epochs`` has the metrics of each epoch so far,
    ``planes`` the plane after each where it was asked for, ``views`` those of the end, ``rates``
    the (learning rate, training loss) points of a range test. ``status`` and ``message`` say how
    it ended, ``note`` what keeps it waiting, ``share`` how far a long epoch is. ``seconds`` is
    the time from asking to the end, 0 before it.
    """

    id: str
    request: TrainingRequest
    state: TrainingState
    place: int
    epochs: tuple[dict[str, float], ...]
    planes: tuple[dict[str, Any], ...]
    rates: tuple[tuple[float, float], ...]
    views: Mapping[str, Any]
    status: TrialStatus | None
    message: str
    note: str
    share: float
    seconds: float
    parameters: int | None

    @property
    def best(self) -> tuple[float, int] | None:
        """The best score of its objective and its epoch; None before the first epoch."""
        objective, best = self.request.objective_info, None
        for number, metrics in enumerate(self.epochs, start=1):
            score = metrics[objective.id]
            if objective.better(score, best[0] if best else None):
                best = (score, number)
        return best


class Trainings:
    """A queue of trainings and the one worker that serves it.

    Readers take turns, so that nobody waits for another's long list. What was trained once is
    answered at once, for anybody. Methods may be called from any thread; only ``wait`` waits.
    """

    def __init__(self, home: Home, pool: WorkerPool) -> None:
        self._changed = Condition()
        self._queue = FairQueue()
        self._courses = Courses()
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._running: Ticket | None = None
        self._closed = False
        self._away: dict[str, float] = {}
        self._looked = 0.0
        self._worker = TrainingWorker(home, pool, self._changed)
        self._thread: Thread | None = None

    def ask(
        self,
        reader: str,
        requests: Sequence[TrainingRequest],
        *,
        replace: bool = True,
        present: Callable[[], bool] = lambda: True,
    ) -> list[str]:
        """Queue trainings and return their ids, for ``look``.

        With ``replace`` the reader's earlier ones that are not done are abandoned; one that runs
        ends within about a second, unless what it trains is wanted still. So are these once
        ``present`` has said for a while that the reader is gone; it may be called from any
        thread. Raises ManagerError, also for what no trial of a study may be on this server.
        """
        try:
            for request in requests:
                check_training(request)
        except SpecError as error:
            if replace:
                # The reader has gone on from what they asked for before.
                self.abandon(reader)
            raise ManagerError(str(error)) from None
        if len(requests) > MOST_ASKED:
            raise ManagerError(
                f"At most {MOST_ASKED} trainings can be asked for at once, not {len(requests)}."
            )
        with self._changed:
            if self._closed:
                raise ManagerError("The server is stopping.")
            if replace:
                self._abandon(reader)
            if self._queue.waiting(reader) + len(requests) > MOST_WAITING:
                raise ManagerError(
                    f"{self._queue.waiting(reader)} trainings wait already; let some end first."
                )
            tickets = [
                Ticket(reader, request, self._courses.of(request), present=present)
                for request in requests
            ]
            for ticket in tickets:
                self._tickets[ticket.id] = ticket
                if ticket.course.covers(ticket.request):
                    ticket.end(TrainingState.DONE)
                else:
                    self._queue.add(ticket)
            while len(self._tickets) > MOST_TICKETS:
                self._tickets.popitem(last=False)
            self._stop_unwanted()
            if len(self._queue):
                self._start()
            self._changed.notify_all()
            return [ticket.id for ticket in tickets]

    def look(self, id: str) -> Training:
        """How a training stands; ManagerError for one that nobody asked for, or long ago."""
        with self._changed:
            ticket = self._tickets.get(id)
            if ticket is None:
                raise ManagerError("This training is no longer kept. Ask for it again.")
            self._tickets.move_to_end(id)
            return self._snapshot(ticket)

    def wait(self, id: str, seconds: float) -> Training:
        """``look`` at a training once it has ended, or after so many seconds at most."""
        with self._changed:
            ticket = self._tickets.get(id)
            if ticket is not None:
                self._changed.wait_for(
                    lambda: ticket.state.ended or ticket.course.covers(ticket.request), seconds
                )
        return self.look(id)

    def abandon(self, reader: str) -> None:
        """Give up what a reader has asked for and what is not done."""
        with self._changed:
            self._abandon(reader)
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
            for ticket in self._tickets.values():
                if not ticket.state.ended:
                    ticket.end(TrainingState.ABANDONED)
            self._changed.notify_all()
        self._worker.close()
        if self._thread is not None:
            self._thread.join()

    def _snapshot(self, ticket: Ticket) -> Training:
        course, request = ticket.course, ticket.request
        if not ticket.state.ended and course.covers(request):
            # Somebody else's training was the same, or went beyond this one.
            ticket.end(TrainingState.DONE)
        reached = course.reached(request)
        done = ticket.state is TrainingState.DONE
        early = done and (reached < request.epochs or request.ramp is not None)
        running = self._running
        shared = running is not None and running.course is course and not ticket.state.ended
        return Training(
            id=ticket.id,
            request=request,
            state=TrainingState.RUNNING if shared else ticket.state,
            place=0 if shared else self._queue.place(ticket),
            epochs=tuple(course.epochs[:reached]),
            planes=tuple(course.planes[:reached]),
            rates=tuple(course.rates),
            views=course.views.get(reached, {}) if done else {},
            status=(course.status if early else TrialStatus.COMPLETED) if done else None,
            message=ticket.message or (course.message if early else ""),
            note=ticket.note,
            share=ticket.share,
            seconds=ticket.seconds,
            parameters=course.parameters,
        )

    def _abandon(self, reader: str) -> None:
        for ticket in self._queue.drop(reader):
            ticket.end(TrainingState.ABANDONED)
        if self._running is not None and self._running.reader == reader:
            self._running.end(TrainingState.ABANDONED)

    def _stop_unwanted(self) -> None:
        running = self._running
        if running is not None and running.state is TrainingState.ABANDONED:
            wanted = any(
                ticket.course is running.course
                for ticket in self._tickets.values()
                if not ticket.state.ended
            )
            if not wanted:
                self._worker.stop()

    def _abandon_absent(self) -> None:
        """Give up what readers wait for who have been gone for a while."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        going = {
            ticket.reader: ticket for ticket in self._tickets.values() if not ticket.state.ended
        }
        self._away = {
            reader: self._away.get(reader, now)
            for reader, ticket in going.items()
            if not ticket.present()
        }
        for reader, since in self._away.items():
            if now - since >= AWAY_SECONDS:
                self._abandon(reader)
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
                ticket = self._queue.next()
                if ticket is not None and ticket.course.covers(ticket.request):
                    ticket.end(TrainingState.DONE)
                    continue
                self._running = ticket
                if ticket is not None:
                    ticket.state = TrainingState.RUNNING
            if ticket is None:
                self._worker.warm()
            else:
                self._train(ticket)

    def _due(self) -> bool:
        """Whether there is something to do."""
        return self._closed or bool(len(self._queue)) or self._worker.wanted

    def _train(self, ticket: Ticket) -> None:
        def others() -> bool:
            with self._changed:
                self._abandon_absent()
                return self._queue.others(ticket.reader)

        try:
            again = self._worker.train(ticket, others)
        except Exception as error:
            # Whatever it is, the others wait for this thread.
            _LOG.exception("A training was lost")
            again = False
            with self._changed:
                if not ticket.state.ended:
                    ticket.end(TrainingState.FAILED, f"The server lost it ({error}). Try again.")
        with self._changed:
            self._running = None
            if again and not ticket.state.ended:
                ticket.state = TrainingState.WAITING
                self._queue.add(ticket, first=True)
