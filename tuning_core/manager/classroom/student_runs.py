"""What students run in a challenge: paid for from one budget, and counted whatever comes."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event, RLock, Thread

from tuning_core.catalog.architecture import parameter_count
from tuning_core.classroom.challenge_events import RunEnded
from tuning_core.classroom.play import Play, judged_epoch
from tuning_core.classroom.state import ClassState
from tuning_core.home.home import ManagerError
from tuning_core.manager.classroom.classes import Classes
from tuning_core.manager.trainings.job_queue import TrainingSnapshot
from tuning_core.manager.trainings.trainings import Trainings
from tuning_core.spec.training_request import TrainingRequest

LOOK_SECONDS = 1.0
"""Between two looks whether the time of a challenge is up."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seat:
    """A student in a class with a challenge, as it stood."""

    state: ClassState
    play: Play
    member: str

    def is_paid(self, request: TrainingRequest) -> bool:
        """Whether a training would cost nothing."""
        return self.play.cost(self.member, request) == 0

    def same(self, other: Seat) -> bool:
        """Whether both are one student in one challenge."""
        mine = (self.state.code, self.play.number, self.member)
        return mine == (other.state.code, other.play.number, other.member)


@dataclass(eq=False)
class _Going:
    """A training of a member that is not counted yet."""

    user: str
    seat: Seat
    request: TrainingRequest
    cost: int
    id: str = ""


class StudentRuns:
    """Trains what students ask for in a challenge. Methods may be called from any thread.

    It is counted here, whether their page is there or not: when a training ends, is given up or
    was known already, its epochs are spent. One thread waits for these ends, and for the time that
    a challenge has: what trains then is given up.
    """

    def __init__(
        self, classes: Classes, trainings: Trainings, clock: Callable[[], float] = time.time
    ) -> None:
        self._classes = classes
        self._trainings = trainings
        self._clock = clock
        self._lock = RLock()
        self._going: list[_Going] = []
        self._ended: deque[_Going] = deque()
        self._woken = Event()
        self._closed = False
        self._thread: Thread | None = None

    def seat(self, user: str) -> Seat | None:
        """The challenge that a student is in, whether it goes on or not; None without one."""
        with self._lock:
            self._settle()
        membership = self._classes.of(user)
        if membership is None or not membership.member:
            return None
        state = self._classes.state(membership.code)
        return None if state.play is None else Seat(state, state.play, membership.member)

    def is_open(self, play: Play) -> bool:
        """Whether runs count now."""
        return play.is_open(self._clock())

    def ask(
        self, user: str, request: TrainingRequest, *, present: Callable[[], bool] = lambda: True
    ) -> str:
        """Train a run of a student and count it; its id for ``Trainings.get``.

        What the student had asked for before is given up, and has spent what was trained. Raises
        ManagerError for what the challenge does not allow, or what is left does not pay for.
        """
        with self._lock:
            seat = self.seat(user)
            if seat is None:
                raise ManagerError("There is no challenge: join a class that plays one.")
            if not self.is_open(seat.play):
                raise ManagerError("The challenge is over: no more runs count.")
            refusal = seat.play.challenge.refusal(request)
            if refusal:
                raise ManagerError(refusal)
            self._trainings.abandon(user)
            seat = self.seat(user) or seat
            cost = self._affordable(seat, request)
            going = _Going(user, seat, request, cost)
            self._going.append(going)
            try:
                [going.id] = self._trainings.ask(
                    user, [request], present=present, on_end=partial(self._on_end, going)
                )
            except Exception:
                self._going.remove(going)
                raise
            self._start()
            self._settle()
            return going.id

    def give_up(self, code: str) -> None:
        """Count what goes on in a class, and let it end."""
        self._give_up(lambda going: going.seat.state.code == code)

    def _give_up(self, over: Callable[[_Going], bool]) -> None:
        with self._lock:
            for going in filter(over, [*self._going]):
                self._trainings.abandon(going.user)
            self._settle()

    def close(self) -> None:
        """End the thread; what has ended is counted."""
        with self._lock:
            self._closed = True
            self._settle()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def _affordable(self, seat: Seat, request: TrainingRequest) -> int:
        """What a training costs. Raises ManagerError where less is left."""
        play, member = seat.play, seat.member
        # In another of their browsers something may train.
        going = [g for g in self._going if g.seat.same(seat)]
        cost = play.cost(member, request)
        left = play.left(member) - sum(other.cost for other in going)
        if cost <= left:
            return cost
        unit = play.challenge.unit
        if left <= 0:
            raise ManagerError(
                f"The budget of {play.challenge.budget} {unit} is spent. Your best run counts."
            )
        raise ManagerError(
            f"This run takes {cost} epochs, and {left} are left. Train for {left} epochs or fewer."
        )

    def _on_end(self, going: _Going) -> None:
        self._ended.append(going)
        self._woken.set()

    def _start(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = Thread(target=self._follow, name="challenges", daemon=True)
            self._thread.start()
        self._woken.set()

    def _follow(self) -> None:
        while not self._closed:
            self._woken.wait(LOOK_SECONDS if self._going else None)
            self._woken.clear()
            self._give_up(lambda going: not self.is_open(going.seat.play))

    def _settle(self) -> None:
        """Count what has ended."""
        while self._ended:
            going = self._ended.popleft()
            if going in self._going and going.id:
                self._going.remove(going)
                try:
                    self._count(going)
                except ManagerError as error:
                    # The class is over, or the disk is full.
                    _LOG.warning("A run in %s was not counted: %s", going.seat.state.code, error)

    def _count(self, going: _Going) -> None:
        seat = going.seat
        play = self._classes.state(seat.state.code).play
        if play is None or play.number != seat.play.number:
            return
        snapshot = self._trainings.get(going.id)
        epochs = len(snapshot.epochs)
        # The same may have been paid for in another of their browsers meanwhile.
        spent = max(0, epochs - play.paid(seat.member, going.request))
        if not spent:
            return
        challenge = play.challenge
        scores = {n: m.get(challenge.objective) for n, m in enumerate(snapshot.epochs, start=1)}
        epoch = judged_epoch(challenge, scores)
        self._classes.record(
            seat.state.code,
            RunEnded(
                number=play.number,
                member=seat.member,
                request=going.request.alone.changed(epochs=epochs),
                spent=spent,
                epochs=epochs,
                score=None if epoch is None else scores[epoch],
                epoch=epoch,
                parameters=_parameters(snapshot),
            ),
        )


def _parameters(snapshot: TrainingSnapshot) -> int:
    """Of a training that was given up, too, which has not been told its number."""
    if snapshot.parameters is not None:
        return snapshot.parameters
    info, config = snapshot.request.dataset.info, snapshot.request.config
    return parameter_count(config, info.row_shape, max(info.classes, 1))
