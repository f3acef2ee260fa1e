"""Confirms winners: trainings on new seeds that give way to searches."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from uuid import uuid4

from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.questions.confirmation import DEFAULT, Confirmation, Stage, read_recorded
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.store import Store

MOST_TRIALS = 5
FEWEST_SEEDS, MOST_SEEDS = 3, 10

SILENT_SECONDS = 600.0
"""A worker that has said nothing for so long is taken for stuck."""

WAITING = "A search runs: this goes on when it has ended."

_LOOK_SECONDS = 0.5
_STOP_SECONDS = 10.0
_AWAY_SECONDS = 2.0


class Confirmations:
    """Trains the best trials of a study again, one study at a time.

    It gives way to whoever needs a worker, and goes on afterwards. ``busy`` says whether a search
    runs here. Methods raise ManagerError.
    """

    def __init__(
        self, home: Home, store: Store, pool: WorkerPool, busy: Callable[[], bool]
    ) -> None:
        self._home = home
        self._store = store
        self._pool = pool
        self._busy = busy
        self._lock = Lock()
        self._turn = Lock()
        self._runs: dict[str, _Run] = {}

    def begin(self, study_id: str, trials: Sequence[int], seeds: int) -> None:
        """Train ``trials`` (numbers, or :data:`DEFAULT`) on the seeds 1 to ``seeds``.

        What was trained on a seed before is not trained again. Returns at once.
        """
        chosen = self._checked(study_id, trials, seeds)
        with self._lock:
            known = self._runs.get(study_id)
            if known is not None and known.is_alive():
                raise ManagerError("This study is being confirmed already. Stop that first.")
            run = self._runs[study_id] = _Run(
                study_id, chosen, seeds, self._home, self._pool, self._busy, self._turn
            )
            # Under the lock: what ends a study waits for its thread, which must have begun.
            run.start()

    def stop(self, study_id: str, *, wait: bool = False) -> None:
        """End a confirmation within an epoch; ``begin`` goes on with what it left.

        ``wait`` until its worker has let go of the study's files.
        """
        with self._lock:
            run = self._runs.get(study_id)
        if run is not None:
            run.stop()
            if wait:
                run.join(_STOP_SECONDS)

    def look(self, study_id: str) -> Confirmation:
        """What is known now; cheap enough for twice a second."""
        recorded = read_recorded(self._home.study(study_id).confirmation)
        run = self._runs.get(study_id)
        now = Confirmation("stopped", recorded.trials, recorded.seeds) if run is None else run.now
        if not now.trials:
            return Confirmation()
        found = replace(now, scores=recorded.of(now.trials, now.seeds))
        done = found.trained == found.trainings and not found.active
        return replace(found, stage="done") if done else found

    def close(self) -> None:
        """End all of them."""
        for run in list(self._runs.values()):
            run.stop()

    def _checked(self, study_id: str, trials: Sequence[int], seeds: int) -> tuple[int, ...]:
        chosen = tuple(dict.fromkeys(int(trial) for trial in trials))
        if not 2 <= len(chosen) <= MOST_TRIALS + 1:
            raise ManagerError(
                f"trials: expected 2 to {MOST_TRIALS} and perhaps the default, received "
                f"{len(chosen)}. Choose the best few."
            )
        if not FEWEST_SEEDS <= seeds <= MOST_SEEDS:
            raise ManagerError(
                f"seeds: expected {FEWEST_SEEDS} to {MOST_SEEDS}, received {seeds}. Fewer tell "
                "nothing apart."
            )
        scored = {t.number for t in self._store.trials(study_id) if t.score is not None}
        without = [str(trial) for trial in chosen if trial not in {DEFAULT, *scored}]
        if without:
            raise ManagerError(
                f"trials: {', '.join(without)} without a score in study {study_id}. Choose trials "
                "that have one."
            )
        return chosen


class _Run(Thread):
    """Follows one confirmation through as many workers as it takes."""

    def __init__(
        self,
        study_id: str,
        trials: tuple[int, ...],
        seeds: int,
        home: Home,
        pool: WorkerPool,
        busy: Callable[[], bool],
        turn: Lock,
    ) -> None:
        super().__init__(name=f"confirmation-{study_id}", daemon=True)
        self.now = Confirmation("waiting", trials, seeds)
        self._study = study_id
        self._home: Path = home.path
        self._pool = pool
        self._busy = busy
        self._turn = turn
        self._stopping = Event()
        self._worker: WorkerProcess | None = None
        self._request = uuid4().hex

    def stop(self) -> None:
        """Ask for its end."""
        self._stopping.set()
        worker = self._worker
        if worker is not None:
            worker.send(command="stop", study=self._request)

    def run(self) -> None:
        """Work until it is complete, stopped or refused; called by ``start``."""
        complete, message = False, ""
        try:
            while not self._stopping.is_set() and not complete:
                if self._turn.acquire(timeout=_LOOK_SECONDS):
                    try:
                        complete = self._attempt()
                    finally:
                        self._turn.release()
                    if not complete:
                        # Whoever it gave way to has the worker for a moment.
                        self._stopping.wait(_AWAY_SECONDS)
                else:
                    self._say("waiting", "Another study is being confirmed: this one is next.")
        except (ManagerError, OSError) as error:
            message = str(error)
        self._say("done" if complete else "stopped", message)

    def _attempt(self) -> bool:
        """Go on with a worker once no search runs; whether every training is there."""
        while self._busy():
            self._say("waiting", WAITING)
            if self._stopping.wait(_LOOK_SECONDS):
                return False
        # A stop that was told to a worker holds for its request for ever.
        self._request = uuid4().hex
        self._say("waiting", "Starting.")
        with self._pool.borrowed(self._request) as worker:
            self._worker = worker
            try:
                if self._stopping.is_set():
                    return False
                worker.send(
                    command="confirm",
                    study=self._study,
                    home=str(self._home),
                    request=self._request,
                    server=os.getpid(),
                    trials=self.now.trials,
                    seeds=self.now.seeds,
                )
                return self._followed(worker)
            except BaseException:
                # Its later words would be taken for those of the next request.
                worker.kill()
                raise
            finally:
                self._worker = None

    def _followed(self, worker: WorkerProcess) -> bool:
        heard = time.monotonic()
        while not worker.drained:
            for event in worker.collect(_LOOK_SECONDS):
                heard = time.monotonic()
                if event.get("request") != self._request:
                    continue
                if event.get("kind") == "confirming":
                    self._progress(event)
                elif event.get("kind") == "reply" and not event.get("ok"):
                    raise ManagerError(str(event.get("error") or "The worker could not do it."))
                elif event.get("kind") == "reply":
                    return bool((event.get("result") or {}).get("complete"))
            if time.monotonic() - heard > SILENT_SECONDS:
                raise ManagerError(
                    f"The worker said nothing for {SILENT_SECONDS / 60:.0f} minutes and was ended."
                )
        if self._stopping.is_set():
            return False
        raise ManagerError(f"The worker process ended ({worker.exit_words}). Continue goes on.")

    def _progress(self, event: dict[str, Any]) -> None:
        self.now = replace(
            self.now,
            stage="running",
            message="",
            trial=int(event["trial"]),
            seed=int(event["seed"]),
            share=float(event.get("share", self.now.share)),
        )

    def _say(self, stage: Stage, message: str = "") -> None:
        self.now = Confirmation(stage, self.now.trials, self.now.seeds, message=message)
