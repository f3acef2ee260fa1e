"""Training the best configurations again on new seeds: a request that takes its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tuning_core.catalog import TrialStatus, Value
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import Asked, Trained
from tuning_core.journal.reading import read_events
from tuning_core.journal.writing import Journal
from tuning_core.model_export import ExportError
from tuning_core.models import derive_seed
from tuning_core.space import default_config
from tuning_core.spec.study import StudySpec
from tuning_core.training import Control, EpochReport, TrialOutcome, TrialTask
from tuning_core.training.checkpoints import StateFiles
from tuning_core.worker.limited_trainer import AnyTrainer
from tuning_core.worker.pipes import Command, EventPipe
from tuning_core.worker.study_rows import study_data

DEFAULT = 0
"""The number, among trials, of the configuration with every hyperparameter at its default."""

REPORT_SECONDS = 0.25
"""At least between two reports of an epoch."""

_CUT_SHORT = (TrialStatus.PRUNED, TrialStatus.SKIPPED)


def confirm(
    command: Command,
    files: StudyFiles,
    spec: StudySpec,
    home: Path,
    pipe: EventPipe,
    stops: Callable[[], bool],
) -> dict[str, Any]:
    """Answers ``confirm``: trains each of ``trials`` on the seeds 1 to ``seeds``.

    ``complete`` says whether all of them were; it is False when ``stops`` ended it. A training that
    is recorded is not repeated, and one that was cut short goes on. Seed by seed, so that a stop
    leaves trials that can be compared.
    """
    # A journal of its own: a search is rebuilt from another, of which this is no part.
    own = files.confirmation
    own.folder.mkdir(exist_ok=True)
    lock = FileLock(own.lock)
    try:
        lock.acquire(timeout=0.5)
    except Timeout:
        raise ExportError("Another process is confirming this study.") from None
    try:
        journal = Journal(own.journal, str(command["study"]), pipe.send)
        try:
            run = _Confirmation(command, files, spec, pipe, journal, stops)
            return {"complete": run.complete(home)}
        finally:
            journal.close()
    finally:
        lock.release()


class _Confirmation:
    def __init__(
        self,
        command: Command,
        files: StudyFiles,
        spec: StudySpec,
        pipe: EventPipe,
        journal: Journal,
        stops: Callable[[], bool],
    ) -> None:
        self._spec, self._files = spec, files
        self._pipe = pipe
        self._request = command["request"]
        self._journal = journal
        self._stops = stops
        self._states = StateFiles(files.confirmation.states)
        self._trials = [int(trial) for trial in command["trials"]]
        self._seeds = int(command["seeds"])
        self._tasks = trained_as(files, spec, self._trials)
        self._reported = 0.0

    def complete(self, home: Path) -> bool:
        """Train what is missing."""
        known = {(e["trial"], e["seed"]) for e in self._journal.recorded if e["kind"] == "trained"}
        asked = {"trials": self._trials, "seeds": self._seeds}
        last = next((e for e in reversed(self._journal.recorded) if e["kind"] == "asked"), {})
        if any(last.get(name) != value for name, value in asked.items()):
            self._journal.record(Asked.model_construct(trials=self._trials, seeds=self._seeds))
        missing = [
            (trial, seed)
            for seed in range(1, self._seeds + 1)
            for trial in self._trials
            if (trial, seed) not in known
        ]
        if missing:
            trainer = study_data(self._spec, self._files, home).trainer()
            for trial, seed in missing:
                if self._stops() or not self._train(trainer, trial, seed):
                    return False
        with suppress(OSError):
            self._states.keep_only(())
        return True

    def _train(self, trainer: AnyTrainer, trial: int, seed: int) -> bool:
        """Train one trial on one seed and record its score; False when it was stopped."""
        config, epochs = self._tasks[trial]
        # Executions are numbered through, so that the state of each has a name of its own.
        first = (seed - 1) * self._spec.folds
        numbers = range(1, self._spec.folds + 1)
        started = time.monotonic()
        self._send(trial, seed, share=0.0)
        outcome = trainer.run_trial(
            TrialTask(
                config=config,
                seed=derive_seed(self._spec.seed, "confirmation", seed),
                epochs=epochs,
                objective=self._spec.objective_info,
                executions=self._spec.folds,
                resume=tuple(self._states.load(trial, first + number) for number in numbers),
            ),
            report=lambda epoch: self._report(trial, seed, epoch, epochs),
            control=lambda: Control.STOP if self._stops() else Control.CONTINUE,
            checkpoint=lambda number, state: self._states.save(trial, first + number, state),
            report_progress=lambda _: self._send(trial, seed),
        )
        if outcome.status is None:
            return False
        self._record(trial, seed, outcome, time.monotonic() - started)
        self._states.keep_only(())
        return True

    def _record(self, trial: int, seed: int, outcome: TrialOutcome, seconds: float) -> None:
        assert outcome.status is not None
        self._journal.record(
            Trained.model_construct(
                trial=trial,
                seed=seed,
                status=outcome.status,
                score=outcome.score,
                best_epoch=outcome.best_epoch,
                seconds=seconds,
                message=outcome.message,
            )
        )

    def _report(self, trial: int, seed: int, epoch: EpochReport, epochs: int) -> None:
        if time.monotonic() - self._reported >= REPORT_SECONDS:
            done = (epoch.execution - 1) * epochs + epoch.epoch
            self._send(trial, seed, share=done / (epochs * self._spec.folds))

    def _send(self, trial: int, seed: int, **fields: float) -> None:
        """Pass on what matters only now; a silent worker would be taken for a stuck one."""
        self._reported = time.monotonic()
        event = {"kind": "confirming", "request": self._request, "trial": trial, "seed": seed}
        self._pipe.send({**event, **fields})


def trained_as(
    files: StudyFiles, spec: StudySpec, trials: Collection[int]
) -> Mapping[int, tuple[dict[str, Value], int]]:
    """The configuration of each trial as it was trained, and its last epoch. Raises ExportError."""
    started: dict[int, Any] = {}
    ended: dict[int, Any] = {}
    for event in read_events(files.journal):
        if event["kind"] in ("trial_started", "trial_ended"):
            (started if event["kind"] == "trial_started" else ended)[event["trial"]] = event
    tasks = {}
    for trial in trials:
        if trial == DEFAULT:
            config, epochs = default_config(spec.search_space), spec.budget.epochs
        elif trial in ended and ended[trial]["score"] is not None:
            config, epochs = started[trial]["config"], int(started[trial]["epochs"])
        else:
            raise ExportError(
                f"Trial {trial} has no score, so there is nothing to confirm. Choose trials that "
                "have one."
            )
        config = spec.in_effect(config)
        # A configuration's own number of epochs is that of its last epoch; one that was cut short
        # is trained no longer than it was.
        epochs = int(epochs if spec.model.own else config.pop("epochs", epochs))
        if trial in ended and ended[trial]["status"] in _CUT_SHORT:
            epochs = min(epochs, int(ended[trial]["epochs"]))
        tasks[trial] = (config, epochs)
    return tasks
