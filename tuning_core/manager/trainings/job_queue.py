"""Trainings that are asked for: what is known of each, for whomever, and whose is next."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import uuid4

from tuning_core.catalog import TrialStatus
from tuning_core.spec.training_request import TrainingRequest

END_VIEWS = {"importance", "mistakes", "predictions"}

MOST_CACHED, MOST_BYTES = 1_000, 300_000_000
"""Trainings kept, and what the sights of their insides may take together; the one that was asked
for longest ago makes room."""


@dataclass
class CachedTraining:
    """The epochs of one configuration, data and seed, as far as anybody has trained them.

    ``network`` and ``inside`` are what ``tuning_core.training.Inside`` saw, the latter by epoch
    (0: before any). ``views`` are those of the end, by the epoch at which they were drawn.
    ``status`` is set once there is nothing more to train, whatever is asked: it ended early, or its
    rates were tested.
    """

    epochs: list[dict[str, float]] = field(default_factory=list)
    network: dict[str, Any] = field(default_factory=dict)
    inside: dict[int, str] = field(default_factory=dict)
    rates: list[tuple[float, float]] = field(default_factory=list)
    views: dict[int, dict[str, Any]] = field(default_factory=dict)
    parameters: int | None = None
    status: TrialStatus | None = None
    message: str = ""

    def covers(self, request: TrainingRequest) -> bool:
        """Whether it has all that the request asks for."""
        if request.ramp is not None:
            return self.status is not None
        if self.status is None and len(self.epochs) < request.epochs:
            return False
        if not END_VIEWS.intersection(request.views) and request.landscape is None:
            return True
        diverged = self.status is TrialStatus.DIVERGED and len(self.epochs) < request.epochs
        return diverged or self.reached(request) in self.views

    @property
    def size(self) -> int:
        """Bytes that its largest part takes."""
        return sum(map(len, self.inside.values()))

    def reached(self, request: TrainingRequest) -> int:
        """How many of the epochs that the request asks for there are."""
        return min(request.epochs, len(self.epochs))

    def take(self, event: dict[str, Any]) -> None:
        """Add what the worker tells while it trains; one that begins anew tells the same again."""
        if event["kind"] == "training_epoch":
            done = int(event["epoch"]) - 1
            self.epochs[done : done + 1] = [event["metrics"]]
            if event.get("inside"):
                self.inside[done + 1] = str(event["inside"])
        elif event["kind"] == "training_start":
            self.inside[0] = str(event["inside"])
        elif event["kind"] == "training_network":
            self.network = event["network"]
        elif event["kind"] == "training_rates":
            self.rates[int(event["first"]) :] = [(x, y) for x, y in event["points"]]

    def begin_with(self, other: CachedTraining, epochs: int) -> None:
        """Take the first epochs of a training that was the same until then."""
        self.network, self.parameters = other.network, other.parameters
        self.epochs = other.epochs[:epochs]
        self.inside = {epoch: seen for epoch, seen in other.inside.items() if epoch <= epochs}

    def end(self, result: dict[str, Any], request: TrainingRequest) -> None:
        """Add what the worker says at the end of a training that it was not told to stop."""
        self.parameters = result.get("parameters", self.parameters)
        if "rates" in result:
            self.rates = [(x, y) for x, y in result["rates"]]
        if result.get("views"):
            self.views[len(self.epochs)] = result["views"]
        if request.ramp is not None or len(self.epochs) < request.epochs:
            self.status = TrialStatus(result["status"])
            self.message = str(result.get("message", ""))


class TrainingCache:
    """The cached trainings that were asked for last, by name; ``let_go`` is told of others."""

    def __init__(self, let_go: Callable[[CachedTraining], None]) -> None:
        self._let_go = let_go
        self._cached: OrderedDict[str, CachedTraining] = OrderedDict()

    def of(self, request: TrainingRequest) -> CachedTraining:
        """What is cached of a request, a new entry where nobody has asked for it lately."""
        cached = self._cached.setdefault(request.training_key, CachedTraining())
        self._cached.move_to_end(request.training_key)
        for segment in request.segments[:-1]:
            before = self._cached.get(segment.key)
            if before is not None and len(cached.epochs) < min(segment.last, len(before.epochs)):
                cached.begin_with(before, segment.last)
        while len(self._cached) > MOST_CACHED or (
            len(self._cached) > 1 and sum(c.size for c in self._cached.values()) > MOST_BYTES
        ):
            self._let_go(self._cached.popitem(last=False)[1])
        return cached


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


@dataclass(frozen=True)
class TrainingSnapshot:
    """How a training stands now.

    ``place`` others are served before it. ``epochs`` has the metrics of each epoch so far,
    ``network`` and ``inside``, by epoch, what was seen inside it where that was asked for,
    ``views`` those of the end, ``rates`` the (learning rate, training loss) points of a range
    test. ``status`` and ``message`` say how it ended, ``note`` what keeps it waiting, ``share``
    how far a long epoch is. ``seconds`` is the time from asking to the end, 0 before it.
    """

    id: str
    request: TrainingRequest
    state: TrainingState
    place: int
    epochs: tuple[dict[str, float], ...]
    network: Mapping[str, Any]
    inside: Mapping[int, str]
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


SLICE_SECONDS = 2.0
"""How long a training may keep others waiting at first before it lets them go ahead."""


@dataclass(eq=False)
class TrainingJob:
    """A training that a user asked for; ``state`` is kept by the service.

    ``present`` says whether the user is there still, and ``trained`` how many seconds it was
    trained so far, in turns of ``turn`` seconds while others wait.
    """

    user: str
    request: TrainingRequest
    cached: CachedTraining
    id: str = field(default_factory=lambda: uuid4().hex)
    state: TrainingState = TrainingState.WAITING
    message: str = ""
    note: str = ""
    share: float = 0.0
    present: Callable[[], bool] = lambda: True
    on_end: Callable[[], None] = lambda: None
    tries: int = 0
    turn: float = field(default_factory=lambda: SLICE_SECONDS)
    trained: float = 0.0
    asked: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def end(self, state: TrainingState, message: str = "") -> None:
        """Settle it."""
        self.state, self.message = state, message
        self.seconds = time.monotonic() - self.asked
        self.on_end()


MOST_JOBS = 2_000
"""Jobs that can be looked at; the one that was looked at longest ago makes room."""


class TrainingJobs(OrderedDict[str, TrainingJob]):
    """Jobs by their ids, the one that was looked at last comes last."""

    def keep(self, job: TrainingJob) -> None:
        """Add a job."""
        self[job.id] = job
        while len(self) > MOST_JOBS:
            self.popitem(last=False)

    def let_go(self, cached: CachedTraining) -> None:
        """Forget ended jobs of what is no longer cached: they would keep it in memory."""
        ended = [id for id, job in self.items() if job.cached is cached and job.state.ended]
        for id in ended:
            del self[id]


class FairQueue:
    """Waiting jobs. Not for several threads at once."""

    def __init__(self) -> None:
        self._users: OrderedDict[str, deque[TrainingJob]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._users.values()))

    def waiting(self, user: str) -> int:
        """How many jobs of a user wait."""
        return len(self._users.get(user, ()))

    def add(self, job: TrainingJob, *, first: bool = False) -> None:
        """Put a job last, or first, in its user's line."""
        line = self._users.setdefault(job.user, deque())
        line.appendleft(job) if first else line.append(job)

    def drop(self, user: str) -> list[TrainingJob]:
        """Take all jobs of a user off the queue."""
        return list(self._users.pop(user, ()))

    def next(self) -> TrainingJob | None:
        """The next user's first job; the user's turn comes again after all others'."""
        if not self._users:
            return None
        user, line = self._users.popitem(last=False)
        job = line.popleft()
        if line:
            self._users[user] = line
        return job

    def place(self, job: TrainingJob) -> int:
        """How many jobs are served before this one, unless others come in between."""
        own = list(self._users.get(job.user, ()))
        if job not in own:
            return 0
        turn = own.index(job)
        before, earlier = turn, True
        for user, line in self._users.items():
            if user == job.user:
                earlier = False
                continue
            before += min(len(line), turn + earlier)
        return before

    def others(self, user: str) -> bool:
        """Whether anybody but this user waits."""
        return any(name != user for name in self._users)
