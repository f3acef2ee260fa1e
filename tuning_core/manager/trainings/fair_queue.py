"""Who is trained for next: readers take turns, each in the order of their own requests."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from tuning_core.manager.trainings.course import Course
from tuning_core.spec.training_request import TrainingRequest


class TrainingState(StrEnum):
    """Where a training on demand stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    ABANDONED = "abandoned"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self not in (TrainingState.WAITING, TrainingState.RUNNING)


SLICE_SECONDS = 2.0
"""How long a training may keep others waiting at first before it lets them go ahead."""


@dataclass(eq=False)
class Ticket:
    """A reader's wish for a training; ``state`` is kept by the service.

    ``present`` says whether the reader is there still, and ``trained`` how many seconds it was
    trained so far, in turns of ``turn`` seconds while others wait.
    """

    reader: str
    request: TrainingRequest
    course: Course
    id: str = field(default_factory=lambda: uuid4().hex)
    state: TrainingState = TrainingState.WAITING
    message: str = ""
    note: str = ""
    share: float = 0.0
    present: Callable[[], bool] = lambda: True
    tries: int = 0
    turn: float = field(default_factory=lambda: SLICE_SECONDS)
    trained: float = 0.0
    asked: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def end(self, state: TrainingState, message: str = "") -> None:
        """Settle it."""
        self.state, self.message = state, message
        self.seconds = time.monotonic() - self.asked


class FairQueue:
    """Waiting tickets. Not for several threads at once."""

    def __init__(self) -> None:
        self._readers: OrderedDict[str, deque[Ticket]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._readers.values()))

    def waiting(self, reader: str) -> int:
        """How many tickets of a reader wait."""
        return len(self._readers.get(reader, ()))

    def add(self, ticket: Ticket, *, first: bool = False) -> None:
        """Put a ticket last, or first, in its reader's line."""
        line = self._readers.setdefault(ticket.reader, deque())
        line.appendleft(ticket) if first else line.append(ticket)

    def drop(self, reader: str) -> list[Ticket]:
        """Take all tickets of a reader off the queue."""
        return list(self._readers.pop(reader, ()))

    def next(self) -> Ticket | None:
        """The next reader's first ticket; the reader's turn comes again after all others'."""
        if not self._readers:
            return None
        reader, line = self._readers.popitem(last=False)
        ticket = line.popleft()
        if line:
            self._readers[reader] = line
        return ticket

    def place(self, ticket: Ticket) -> int:
        """How many tickets are served before this one, unless others come in between."""
        own = list(self._readers.get(ticket.reader, ()))
        if ticket not in own:
            return 0
        turn = own.index(ticket)
        before, earlier = turn, True
        for reader, line in self._readers.items():
            if reader == ticket.reader:
                earlier = False
                continue
            before += min(len(line), turn + earlier)
        return before

    def others(self, reader: str) -> bool:
        """Whether anybody but this reader waits."""
        return any(name != reader for name in self._readers)
