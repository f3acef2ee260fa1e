"""One run of a study, from its spec and journal to its end."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tuning_core.catalog import StudyStatus
from tuning_core.home.locks import StudyLock
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import EventDict, Note, StudyEnded, StudyStarted
from tuning_core.journal.writing import Journal
from tuning_core.model_export import ExportError
from tuning_core.spec.study import StudySpec
from tuning_core.strategies import ReplayableOracle, make_oracle
from tuning_core.worker.device import Device
from tuning_core.worker.lanes.cluster import ClusterError
from tuning_core.worker.lanes.lane import Lanes
from tuning_core.worker.limited_trainer import AnyTrainer
from tuning_core.worker.pipes import EventPipe, Inbox
from tuning_core.worker.search.early_termination import EarlyTermination
from tuning_core.worker.search.edits import Edits, read_spec
from tuning_core.worker.search.ending import (
    Ending,
    SearchBrokenError,
    SearchEditedError,
    SearchStoppedError,
    WorkerFullError,
    deaths_in_a_row,
    end_killed,
    ended_early,
    explained,
    failed,
    finished,
)
from tuning_core.worker.search.enough import Enough
from tuning_core.worker.search.lane_search import LaneSearch
from tuning_core.worker.search.limits import Clock, wanted_of
from tuning_core.worker.search.refit import refit_best
from tuning_core.worker.search.replay import ReplayedStudy, replay
from tuning_core.worker.search.search import SearchTuner
from tuning_core.worker.study_rows import StudyData, study_data

NOTE_SECONDS = 0.5
"""At most one note about a download in this time."""


class StudyRun:
    """Runs or resumes the study; the caller has no lock on it yet.

    Between two trials it gives up with WorkerFullError once this process takes more than
    ``limit_mb``; at least one trial has ended by then. ``fresh``: the process ran no study before.
    ``after`` says how the worker died in whose place this one goes on, "" where none did.
    """

    def __init__(
        self,
        study: str,
        files: StudyFiles,
        home: Path,
        inbox: Inbox,
        pipe: EventPipe,
        device: Device,
        *,
        lanes: Lanes | None = None,
        limit_mb: float = math.inf,
        fresh: bool = False,
        after: str = "",
    ) -> None:
        self._study = study
        self._files = files
        self._home = home
        self._inbox = inbox
        self._pipe = pipe
        self._device = device
        self._lanes = lanes
        self._limit_mb = limit_mb
        self._fresh = fresh
        self._after = after
        self._clock: Clock | None = None
        self._replayed = ReplayedStudy()
        self._noted = 0.0

    def run(self, server: int | None) -> None:
        """Search until the study ends, is stopped or fails; all of it goes to the journal.

        Raises StudyBusyError when another process runs it, WorkerFullError when another is to go
        on, OSError when the journal cannot be opened.
        """
        with StudyLock(self._files, server):
            journal = Journal(self._files.journal, self._study, self._pipe.send)
            try:
                ending = self._ending(journal)
                event = None if ending is None else self._record(journal, ending)
            finally:
                journal.close()
        # Whoever hears of the end may start the next run at once: the lock is free by now.
        if event is not None:
            journal.send(event)

    def _ending(self, journal: Journal) -> Ending | None:
        """Search and refit. Returns None when the worker ends, which interrupts the study."""
        try:
            try:
                ending = self._guarded(self._search, journal)
            finally:
                if self._lanes is not None:
                    self._lanes.release()
                shutil.rmtree(self._files.rows, ignore_errors=True)
            if ending.status is StudyStatus.FINISHED:
                ending = self._guarded(self._refit, journal, ending)
        except WorkerFullError as full:
            if self._fresh and full.trials == 1:
                self._note_crowded(journal)
            raise
        closing = self._inbox.closed and ending.status in (StudyStatus.STOPPED, StudyStatus.PAUSED)
        return None if closing else ending

    def _guarded(self, work: Callable[..., Ending], *arguments: Any) -> Ending:
        """What a part of the run comes to, whatever goes wrong in it."""
        try:
            return work(*arguments)
        except WorkerFullError:
            raise
        except SearchStoppedError as stop:
            return self._ended_early(stop.reason, stop.message)
        except ClusterError as error:
            return Ending(StudyStatus.PAUSED, "cluster", str(error))
        except SearchBrokenError as broken:
            return failed(broken.__cause__ or broken, self._files.folder)
        except Exception as error:
            return failed(error, self._files.folder)

    def _search(self, journal: Journal) -> Ending:
        spec = read_spec(self._files)
        self._replayed = replay(journal.recorded, spec.objective_info)
        edits = Edits(self._files, journal, spec)
        edits.take()
        data = self._data(spec, journal)
        data.check(spec)
        sizes = data.sizes
        trainer = self._trainer(spec, data)
        del data
        termination = EarlyTermination(spec)
        termination.restore(journal.recorded)
        enough = Enough(journal.recorded)
        enough.divided(sizes)
        self._clock = Clock(self._replayed.elapsed, edits.spec.budget.seconds)
        started = StudyStarted.model_construct(
            pid=self._device.pid,
            device=self._device.name,
            versions=self._device.versions,
            resumed=bool(journal.recorded),
            rows=sizes,
            elapsed=self._replayed.elapsed,
        )
        if self._after:
            started = started.model_copy(update={"after": self._after})
        begun = journal.append(started)
        deaths = deaths_in_a_row([*journal.recorded, begun])
        end_killed(journal, self._replayed, edits.killed, deaths, termination, spec.objective_info)
        tuner: SearchTuner | None = None
        while True:
            oracle = make_oracle(edits.spec)
            try:
                oracle.restore(self._replayed.records)
                oracle.enqueue(edits.added[self._replayed.added :])
                edits.fresh = False
                before = tuner
                tuner = self._tuner(oracle, trainer, journal, termination, enough, edits)
                if isinstance(tuner, LaneSearch) and isinstance(before, LaneSearch):
                    tuner.go_on_from(before)
                tuner.search()
                return finished(oracle)
            except SearchEditedError:
                # From here on as a resumed search would: the spec and the trials say it all.
                self._clock.allow(edits.spec.budget.seconds)
            finally:
                oracle.close()

    def _tuner(
        self,
        oracle: ReplayableOracle,
        trainer: AnyTrainer | None,
        journal: Journal,
        termination: EarlyTermination,
        enough: Enough,
        edits: Edits,
    ) -> SearchTuner:
        assert self._clock is not None
        arguments = (
            edits.spec,
            oracle,
            trainer,
            journal,
            self._files,
            self._replayed,
            self._clock,
            termination,
            enough,
            edits,
            wanted_of(self._inbox, self._study, self._clock),
            partial(self._inbox.take_skips, self._study),
            self._full,
        )
        if trainer is None:
            assert self._lanes is not None
            most, remote = self._lanes.most, self._lanes.remote
            return LaneSearch(
                *arguments,
                lanes=self._lanes,
                allowed=(lambda: most) if remote else partial(self._inbox.lanes, self._study, most),
                limit_mb=self._limit_mb,
            )
        return SearchTuner(*arguments)

    def _trainer(self, spec: StudySpec, data: StudyData) -> AnyTrainer | None:
        """What trains in this process; None where lanes do, which share the rows then."""
        if self._lanes is None or (spec.parallel < 2 and not self._lanes.remote):
            return data.trainer()
        self._lanes.use(data.shared(self._files.rows), self._files.log)
        return None

    def _refit(self, journal: Journal, ending: Ending) -> Ending:
        """The ending of the search, once the best model of its folds is there."""

        def say(message: str) -> None:
            journal.append(Note.model_construct(message=message))

        try:
            there = refit_best(
                self._files,
                read_spec(self._files),
                self._home,
                stops=lambda: self._inbox.wants_stop(self._study),
                say=say,
            )
        except ExportError as error:
            # The search is finished all the same; whoever wants the model is told why.
            say(str(error))
            return ending
        return ending if there else self._ended_early("stopped")

    def _ended_early(self, reason: str, message: str = "") -> Ending:
        return ended_early(
            self._inbox.reason(self._study) if reason == "stopped" else reason, message
        )

    def _full(self) -> bool:
        return self._device.memory_mb > self._limit_mb

    def _note_crowded(self, journal: Journal) -> None:
        """Say once in a study that every trial takes a process of its own."""
        message = (
            f"A worker takes more than {self._limit_mb:,.0f} MB after a single trial, so that each "
            "trial starts a new one, which is slow. Raise TUNESCAPE_WORKER_MB to allow more."
        )
        if not any(event.get("message") == message for event in journal.recorded):
            journal.append(Note.model_construct(message=message))

    def _data(self, spec: StudySpec, journal: Journal) -> StudyData:
        def progress(done: int, total: int) -> None:
            if self._inbox.wants_stop(self._study):
                raise SearchStoppedError("stopped")
            if total and time.monotonic() - self._noted >= NOTE_SECONDS:
                self._noted = time.monotonic()
                share = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"
                message = f"Downloading {spec.dataset_info.title}: {share}."
                journal.append(Note.model_construct(message=message))

        return study_data(spec, self._files, self._home, progress)

    def _record(self, journal: Journal, ending: Ending) -> EventDict | None:
        seconds = self._clock.seconds if self._clock else self._replayed.elapsed
        event = StudyEnded.model_construct(
            status=ending.status, reason=ending.reason, message=ending.message, seconds=seconds
        )
        try:
            return journal.record(event)
        except OSError as error:
            # The manager must learn of it all the same, and of why it is not in the journal.
            message = ending.message or explained(error, self._files.folder)
            self._pipe.send({"kind": "refused", "study": self._study, "message": message})
            return None
