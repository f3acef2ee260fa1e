"""The study of a search that runs in somebody's own script: its folder, journal and row."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from tuning_core.catalog import StudyStatus, TrialStatus
from tuning_core.files import write_whole
from tuning_core.home.home import Home, HomeError, new_id
from tuning_core.home.locks import StudyBusyError, StudyLock, holder, locked, own_token
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import (
    Epoch,
    EventDict,
    JournalEvent,
    StudyEnded,
    StudyStarted,
)
from tuning_core.journal.reading import read_events
from tuning_core.journal.writing import Journal
from tuning_core.spec.parts import MAX_EPOCHS, MAX_TRIALS
from tuning_core.spec.study import StudySpec
from tuning_core.store import Store, StudyRow
from tuning_core.study_import.declarations import metric_name
from tuning_core.study_import.runs import (
    MOST_REPEATS,
    RecordedSearch,
    RecordedTrial,
    RunEpoch,
    spec_of,
    trial_end,
    trial_events,
)
from tuning_core.watching.earlier import same_search, settle


@dataclass(frozen=True)
class Planned:
    """How much a search is to do at most, as far as it says; it may turn out to be more."""

    trials: int = 1
    epochs: int = 1
    repeats: int = 1

    def grown(self, *, trials: int = 0, epochs: int = 0, repeats: int = 0) -> Planned:
        """With room for so much, as far as a study has it."""
        most = Planned(
            trials=min(max(self.trials, trials), MAX_TRIALS),
            epochs=min(max(self.epochs, epochs), MAX_EPOCHS),
            repeats=min(max(self.repeats, repeats), MOST_REPEATS),
        )
        return self if most == self else most


@dataclass(frozen=True)
class Begun:
    """A search as it begins: what it is, and by number the trials that it has from before.

    ``key`` tells it from all others, also in the next process that goes on with it; ``versions``
    are those of the packages that search.
    """

    key: str
    search: RecordedSearch
    planned: Planned
    versions: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[int, RecordedTrial] = field(default_factory=dict)


class StudyWriter:
    """Writes one run of a watched search; all of it on one thread, which holds the study's lock.

    A search that went on before, in this home, goes on in the same study. Raises HomeError,
    StoreError, StudyBusyError, SpecError, OSError.
    """

    def __init__(self, path: Path, begun: Begun) -> None:
        self._search = begun.search
        self._configs = {number: trial.config for number, trial in begun.earlier.items()}
        self._most = begun.planned
        self._redescribed = self.closed = False
        self._pending: list[EventDict] = []
        self._began = time.monotonic()
        self._elapsed = 0.0
        home = Home(path)
        if not home.database.exists() and any(home.studies.iterdir()):
            raise HomeError(
                f"{home.path} has studies and no database. Start the server on it once, which "
                "makes the database anew."
            )
        self._open = ExitStack()
        try:
            self._store = Store(home.database)
            self._open.callback(self._store.close)
            self._take_study(home, begun)
            self._begin(begun)
        except BaseException:
            self._open.close()
            raise

    def describe(self, search: RecordedSearch) -> None:
        """What the search is by now: more hyperparameters, more metrics."""
        self._search, self._redescribed = search, True

    def start(self, number: int, trial: RecordedTrial) -> None:
        """A trial begins, begins again, or has another configuration by now."""
        self._configs[number] = trial.config
        self._most = self._most.grown(trials=number)
        begin = next(trial_events(number, trial, self._spec, time.time()))
        self._record(begin)

    def epoch(self, number: int, row: RunEpoch) -> None:
        """An epoch of a running trial."""
        if row.execution > MOST_REPEATS or row.epoch > MAX_EPOCHS:
            if _LEFT_OUT not in self._search.notes:
                self.describe(replace(self._search, notes=[*self._search.notes, _LEFT_OUT]))
            return
        self._most = self._most.grown(epochs=row.epoch, repeats=row.execution)
        event = Epoch.model_construct(
            trial=number,
            execution=row.execution,
            epoch=row.epoch,
            metrics={metric_name(name): value for name, value in row.metrics.items()},
            seconds=row.seconds,
        )
        self._record(event)

    def end(self, number: int, trial: RecordedTrial) -> None:
        """A trial has ended; its epochs are recorded already."""
        if self._configs.get(number) != trial.config:
            self.start(number, trial)
        executions = [each.execution for each in trial.executions]
        self._most = self._most.grown(repeats=max(executions, default=1))
        self._respec()
        self._record(trial_end(number, trial, self._spec, time.time()))
        self.ended.add(number)

    def flush(self) -> None:
        """Have all so far in the database, for whoever looks at the study."""
        self._respec()
        if self._pending:
            self._store.apply(self.study, self._pending)
            self._pending = []

    def close(self, status: str, message: str) -> None:
        """The search has ended, in this process at least."""
        event = StudyEnded.model_construct(
            status=StudyStatus(status),
            reason="recorded",
            message=message,
            seconds=self._elapsed + time.monotonic() - self._began,
        )
        self._record(event)
        self.flush()
        self._open.close()
        self.closed = True

    def give_up(self, error: BaseException) -> None:
        """What the search tells is not understood: raises why."""
        raise error

    def abandon(self, message: str) -> None:
        """Something cannot be written: say so of the study, where that much can be."""
        with self._open:
            self._store.set_status(self.study, StudyStatus.INTERRUPTED, message)

    def _take_study(self, home: Home, begun: Begun) -> None:
        digest = hashlib.sha256(begun.key.encode()).hexdigest()
        with home.changing():
            row = self._earlier_study(home, digest, begun)
            self.study = new_id() if row is None else row.id
            files = home.study(self.study)
            files.folder.mkdir(exist_ok=True)
            self._open.enter_context(StudyLock(files, server=os.getpid()))
            self._most = self._most.grown(trials=max(begun.earlier, default=0))
            self._spec, self._written = self._new_spec(), self._most
            document = self._spec.to_json()
            write_whole(files.spec, document)
            if row is None:
                write_whole(files.reader, "")
                write_whole(files.watched, digest)
                token = own_token()
                self._store.create_study(self.study, self._spec.name, document, time.time(), token)
                self._store.readers.give(self.study, "")
            else:
                self._elapsed = row.seconds
                settle(self._store, files, self.study, document, begun.earlier)
            self._store.set_status(self.study, StudyStatus.RUNNING, owner=own_token())
        self._files = files
        self._journal = Journal(files.journal, self.study, lambda _: None)
        self._open.callback(self._journal.close)

    def _earlier_study(self, home: Home, digest: str, begun: Begun) -> StudyRow | None:
        """The newest study of this search that its trials are those of.

        Raises StudyBusyError where another process searches with it now.
        """
        found = [
            row
            for path in home.studies.glob(f"*/{StudyFiles(Path()).watched.name}")
            if path.read_text(encoding="utf-8") == digest
            and (row := self._store.study(path.parent.name)) is not None
        ]
        for row in sorted(found, key=lambda row: row.created, reverse=True):
            files = home.study(row.id)
            if row.status.active and locked(files):
                raise StudyBusyError(f"This study is running in {holder(files, row.owner)}.")
            if begun.earlier and same_search(read_events(files.journal), begun.earlier):
                return row
        return None

    def _begin(self, begun: Begun) -> None:
        self._record(
            StudyStarted.model_construct(
                pid=os.getpid(),
                device="",
                versions=dict(begun.versions),
                resumed=bool(self._journal.recorded),
                rows={},
                elapsed=self._elapsed,
            )
        )
        recorded = self._journal.recorded
        self.ended = {event["trial"] for event in recorded if event["kind"] == "trial_ended"}
        begun_before = {event["trial"] for event in recorded if event["kind"] == "trial_started"}
        for number, trial in begun.earlier.items():
            if number in self.ended or not trial.status.ended:
                continue
            self.ended.add(number)
            if number in begun_before:
                self._record(trial_end(number, trial, self._spec, time.time()))
                continue
            for event in trial_events(number, trial, self._spec, time.time()):
                self._record(event)
        self.flush()

    def _record(self, event: JournalEvent) -> None:
        self._pending.append(self._journal.record(event))

    def _respec(self) -> None:
        """Write the spec anew if there is more to be said in it."""
        if self._redescribed:
            spec = self._new_spec()
        elif self._most != self._written:
            spec = self._with_room(self._spec)
        else:
            return
        self._redescribed, self._written, self._spec = False, self._most, spec
        document = spec.to_json()
        write_whole(self._files.spec, document, durable=False)
        self._store.set_spec(self.study, document)

    def _new_spec(self) -> StudySpec:
        trials = [replace(_RUNNING, config=config) for config in self._configs.values()]
        return self._with_room(spec_of(replace(self._search, trials=trials)))

    def _with_room(self, spec: StudySpec) -> StudySpec:
        most = self._most
        budget = {"trials": most.trials, "epochs": most.epochs}
        return spec.model_copy(
            update={"budget": spec.budget.model_copy(update=budget), "repeats": most.repeats}
        )


_LEFT_OUT = (
    f"Some is left out: epochs beyond {MAX_EPOCHS:,}, or trainings of a trial beyond "
    f"{MOST_REPEATS}."
)
_RUNNING = RecordedTrial({}, TrialStatus.RUNNING, None)
