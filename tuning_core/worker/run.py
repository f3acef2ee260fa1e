"""One run of a study, from its spec and journal to its end."""

from __future__ import annotations

import errno
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_core.catalog import StudyStatus
from tuning_core.catalog.objectives import objectives_for
from tuning_core.datasets import DataError, FoldedData, PreparedData, prepare, prepare_folds
from tuning_core.export import ExportError
from tuning_core.space import SpecError
from tuning_core.spec import StudySpec, parse_spec
from tuning_core.strategies import RecordError, ReplayableOracle, make_oracle
from tuning_core.training import Trainer
from tuning_core.worker.clock import Clock, wanted_of
from tuning_core.worker.device import Device
from tuning_core.worker.early_termination import EarlyTermination
from tuning_core.worker.inbox import Inbox
from tuning_core.worker.journal import Journal
from tuning_core.worker.pipe import EventPipe
from tuning_core.worker.recall import Recalled, recall
from tuning_core.worker.refit import refit_best
from tuning_core.worker.search import (
    SearchBrokenError,
    SearchStoppedError,
    SearchTuner,
    WorkerFullError,
)
from tuning_core.worker.study_lock import StudyLock

NOTE_SECONDS = 0.5
"""At most one note about a download in this time."""

_LOG = logging.getLogger(__name__)
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Ending:
    """How a run ended: the fields of study_ended."""

    status: StudyStatus
    reason: str
    message: str


class StudyRun:
    """Runs or resumes the study in ``folder``; the caller has no lock on it yet.

    Between two trials it gives up with WorkerFullError once this process takes more than
    ``limit_mb``; at least one trial has ended by then. ``fresh``: the process ran no study before.
    """

    def __init__(
        self,
        study: str,
        folder: Path,
        home: Path,
        inbox: Inbox,
        pipe: EventPipe,
        device: Device,
        *,
        limit_mb: float = math.inf,
        fresh: bool = False,
    ) -> None:
        self._study = study
        self._folder = folder
        self._home = home
        self._inbox = inbox
        self._pipe = pipe
        self._device = device
        self._limit_mb = limit_mb
        self._fresh = fresh
        self._clock: Clock | None = None
        self._recalled = Recalled()
        self._noted = 0.0

    def run(self, server: int | None) -> None:
        """Search until the study ends, is stopped or fails; all of it goes to the journal.

        Raises StudyBusyError when another process runs it, WorkerFullError when another is to go
        on, OSError when the journal cannot be opened.
        """
        with StudyLock(self._folder, server):
            journal = Journal(self._folder / "events.jsonl", self._study, self._pipe)
            try:
                ending = self._ending(journal)
                event = None if ending is None else self._record(journal, ending)
            finally:
                journal.close()
        # Whoever hears of the end may start the next run at once: the lock is free by now.
        if event is not None:
            journal.send(event)

    def _ending(self, journal: Journal) -> Ending | None:
        """Search and refit; None when the worker is to end: the study is then interrupted."""
        try:
            ending = self._guarded(self._search, journal)
            if ending.status is StudyStatus.FINISHED:
                ending = self._guarded(self._refit, journal, ending)
        except WorkerFullError as full:
            if self._fresh and full.trials == 1:
                self._note_crowded(journal)
            raise
        closing = self._inbox.closed and ending.status is StudyStatus.STOPPED
        return None if closing else ending

    def _guarded(self, work: Callable[..., Ending], *arguments: Any) -> Ending:
        """What a part of the run comes to, whatever goes wrong in it."""
        try:
            return work(*arguments)
        except WorkerFullError:
            raise
        except SearchStoppedError as stop:
            return self._stopped(stop.reason)
        except SearchBrokenError as broken:
            return self._failed(broken.__cause__ or broken)
        except Exception as error:
            return self._failed(error)

    def _search(self, journal: Journal) -> Ending:
        spec = read_spec(self._folder / "spec.json")
        self._recalled = recall(journal.recorded, spec.objective_info)
        oracle = make_oracle(spec)
        oracle.restore(self._recalled.records)
        try:
            self._start(spec, journal, oracle)
            return _finished(oracle)
        finally:
            oracle.close()

    def _refit(self, journal: Journal, ending: Ending) -> Ending:
        """The ending of the search, once the best model of its folds is there."""

        def say(message: str) -> None:
            journal.append("note", message=message)

        try:
            there = refit_best(
                self._folder,
                read_spec(self._folder / "spec.json"),
                self._home,
                stops=lambda: self._inbox.wants_stop(self._study),
                say=say,
            )
        except ExportError as error:
            # The search is finished all the same; whoever wants the model is told why.
            say(str(error))
            return ending
        return ending if there else self._stopped("stopped")

    def _start(self, spec: StudySpec, journal: Journal, oracle: ReplayableOracle) -> None:
        data = self._prepared(spec, journal)
        check_objective(spec, data.outputs)
        trainer, sizes = Trainer(data), data.sizes
        del data
        termination = EarlyTermination(spec)
        termination.restore(journal.recorded)
        clock = Clock(self._recalled.elapsed, spec.budget.seconds)
        journal.append(
            "study_started",
            pid=self._device.pid,
            device=self._device.name,
            versions=self._device.versions,
            resumed=bool(journal.recorded),
            rows=sizes,
            elapsed=self._recalled.elapsed,
        )
        self._clock = clock
        wanted = wanted_of(self._inbox, self._study, clock)
        SearchTuner(
            spec,
            oracle,
            trainer,
            journal,
            self._folder,
            self._recalled,
            clock,
            termination,
            wanted,
            self._full,
        ).search()

    def _full(self) -> bool:
        return self._device.memory_mb > self._limit_mb

    def _note_crowded(self, journal: Journal) -> None:
        """Say once in a study that every trial takes a process of its own."""
        message = (
            f"A worker takes more than {self._limit_mb:,.0f} MB after a single trial, so that each "
            "trial starts a new one, which is slow. Raise TUNESCAPE_WORKER_MB to allow more."
        )
        if not any(event.get("message") == message for event in journal.recorded):
            journal.append("note", message=message)

    def _prepared(self, spec: StudySpec, journal: Journal) -> PreparedData | FoldedData:
        def progress(done: int, total: int) -> None:
            if self._inbox.wants_stop(self._study):
                raise SearchStoppedError("stopped")
            if total and time.monotonic() - self._noted >= NOTE_SECONDS:
                self._noted = time.monotonic()
                share = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"
                title = spec.dataset_info.title
                journal.append("note", message=f"Downloading {title}: {share}.")

        if spec.folds > 1:
            return prepare_folds(spec.dataset, spec.folds, self._home, progress)
        return prepare(spec.dataset, self._home, progress)

    def _record(self, journal: Journal, ending: Ending) -> dict[str, Any] | None:
        seconds = self._clock.seconds if self._clock else self._recalled.elapsed
        fields = {
            "status": ending.status,
            "reason": ending.reason,
            "message": ending.message,
            "seconds": seconds,
        }
        try:
            return journal.record("study_ended", **fields)
        except OSError as error:
            # The manager must learn of it all the same, and of why it is not in the journal.
            message = ending.message or explained(error, self._folder)
            self._pipe.send({"kind": "refused", "study": self._study, "message": message})
            return None

    @staticmethod
    def _stopped(reason: str) -> Ending:
        if reason == "time":
            return Ending(StudyStatus.FINISHED, "time", "The time limit was reached.")
        return Ending(StudyStatus.STOPPED, reason, "Stopped. Resume continues it.")

    def _failed(self, error: BaseException) -> Ending:
        if isinstance(error, DataError | SpecError | RecordError):
            return Ending(StudyStatus.FAILED, "error", str(error))
        _LOG.error("The search failed", exc_info=error)
        if isinstance(error, OSError):
            return Ending(StudyStatus.FAILED, "error", explained(error, self._folder))
        return Ending(
            StudyStatus.FAILED,
            "error",
            f"The search failed ({_first_line(error)}). The study's log says more; Resume tries "
            "again.",
        )


def check_objective(spec: StudySpec, outputs: int) -> None:
    """Raises DataError for a metric of two classes when the data turns out to have others."""
    task = spec.dataset_info.task
    if spec.objective not in objectives_for(task, outputs if task == "classification" else 0):
        fitting = ", ".join(objectives_for(task, outputs))
        raise DataError(
            f"objective: expected one of {fitting} for {outputs} classes, received "
            f"{spec.objective!r}; change it and launch the study anew."
        )


def explained(error: OSError, folder: Path) -> str:
    """One sentence about a file that could not be written or read, and what to do."""
    if error.errno in _FULL:
        return (
            f"The disk of {folder.parent.parent} is full. Free some space, then resume the study."
        )
    name = error.filename or folder
    return f"{name} cannot be used ({error.strerror or error}). Check its permissions, then resume."


def read_spec(path: Path) -> StudySpec:
    """The study's spec; raises SpecError."""
    try:
        return parse_spec(path.read_bytes(), local_files=True)
    except SpecError as error:
        raise SpecError(
            "spec.json", f"{error} The file was changed by hand; launch the study anew."
        ) from None


def _finished(oracle: ReplayableOracle) -> Ending:
    count = len(oracle.trials)
    reason = oracle.stop_reason or "exhausted"
    sentences = {
        "trials": f"All {count} trials of the budget were run.",
        "exhausted": f"Every configuration of the space was tried, in {count} trials.",
        "grid complete": f"All {count} points of the grid were tried.",
        "list complete": f"All {count} configurations of the list were tried.",
        "sweep complete": f"Every hyperparameter was swept, in {count} trials.",
        "brackets complete": f"Every bracket of Hyperband was run, in {count} trials.",
    }
    return Ending(StudyStatus.FINISHED, reason, sentences[reason])


def _first_line(error: BaseException) -> str:
    text = (str(error).strip().splitlines() or [""])[0][:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
