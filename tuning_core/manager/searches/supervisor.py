"""The thread that supervises one running study: worker out, events in."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from tuning_core.catalog import StudyStatus
from tuning_core.home.home import Home, ManagerError
from tuning_core.home.locks import own_token
from tuning_core.home.server_log import log_event
from tuning_core.manager.searches.edit_files import waiting_edits
from tuning_core.manager.searches.interrupted_studies import SERVER_STOPPED
from tuning_core.manager.searches.journal_catch_up import align, catch_up
from tuning_core.manager.searches.progress import Live
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.resources import cores
from tuning_core.store import Store, StoreError

STOP_SECONDS = 10.0
"""How long a worker may take to obey *stop* before it is ended."""

MOST_DEATHS_AT_START = 3
"""Workers that may die one after another before one begins a trial; of those that die over a
trial, the next worker keeps count."""

_COMMANDS = {StudyStatus.STOPPED: "stop", StudyStatus.PAUSED: "pause"}
_CLOSE_SECONDS, _TICK_SECONDS = 3.0, 0.2
_LOG = logging.getLogger(__name__)

_HALTED = {
    StudyStatus.STOPPED: "Stopped. Resume continues it.",
    StudyStatus.PAUSED: "Paused. Resume goes on from the running trial's last checkpoint.",
}


class StudyRun(Thread):
    """Runs the study to its end or its stop. A worker that dies is replaced, within bounds.

    It never raises: what happens ends up in the study's status. ``on_end`` is called last.
    """

    def __init__(
        self,
        study_id: str,
        home: Home,
        store: Store,
        pool: WorkerPool,
        on_end: Callable[[StudyRun], None],
    ) -> None:
        super().__init__(name=f"study-{study_id}", daemon=True)
        self.study_id = study_id
        self.device: str | None = None
        self.live = Live()
        self.lanes = cores()
        self._home = home
        self._files = home.study(study_id)
        self._store = store
        self._pool = pool
        self._on_end = on_end
        self._worker: WorkerProcess | None = None
        self._stopping = Event()
        self._halt = StudyStatus.STOPPED
        self._leaving = Event()
        self._replacing = Event()
        self._deadline = float("inf")
        self._deaths = 0
        self._after = ""

    def stop(self, status: StudyStatus = StudyStatus.STOPPED) -> None:
        """Ask for the end within one epoch, or for a pause with the status paused.

        A worker that does not obey is ended.
        """
        if self._stopping.is_set():
            return
        self._halt = status
        self._deadline = time.monotonic() + STOP_SECONDS
        self._stopping.set()
        self._send(_COMMANDS[status])

    @property
    def halting(self) -> StudyStatus | None:
        """The status that the study will have once it has obeyed; None while nobody asked."""
        return self._halt if self._stopping.is_set() else None

    def skip(self, trial: int = 0) -> None:
        """Ask for the end of a running trial, by default of the one that has run longest."""
        self._send("skip", trial=trial)

    def allow_lanes(self, count: int) -> None:
        """Let the study train so many trials at once, however many it asks for."""
        if count != self.lanes:
            self.lanes = count
            self._send("lanes", lanes=count)

    def replace_worker(self) -> None:
        """End the worker at once and go on with another."""
        worker = self._worker
        if worker is not None:
            self._replacing.set()
            worker.kill()

    def leave(self) -> None:
        """End the worker because this process ends; the study stays resumable."""
        self._leaving.set()
        self._deadline = time.monotonic() + _CLOSE_SECONDS
        worker = self._worker
        if worker is not None:
            worker.close()

    def run(self) -> None:
        """Supervise; called by ``start``."""
        try:
            self._supervise()
        except (StoreError, ManagerError, OSError) as error:
            # A pool that closes gives no worker, which is not what the user has to know.
            message = SERVER_STOPPED if self._leaving.is_set() else str(error)
            self._finish(StudyStatus.INTERRUPTED, message)
        except Exception as error:
            _LOG.exception("Study %s lost its supervisor", self.study_id)
            self._finish(
                StudyStatus.INTERRUPTED,
                f"The server failed to follow this study ({type(error).__name__}: {error}); its "
                "log says more. Resume continues it.",
            )
        finally:
            self.live = Live()
            self._on_end(self)

    def _supervise(self) -> None:
        self._store.set_status(
            self.study_id, StudyStatus.RUNNING, "Starting the worker.", owner=own_token()
        )
        align(self._store, self.study_id, self._files)
        while self._work() or self._edited_late():
            if self._ending:
                self._settle()
                return
            # Of a worker that was ended, the journal may know more than the pipe has told.
            align(self._store, self.study_id, self._files)

    def _edited_late(self) -> bool:
        """Whether a study that has finished is to go on, since an edit came at the last moment."""
        if self._ending or not waiting_edits(self._files):
            return False
        row = self._store.study(self.study_id)
        if row is None or row.status is not StudyStatus.FINISHED:
            return False
        self._store.set_status(self.study_id, StudyStatus.RUNNING, owner=own_token())
        return True

    def _work(self) -> bool:
        """Lend a worker to the study. Returns whether another is to go on once it gives up."""
        worker = self._pool.take()
        full = False
        try:
            full = self._follow(worker)
        except BaseException:
            # Nobody would read its events any more; the journal has what it did.
            worker.kill()
            raise
        finally:
            self._worker = None
            if full:
                # It ends by itself, but the next one needs the memory.
                worker.kill()
            self._pool.give_back(worker)
        return full

    def _follow(self, worker: WorkerProcess) -> bool:
        # A worker that still imports takes the command as soon as it can, and then without
        # first getting warm.
        worker.send(
            command="run",
            study=self.study_id,
            home=str(self._home.path),
            server=os.getpid(),
            memory_mb=self._pool.limit_mb,
            after=self._after,
            lanes=self.lanes,
        )
        self._after = ""
        # A worker that never is ready is ended, which sets this as well.
        while not worker.ready.wait(_TICK_SECONDS):
            if self._ending:
                # It cannot obey while it imports, and nothing has been trained.
                worker.kill()
                break
        if not worker.info and worker.killed and not self._ending:
            return self._replaced(worker)
        if not worker.info and not self._ending:
            self._finish(
                StudyStatus.INTERRUPTED,
                f"The worker process did not start ({worker.exit_words}); what it said is in "
                f"{self._home.worker_log}. Resume tries again.",
            )
            return False
        self.device = worker.info.get("device")
        self._worker = worker
        # A stop or a leave that came before the worker was known has reached nobody.
        if self._stopping.is_set():
            self._send(_COMMANDS[self._halt])
        if self._leaving.is_set():
            worker.close()
        return self._drain(worker)

    def _drain(self, worker: WorkerProcess) -> bool:
        """Record a worker's events to its end. Returns whether another is to go on."""
        while True:
            came = worker.collect(_TICK_SECONDS)
            batch = [event for event in came if event.get("study") == self.study_id]
            events = [event for event in batch if isinstance(event.get("seq"), int)]
            after = self.live.after(batch)
            if events:
                # No page is to count an epoch twice, as recorded and as running.
                self.live = self.live.common(after)
                self._store.apply(self.study_id, events)
            self.live = after
            kinds = {event.get("kind") for event in events}
            if "trial_started" in kinds:
                self._deaths = 0
            if "study_ended" in kinds:
                return False
            if any(event.get("kind") == "recycle" for event in batch):
                return True
            refusal = next((event for event in batch if event.get("kind") == "refused"), None)
            if refusal is not None:
                catch_up(self._store, self.study_id, self._files)
                words = refusal.get("message") or "The worker refused the study."
                self._finish(StudyStatus.INTERRUPTED, str(words))
                return False
            if worker.drained and self._replacing.is_set():
                self._replacing.clear()
                return True
            if worker.drained:
                return self._replaced(worker)
            if time.monotonic() > self._deadline:
                worker.kill()

    @property
    def _ending(self) -> bool:
        """Whether nothing more is to be started."""
        return self._stopping.is_set() or self._leaving.is_set()

    def _replaced(self, worker: WorkerProcess) -> bool:
        """Whether another worker is to go on for one that has died; otherwise the study ends."""
        died = f"The worker process {worker.pid} died ({worker.exit_words})"
        log_event("worker died", study=self.study_id, worker=worker.pid, how=worker.exit_words)
        catch_up(self._store, self.study_id, self._files)
        row = self._store.study(self.study_id)
        if row is None or not row.status.active:
            return False
        self._deaths += 1
        if self._ending or self._deaths >= MOST_DEATHS_AT_START:
            before = f"as did {self._deaths - 1} before it, none of which began a trial"
            self._settle(f"{died}, {before}.")
            return False
        self._after = worker.exit_words
        words = f"{died}; another goes on."
        self.live = Live()
        self._store.set_status(
            self.study_id, StudyStatus.RUNNING, words, owner=own_token(), idle=True
        )
        return True

    def _settle(self, why: str = "") -> None:
        """Settle a study that no worker runs any more although it has not ended."""
        catch_up(self._store, self.study_id, self._files)
        row = self._store.study(self.study_id)
        if row is None or not row.status.active:
            return
        if self._leaving.is_set():
            self._finish(StudyStatus.INTERRUPTED, SERVER_STOPPED)
        elif self._stopping.is_set():
            self._finish(self._halt, _HALTED[self._halt])
        else:
            self._finish(
                StudyStatus.INTERRUPTED,
                f"{why} Finished trials are kept; Resume continues the study.",
            )

    def _send(self, command: str, **details: Any) -> None:
        worker = self._worker
        if worker is not None:
            worker.send(command=command, study=self.study_id, **details)

    def _finish(self, status: StudyStatus, message: str) -> None:
        try:
            self._store.set_status(self.study_id, status, message)
        except StoreError:
            # A full disk takes no status either, but the page must show one.
            self._store.hold_status(self.study_id, status, message)
