"""Which studies run in this process, and which wait for their turn."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Mapping
from threading import Condition

from tuning_core.catalog import StudyStatus
from tuning_core.catalog.limits import beyond
from tuning_core.home.home import ManagerError
from tuning_core.home.server_log import log_event
from tuning_core.manager.searches.progress import ClusterNode, EpochProgress
from tuning_core.manager.searches.supervisor import StudyRun
from tuning_core.resources import cores

Ended = Callable[[StudyRun], None]


class StudyQueue:
    """Runs at most ``searches`` studies at a time; of the others' users each has a turn.

    ``make_run`` gives the run of a study, which calls the function that it gets when it has ended.
    """

    def __init__(self, searches: int, make_run: Callable[[str, Ended], StudyRun]) -> None:
        self.searches = searches
        self._make_run = make_run
        self._runs: dict[str, StudyRun] = {}
        self._waiting = FairOrder()
        self._changed = Condition()
        self._closed = False
        self.device: str | None = None

    def add(self, study_id: str, user: str = "") -> None:
        """Put a study at the end of its user's line, or start it where there is room.

        One that runs or waits already stays where it is.
        """
        with self._changed:
            if study_id in self._runs or study_id in self._waiting:
                return
            self._waiting.add(study_id, user)
            log_event("study queued", study=study_id, reader=user, before=len(self._waiting) - 1)
            self._dispatch()

    def remove(self, study_id: str) -> bool:
        """Take a study that waits off the queue. Returns whether it waited."""
        with self._changed:
            waited = self._waiting.remove(study_id)
            self._changed.notify_all()
            return waited

    def run_of(self, study_id: str) -> StudyRun | None:
        """The run of a study, None when it does not run here."""
        return self._runs.get(study_id)

    def progress(self, study_id: str) -> Mapping[int, EpochProgress]:
        """How far the running epochs of a study are, where they take seconds, by their trials."""
        run = self.run_of(study_id)
        return {} if run is None else run.live.epochs

    def nodes(self) -> list[ClusterNode]:
        """The machines of the cluster that studies train on, by name; none without a cluster."""
        with self._changed:
            known = {node.name: node for run in self._runs.values() for node in run.live.nodes}
        return [known[name] for name in sorted(known)]

    def halting(self, study_id: str) -> StudyStatus | None:
        """What a running study was asked to become, paused or stopped; None when nothing was."""
        run = self.run_of(study_id)
        return None if run is None else run.halting

    def running(self) -> list[str]:
        """Ids of the studies that run here."""
        with self._changed:
            return list(self._runs)

    def busy(self) -> bool:
        """Whether a study runs here or waits."""
        with self._changed:
            return bool(self._runs) or bool(len(self._waiting))

    def waiting(self) -> list[str]:
        """Ids of the studies that wait, in the order of their turns."""
        with self._changed:
            return self._waiting.order()

    def refuse_many(self, user: str) -> None:
        """Raises ManagerError for a user of whom as many studies wait as may; nobody's all may."""
        with self._changed:
            waiting = self._waiting.count(user) if user else 0
        if beyond("waiting", waiting + 1):
            raise ManagerError(
                f"{waiting:,} of your studies wait already, as many as may on this server: let "
                "some of them start, or stop those that you need no more."
            )

    def place(self, study_id: str) -> int | None:
        """How many wait before a study; None when it does not wait."""
        with self._changed:
            return self._waiting.place(study_id)

    def __contains__(self, study_id: object) -> bool:
        with self._changed:
            return study_id in self._runs or study_id in self._waiting

    def wait(self, study_id: str, timeout: float | None) -> None:
        """Wait until the study neither runs nor waits, at most ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: study_id not in self, timeout)

    def close(self) -> tuple[list[StudyRun], list[str]]:
        """Start nothing more. Returns the runs to be ended and the studies that waited."""
        with self._changed:
            self._closed = True
            runs, waiting = list(self._runs.values()), self._waiting.order()
            self._waiting.clear()
        return runs, waiting

    def _dispatch(self) -> None:
        """Start waiting studies while there is room; the caller holds the lock."""
        while len(self._runs) < self.searches and not self._closed:
            study_id = self._waiting.next()
            if study_id is None:
                return
            run = self._make_run(study_id, self._ended)
            self._runs[study_id] = run
            log_event("study started", study=study_id)
            self._share_cores()
            run.start()

    def _ended(self, run: StudyRun) -> None:
        with self._changed:
            self.device = run.device or self.device
            if self._runs.get(run.study_id) is run:
                del self._runs[run.study_id]
                self._waiting.ended(run.study_id)
            log_event("study left its worker", study=run.study_id, waiting=len(self._waiting))
            self._dispatch()
            self._share_cores()
            self._changed.notify_all()

    def _share_cores(self) -> None:
        """Give each study that runs as many lanes as the others."""
        for run in self._runs.values():
            run.allow_lanes(max(1, cores() // len(self._runs)))


class FairOrder:
    """Studies that wait. Not for several threads at once.

    Next is the user of whom the fewest studies run; among those the one whose last turn is
    longest ago; among those the one who asked first. Each user's own studies keep their order.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}
        self._running: dict[str, str] = {}
        self._last: dict[str, int] = {}
        self._turn = 0
        self._places: dict[str, int] | None = None

    def count(self, user: str) -> int:
        """How many of a user's wait."""
        return sum(waiting == user for waiting in self._waiting.values())

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, study_id: object) -> bool:
        return study_id in self._waiting

    def add(self, study_id: str, user: str = "") -> None:
        """Put a study at the end of its user's line."""
        self._waiting[study_id] = user
        self._places = None

    def remove(self, study_id: str) -> bool:
        """Take a study off. Returns whether it waited."""
        self._places = None
        return self._waiting.pop(study_id, None) is not None

    def clear(self) -> None:
        """Take all studies off."""
        self._waiting.clear()
        self._places = None

    def next(self) -> str | None:
        """Take off the study whose turn it is; it counts as running until ``ended``."""
        study_id = next(iter(self._order()), None)
        if study_id is None:
            return None
        user = self._running[study_id] = self._waiting.pop(study_id)
        self._turn += 1
        self._last[user] = self._turn
        self._places = None
        return study_id

    def ended(self, study_id: str) -> None:
        """Take note of a study that runs no more."""
        self._running.pop(study_id, None)
        known = {*self._waiting.values(), *self._running.values()}
        self._last = {user: turn for user, turn in self._last.items() if user in known}
        self._places = None

    def order(self) -> list[str]:
        """All that waits in the order of their turns, if none ended or came in between."""
        return [*self._order()]

    def place(self, study_id: str) -> int | None:
        """How many are before a study; None when it does not wait."""
        return self._order().get(study_id)

    def _order(self) -> dict[str, int]:
        """The place of each, in order; counted once until something changes."""
        if self._places is None:
            self._places = {study_id: place for place, study_id in enumerate(self._foreseen())}
        return self._places

    def _foreseen(self) -> list[str]:
        counts = Counter(self._running.values())
        lines: dict[str, deque[tuple[int, str]]] = {}
        for asked, (study_id, user) in enumerate(self._waiting.items()):
            lines.setdefault(user, deque()).append((asked, study_id))
        # Of each user: how many run, the last turn, when the next of theirs was asked for.
        ranks = [
            (counts[user], self._last.get(user, 0), line[0][0], user)
            for user, line in lines.items()
        ]
        heapq.heapify(ranks)
        order: list[str] = []
        while ranks:
            running, _, _, user = ranks[0]
            line = lines[user]
            order.append(line.popleft()[1])
            if line:
                last = self._turn + len(order)
                heapq.heapreplace(ranks, (running + 1, last, line[0][0], user))
            else:
                heapq.heappop(ranks)
        return order
