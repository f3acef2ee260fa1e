"""Which studies run in this process, and which wait for their turn."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition

from tuning_core.home.server_log import log_event
from tuning_core.manager.searches.fair_turns import Turns
from tuning_core.manager.searches.supervisor import StudyRun

Ended = Callable[[StudyRun], None]


class StudyQueue:
    """Runs at most ``searches`` studies at a time; of the others' readers each has a turn.

    ``make_run`` gives the run of a study, which calls the function that it gets when it has ended.
    """

    def __init__(self, searches: int, make_run: Callable[[str, Ended], StudyRun]) -> None:
        self.searches = searches
        self._make_run = make_run
        self._runs: dict[str, StudyRun] = {}
        self._waiting = Turns()
        self._changed = Condition()
        self._closed = False
        self.device: str | None = None

    def add(self, study_id: str, reader: str = "") -> None:
        """Put a study at the end of its reader's line, or start it where there is room.

        One that runs or waits already stays where it is.
        """
        with self._changed:
            if study_id in self._runs or study_id in self._waiting:
                return
            self._waiting.add(study_id, reader)
            log_event("study queued", study=study_id, reader=reader, before=len(self._waiting) - 1)
            self._dispatch()

    def remove(self, study_id: str) -> bool:
        """Take a study that waits off the queue; whether it waited."""
        with self._changed:
            waited = self._waiting.remove(study_id)
            self._changed.notify_all()
            return waited

    def run_of(self, study_id: str) -> StudyRun | None:
        """The run of a study, None when it does not run here."""
        return self._runs.get(study_id)

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
        """Start nothing more; the runs to be ended and the studies that waited."""
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
            run.start()

    def _ended(self, run: StudyRun) -> None:
        with self._changed:
            self.device = run.device or self.device
            if self._runs.get(run.study_id) is run:
                del self._runs[run.study_id]
                self._waiting.ended(run.study_id)
            log_event("study left its worker", study=run.study_id, waiting=len(self._waiting))
            self._dispatch()
            self._changed.notify_all()
