"""Launches, queues, stops and resumes studies, and asks workers for what needs Keras.

It has more than 300 lines because it is the way in to every service: each is a line here and one
among the imports.
"""

from __future__ import annotations

import atexit
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread

from tuning_core.catalog import StudyStatus
from tuning_core.child_process import WORKER_COMMAND, StartedWorker
from tuning_core.home.home import (
    Home,
    HomeError,
    ManagerError,
    new_id,
    no_study,
    read_caps,
    refuse_beyond_caps,
)
from tuning_core.home.launch_plan import Planned, begin_folder, read_planned, restore_spec
from tuning_core.home.locks import own_token, take_server_lock
from tuning_core.home.model_files import ModelFile
from tuning_core.home.teachers import Teachers
from tuning_core.manager.access import OPERATOR, Access, Person, complete_owners, data_of
from tuning_core.manager.classroom.challenges import Challenges
from tuning_core.manager.classroom.classes import Classes
from tuning_core.manager.library.database_rebuild import open_store
from tuning_core.manager.library.marks import StudyMarks
from tuning_core.manager.library.run_imports import RunImports
from tuning_core.manager.library.storage import Storage
from tuning_core.manager.library.study_archive import StudyArchive
from tuning_core.manager.library.study_exports import LiveTensorBoard, StudyExports
from tuning_core.manager.library.trash import Trash
from tuning_core.manager.questions.assessments import Assessments
from tuning_core.manager.questions.best_model import BestModel, Conversions, Predictions
from tuning_core.manager.questions.calibration import Calibrator
from tuning_core.manager.questions.confirmation import Confirmations
from tuning_core.manager.questions.decisions import Decisions
from tuning_core.manager.questions.explanations import Explanations
from tuning_core.manager.questions.nested import NestedSearches
from tuning_core.manager.questions.new_rows import NewRows
from tuning_core.manager.questions.own_models import OwnModels, refuse_without_file
from tuning_core.manager.questions.study_reports import StudyReports
from tuning_core.manager.searches.earlier import with_first
from tuning_core.manager.searches.edit_files import waiting_edits
from tuning_core.manager.searches.editing import Editing
from tuning_core.manager.searches.halting import halt, skip
from tuning_core.manager.searches.interrupted_studies import (
    NEVER_STARTED,
    InterruptedStudies,
    idle,
    recover,
)
from tuning_core.manager.searches.journal_catch_up import align
from tuning_core.manager.searches.queue import StudyQueue
from tuning_core.manager.searches.races import Races
from tuning_core.manager.searches.supervisor import StudyRun
from tuning_core.manager.trainings.trainings import Trainings
from tuning_core.manager.workers.pool import WorkerPool, memory_limit_mb
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.manager.workers.yielding import Turns
from tuning_core.space import SpecError
from tuning_core.spec.model import Ability
from tuning_core.spec.study import StudySpec
from tuning_core.store import StoreError, StudyRow
from tuning_core.store.progress import ProgressCache

_JOIN_SECONDS = 15.0


class Manager:
    """Runs the studies of one home; the others of this process share it.

    ``server`` refuses a home that another server uses. ``spare`` keeps a warm worker; ``first`` was
    started before. ``searches`` may run at once; those that wait take turns by ``user``. A server
    that ``resumes`` goes on with what ran when the last one ended. ``database_rebuild`` is of a
    damaged one. Raises HomeError; methods about a study ManagerError, also for another's study.
    """

    def __init__(
        self,
        home: Path,
        *,
        server: bool = False,
        spare: bool = True,
        searches: int = 1,
        resumes: bool = False,
        worker_command: Sequence[str] = WORKER_COMMAND,
        first: StartedWorker | WorkerProcess | None = None,
    ) -> None:
        limit_mb = memory_limit_mb()
        read_caps()
        self.home = Home(home)
        self._server_lock = take_server_lock(self.home) if server else None
        self._closing = Event()
        try:
            with self.home.changing():
                self.store, self.database_rebuild = open_store(self.home, server=server)
            complete_owners(self.home, self.store)
            recover(self.store, self.home)
        except (StoreError, ManagerError, OSError) as error:
            self._release_server_lock()
            raise HomeError(str(error)) from error
        pooled = partial(WorkerPool, self.home.worker_log, worker_command, first)
        self._pool = pooled(spare=spare, shared=server, limit_mb=limit_mb)
        self.searches, self.queue = searches, StudyQueue(searches, self._run_of)
        self._idle = partial(idle, self.home, self.store, self.queue.__contains__)
        self.teachers = Teachers(self.home.path)
        self.access = access = Access(self.home, self.store)
        self.interrupted = InterruptedStudies(self.home, self.store, access, self.resume)
        self.own_models = OwnModels(self.home, self._idle)
        self.editing = Editing(self.home, self.store, access, self.queue, self.study, self.resume)
        self.races = Races(self.home, self.store, self.launch, self.resume, self.stop)
        self.nested = NestedSearches(self)
        self.progress = ProgressCache(self.store)
        self.best_model = best = BestModel(self.home, self.store, access, self._pool)
        self.study_exports = StudyExports(self.home, self.store, access, best.export_model)
        self.predictions = Predictions(self.home, self.store, best)
        self.conversions = Conversions(self.home, self.store, best)
        self.classes = Classes(self.home.classes)
        self.trainings = Trainings(self.home, self._pool, access)
        self.challenges = Challenges(self.classes, self.trainings, self.store, self)
        self.new_rows = NewRows(self.home, self.store, access, self._pool, self.trainings)
        self.archive = StudyArchive(self.home, self.store)
        self.run_imports = RunImports(self.home, self.archive)
        self.marks = StudyMarks(self.home, access)
        self.decisions = Decisions(self.home, self.store, access)
        self.trash = Trash(self.home, self.store)
        self.storage = Storage(self.home, self.store, access, self.trash)
        self.explanations = Explanations(self.home, self._pool, access)
        self.live_tensorboard = LiveTensorBoard(self.home, access)
        self._turns = turns = Turns(self.home, self._pool, self.queue.busy)
        self.costs = Calibrator(self.home, self._pool, turns.busy)
        self.confirmations = Confirmations(self.store, access, turns)
        self.assessments = kept = Assessments(self.store, access, turns)
        self.reports = StudyReports(self.home, access, self.study, self.predictions, kept.kept)
        atexit.register(self.close)
        if server:
            self._look_after_home(resumes)

    @property
    def device(self) -> str | None:
        """What studies train on, such as "CPU, 2 cores"; None until a worker has said so."""
        return self._pool.device or self.queue.device

    def launch(
        self,
        spec: StudySpec,
        *,
        user: str = "",
        by: Person | None = None,
        model: ModelFile | None = None,
    ) -> str:
        """Start or queue a study of ``by`` or a ``user``, keeping its ``model``; returns its id."""
        self._refuse_when_closing()
        by = by or (Person(user) if user else OPERATOR)
        self.access.refuse_spec(spec := with_first(self.store, spec), by)
        self.own_models.refuse_launch(spec, model)
        self.challenges.refuse_shortcut(spec.dataset.id, by)
        self.queue.refuse_many(user := by.user)
        refuse_beyond_caps(spec, added=len(spec.first or ()))
        study_id, document = new_id(), spec.to_json()
        files = self.home.study(study_id)
        planned = Planned(spec.plan(), self.costs.estimate(spec))
        with self.home.changing():
            try:
                begin_folder(files, document, user, planned, model)
                self.store.create_study(study_id, spec.name, document, time.time(), own_token())
                self.store.readers.give(study_id, user)
            except (OSError, SpecError, StoreError) as error:
                self.home.discard(files.folder)
                raise ManagerError(f"The study cannot be stored: {error}") from error
            self.queue.add(study_id, user)
        return study_id

    def resume(self, study_id: str, *, by: Person = OPERATOR) -> None:
        """Continue a study that was paused, stopped, interrupted or has failed.

        One that has finished goes on where an edit gave it something to do.
        """
        self._refuse_when_closing()
        self.access.refuse(study_id, by, Ability.TRAIN)
        with self._idle(study_id) as (row, files):
            if not row.status.resumable and not waiting_edits(files):
                raise ManagerError(f"Study {study_id} is {row.status}: there is nothing to resume.")
            self.editing.refuse_beyond_caps(study_id)
            self.access.refuse_data(study_id)
            refuse_without_file(study_id, row.spec, files)
            self.queue.refuse_many(self.store.readers.of(study_id))
            try:
                restore_spec(files, row.spec)
                self.store.set_status(study_id, StudyStatus.QUEUED, owner=own_token())
                self.queue.add(study_id, self.store.readers.of(study_id))
            except (OSError, StoreError) as error:
                raise ManagerError(f"The study cannot be resumed: {error}") from error

    def stop(self, study_id: str, *, by: Person = OPERATOR) -> None:
        """End a running study within one epoch, or take a queued one off the queue."""
        self.access.refuse(study_id, by, Ability.TRAIN)
        with self.home.changing():
            halt(self.home, self.store, self.queue, self.study(study_id), StudyStatus.STOPPED)

    def pause(self, study_id: str, *, by: Person = OPERATOR) -> None:
        """Keep the running trial at a checkpoint and free the worker until the study is resumed."""
        self.access.refuse(study_id, by, Ability.TRAIN)
        with self.home.changing():
            halt(self.home, self.store, self.queue, self.study(study_id), StudyStatus.PAUSED)

    def skip(self, study_id: str, trial: int = 0, *, by: Person = OPERATOR) -> None:
        """End a running trial, by default the one that has run longest; the search goes on."""
        self.access.refuse(study_id, by, Ability.TRAIN)
        skip(self.home, self.queue, self.study(study_id), trial)

    def wait(self, study_id: str, timeout: float | None = None) -> StudyRow:
        """Wait until the study neither runs nor waits here, at most ``timeout`` seconds."""
        self.queue.wait(study_id, timeout)
        return self.study(study_id)

    def running(self) -> list[str]:
        """Ids of the studies that this process runs."""
        return self.queue.running()

    def queued(self) -> list[str]:
        """Ids of the studies that wait here, in the order of their turns."""
        return self.queue.waiting()

    def planned(self, study_id: str) -> Planned | None:
        """What was expected of a study when it was launched; None where nobody wrote it down."""
        return read_planned(self.home.study(study_id).plan)

    def delete(self, study_id: str, *, by: Person = OPERATOR) -> None:
        """Move a study that does not run, with its files, to the trash of this home."""
        self.access.refuse(study_id, by)
        with self._idle(study_id):
            pass  # Else a study that cannot go would lose its confirmation.
        self._turns.stop_all(study_id)
        with self._idle(study_id) as (row, files):
            self._turns.stop_all(study_id)  # What has begun since.
            spec = files.spec.read_text("utf-8") if files.spec.exists() else json.dumps(row.spec)
            self.trash.put(row, spec, by.user)

    def reveal_test(self, study_id: str, *, by: Person = OPERATOR) -> dict[str, float]:
        """Metrics of the best model on the test split; computed and recorded at the first call."""
        self.access.refuse(study_id, by, Ability.MODEL)
        self.challenges.refuse_shortcut(data_of(self.study(study_id).spec), by)
        with self._idle(study_id) as (_, files):
            # What the worker adds must follow all that is recorded. It takes the study's own lock.
            align(self.store, study_id, files)
        return self.best_model.test(study_id)

    @property
    def closed(self) -> bool:
        """Whether the manager has been closed."""
        return self._closing.is_set()

    def close(self) -> None:
        """End all workers; studies that run or wait become interrupted and can be resumed."""
        if self._closing.is_set():
            return
        self._closing.set()
        atexit.unregister(self.close)
        runs, waiting = self.queue.close()
        for leave in (self._turns.leave, *(run.leave for run in runs)):
            leave()
        for study_id in waiting:
            # Where a full disk does not take it, the next start settles it.
            with suppress(StoreError):
                self.store.set_status(study_id, StudyStatus.INTERRUPTED, NEVER_STARTED)
        for part in (self.trainings, self.challenges, self._pool, self.live_tensorboard):
            part.close()
        self.classes.close()
        for run in runs:
            run.join(_JOIN_SECONDS)
        self.store.close()
        self._release_server_lock()

    def study(self, study_id: str) -> StudyRow:
        """The study as it is recorded. Raises ManagerError when there is none."""
        self.home.study(study_id)
        if (row := self.store.study(study_id)) is None:
            raise no_study(study_id, self.home.path)
        return row

    def _run_of(self, study_id: str, ended: Callable[[StudyRun], None]) -> StudyRun:
        # Logs for another tool must not keep a search from running.
        with suppress(ManagerError):
            self.live_tensorboard.begin(study_id)
        return StudyRun(study_id, self.home, self.store, self._pool, ended)

    def _look_after_home(self, resumes: bool) -> None:
        self.home.empty_trash()
        watch = partial(self.interrupted.watch, self._closing, resumes=resumes)
        Thread(target=watch, name="recovery", daemon=True).start()

    def _refuse_when_closing(self) -> None:
        if self._closing.is_set():
            raise ManagerError("The server is stopping.")

    def _release_server_lock(self) -> None:
        if self._server_lock is not None:
            self._server_lock.release()
