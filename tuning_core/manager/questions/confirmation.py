"""Confirms winners: the best trials trained again on new seeds, giving way to searches."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Literal
from uuid import uuid4

from tuning_core.home.home import Home, ManagerError
from tuning_core.journal.reading import read_events
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.requests import result_of
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.spec.model import Ability
from tuning_core.store import Store

DEFAULT = 0
"""The number, among trials, of the configuration with every hyperparameter at its default."""

MOST_TRIALS = 5
FEWEST_SEEDS, MOST_SEEDS = 3, 10

SILENT_SECONDS = 600.0
"""A worker that has said nothing for so long is taken for stuck."""

WAITING = "A search runs: this goes on when it has ended."

_CHECK_SECONDS = 0.5
_STOP_SECONDS = 10.0
_AWAY_SECONDS = 2.0

Stage = Literal["none", "waiting", "running", "stopped", "done"]


@dataclass(frozen=True)
class Confirmation:
    """What was asked for and what has come of it.

    ``scores`` has for each of ``trials`` (:data:`DEFAULT` may be among them) a score for each
    seed that it was trained on, in order; None for a training that diverged or failed. ``trial``,
    ``seed`` and ``share`` (0 to 1) say how far the running training is, ``message`` why it waits
    or does not go on.
    """

    stage: Stage = "none"
    trials: tuple[int, ...] = ()
    seeds: int = 0
    scores: Mapping[int, tuple[float | None, ...]] = field(default_factory=dict)
    trial: int | None = None
    seed: int | None = None
    share: float = 0.0
    message: str = ""

    @property
    def trained(self) -> int:
        """Trainings that have ended."""
        return sum(len(scores) for scores in self.scores.values())

    @property
    def trainings(self) -> int:
        """Trainings in all."""
        return len(self.trials) * self.seeds

    @property
    def active(self) -> bool:
        """Whether it is under way or waits for its turn."""
        return self.stage in ("waiting", "running")


@dataclass(frozen=True)
class Recorded:
    """The journal of a study's confirmations: the last that was asked for, and every score."""

    trials: tuple[int, ...]
    seeds: int
    scores: Mapping[int, Mapping[int, float | None]]

    def of(self, trials: tuple[int, ...], seeds: int) -> Mapping[int, tuple[float | None, ...]]:
        """The scores of these trials on the seeds 1 to ``seeds``, up to the first that lacks."""
        found: dict[int, tuple[float | None, ...]] = {}
        for trial in trials:
            known = self.scores.get(trial, {})
            last = next((n for n in range(1, seeds + 1) if n not in known), seeds + 1)
            found[trial] = tuple(known[n] for n in range(1, last))
        return found


def read_recorded(path: Path) -> Recorded:
    """Read a journal of confirmations; nothing when there is none."""
    trials: tuple[int, ...] = ()
    seeds = 0
    scores: dict[int, dict[int, float | None]] = {}
    for event in read_events(path):
        try:
            if event.get("kind") == "asked":
                trials = tuple(int(trial) for trial in event["trials"])
                seeds = int(event["seeds"])
            elif event.get("kind") == "trained":
                score = event.get("score")
                known = float(score) if isinstance(score, int | float) else None
                scores.setdefault(int(event["trial"]), {})[int(event["seed"])] = known
        except (KeyError, TypeError, ValueError):
            # Changed by hand: what can be read still counts.
            continue
    return Recorded(trials, seeds, scores)


class Confirmations:
    """Trains the best trials of a study again, one study at a time.

    It gives way to whoever needs a worker, and goes on afterwards. ``busy`` says whether a search
    runs here. Methods raise ManagerError.
    """

    def __init__(
        self, home: Home, store: Store, access: Access, pool: WorkerPool, busy: Callable[[], bool]
    ) -> None:
        self.home, self.pool, self.busy = home, pool, busy
        self._store, self._access = store, access
        self._lock = Lock()
        self.turn = Lock()
        self._runs: dict[str, _Run] = {}

    def begin(
        self, study_id: str, trials: Sequence[int], seeds: int, *, by: Person = OPERATOR
    ) -> None:
        """Train ``trials`` (numbers, or :data:`DEFAULT`) on the seeds 1 to ``seeds``.

        What was trained on a seed before is not trained again. Returns at once.
        """
        self._access.refuse(study_id, by, Ability.TRAIN)
        self._access.refuse_data(study_id)
        chosen = self._checked(study_id, trials, seeds)
        with self._lock:
            known = self._runs.get(study_id)
            if known is not None and known.is_alive():
                raise ManagerError("This study is being confirmed already. Stop that first.")
            run = self._runs[study_id] = _Run(study_id, chosen, seeds, self)
            # Under the lock: what ends a study waits for its thread, which must have begun.
            run.start()

    def stop(self, study_id: str, *, wait: bool = False, by: Person = OPERATOR) -> None:
        """End a confirmation within an epoch; ``begin`` goes on with what it left.

        ``wait`` until its worker has let go of the study's files.
        """
        self._access.refuse(study_id, by)
        with self._lock:
            run = self._runs.get(study_id)
        if run is not None:
            run.stop()
            if wait:
                run.join(_STOP_SECONDS)

    def get(self, study_id: str) -> Confirmation:
        """What is known now; cheap enough for twice a second."""
        recorded = read_recorded(self.home.study(study_id).confirmation.journal)
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
        self, study_id: str, trials: tuple[int, ...], seeds: int, owner: Confirmations
    ) -> None:
        super().__init__(name=f"confirmation-{study_id}", daemon=True)
        self.now = Confirmation("waiting", trials, seeds)
        self._study = study_id
        self._home, self._pool = owner.home, owner.pool
        self._busy, self._turn = owner.busy, owner.turn
        self._stopping = Event()
        self._worker: WorkerProcess | None = None
        self._request = uuid4().hex

    def stop(self) -> None:
        """Ask for its end."""
        self._stopping.set()
        if (worker := self._worker) is not None:
            worker.send(command="stop", study=self._request)

    def run(self) -> None:
        """Work until it is complete, stopped or refused; called by ``start``."""
        complete, message = False, ""
        try:
            while not self._stopping.is_set() and not complete:
                if self._turn.acquire(timeout=_CHECK_SECONDS):
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
            if self._stopping.wait(_CHECK_SECONDS):
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
                    home=str(self._home.path),
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
            for event in worker.collect(_CHECK_SECONDS):
                heard = time.monotonic()
                if event.get("request") != self._request:
                    continue
                if event.get("kind") == "confirming":
                    self._progress(event)
                elif event.get("kind") == "reply":
                    return bool(result_of(event).get("complete"))
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
