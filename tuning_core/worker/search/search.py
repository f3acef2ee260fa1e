"""Keras Tuner's search loop over our trials."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from keras_tuner.engine import base_tuner
from keras_tuner.engine import trial as kt_trial
from keras_tuner.errors import FailedTrialError

from tuning_core.catalog import TrialStatus
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.writing import Journal
from tuning_core.models import derive_seed
from tuning_core.spec.study import StudySpec
from tuning_core.strategies import ReplayableOracle, Suggestion
from tuning_core.training import (
    Control,
    EpochProgress,
    EpochReport,
    ExecutionState,
    TrialOutcome,
    TrialTask,
    save_best,
)
from tuning_core.training.checkpoints import StateFiles
from tuning_core.worker.limited_trainer import AnyTrainer, LimitedTrainer
from tuning_core.worker.search.early_termination import EarlyTermination
from tuning_core.worker.search.edits import Edits
from tuning_core.worker.search.ending import (
    SearchEditedError,
    SearchStoppedError,
    WorkerFullError,
    guarded,
)
from tuning_core.worker.search.enough import Enough
from tuning_core.worker.search.limits import Clock
from tuning_core.worker.search.replay import (
    ReplayedStudy,
    ended_by,
    epoch_of,
    reached_epochs,
    started_by,
)


@dataclass
class RunningTrial:
    """A trial that runs: asked for at ``asked`` (monotonic), after ``earlier`` seconds before."""

    suggestion: Suggestion
    asked: float
    earlier: float
    outcome: TrialOutcome | None = None


class SearchTuner(base_tuner.BaseTuner):
    """Runs a study's trials in Keras Tuner's loop and records them in the journal.

    ``search()`` returns when the oracle has no more trials and raises SearchStoppedError,
    WorkerFullError or SearchBrokenError otherwise. Keras Tuner's project folder stays empty.
    """

    def __init__(
        self,
        spec: StudySpec,
        oracle: ReplayableOracle,
        trainer: AnyTrainer | None,
        journal: Journal,
        files: StudyFiles,
        replayed: ReplayedStudy,
        clock: Clock,
        termination: EarlyTermination,
        enough: Enough,
        edits: Edits,
        wanted: Callable[[], Control],
        skips: Callable[[], Collection[int]],
        full: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(oracle, directory=str(files.folder), project_name="scratch")
        self._spec = spec
        self._trainer = None if trainer is None else LimitedTrainer(trainer)
        self._journal = journal
        self._files = files
        self._replayed = replayed
        self._clock = clock
        self._termination = termination
        self._enough = enough
        self._edits = edits
        self._wanted = wanted
        self._skips = skips
        self._full = full
        self._states, self._ended = StateFiles(files.states), 0
        self._reached = reached_epochs(journal.recorded)
        self._asked = 0.0
        self._running: dict[int, RunningTrial] = {}

    @property
    def project_dir(self) -> str:
        """A folder that Keras Tuner may look into; its own version would create it."""
        return str(Path(self.directory) / self.project_name)

    def save(self) -> None:
        """Nothing: the journal is the record."""

    def on_search_begin(self) -> None:
        """Drop the states that an earlier run left and nobody needs."""
        guarded(self._drop_states)

    def pre_create_trial(self) -> None:
        """Called by ``search`` before each request for a trial."""
        self._asked = time.monotonic()
        self._forget_skips()
        if self._wanted() is Control.STOP:
            raise SearchStoppedError("stopped")
        if guarded(self._edits.take):
            raise SearchEditedError
        # A trial that was cut short is ended by the limit itself, so that it gets its status.
        has_pending = self.oracle.has_pending and not self._clock.exhausted
        interrupted = len(self._replayed.waiting) > len(self._running)
        if interrupted or has_pending:
            return
        if self._clock.over:
            raise SearchStoppedError("time")
        begins = self.oracle.round_start
        known = not self.oracle.runs_below(begins)
        if known and (enough := self._enough.reason(self._spec, begins)):
            raise SearchStoppedError(*enough)

    def on_trial_begin(self, trial: kt_trial.Trial) -> None:
        """Record the trial's start, unless another process is to run it."""
        if self._ended and self._full():
            # Nothing is recorded of the suggestion; the next process comes to the same one.
            raise WorkerFullError(self._ended)
        suggestion = self.oracle.suggestion(trial)
        guarded(self._replayed.start, suggestion)
        self._running[suggestion.number] = RunningTrial(
            suggestion, self._asked, self._replayed.trial_seconds[suggestion.number]
        )
        self._edits.begun(suggestion.number, suggestion.config)
        guarded(
            self._journal.append,
            started_by(
                suggestion,
                seed=self._seed(suggestion),
                suggested_in=time.monotonic() - self._asked,
                place=self._place_of(trial),
            ),
        )

    def _forget_skips(self) -> None:
        """A wish to skip that came after its trial had ended is not about the next."""
        self._skips()

    def _place_of(self, trial: kt_trial.Trial) -> tuple[int, str]:
        """The lane that trains a trial, from 0, and the machine of a cluster that it is on."""
        return 0, ""

    def run_trial(self, trial: kt_trial.Trial, *_: Any, **__: Any) -> dict[str, float]:
        """Train the trial; returns its score under the objective's name.

        Raises FailedTrialError for a trial that did not complete, as Keras Tuner expects.
        """
        number = self.oracle.suggestion(trial).number
        outcome = guarded(self._train, number)
        if outcome.status is None:
            raise SearchStoppedError("stopped")
        return self.score(trial, outcome)

    def score(self, trial: kt_trial.Trial, outcome: TrialOutcome) -> dict[str, float]:
        """Take in what came of a trial; returns and raises as :meth:`run_trial`."""
        self._running[self.oracle.suggestion(trial).number].outcome = outcome
        if outcome.status is not TrialStatus.COMPLETED or outcome.score is None:
            trial.score = outcome.score
            raise FailedTrialError(outcome.message)
        return {self._spec.objective: outcome.score}

    def on_trial_end(self, trial: kt_trial.Trial) -> None:
        """Tell the oracle, keep the best weights, record the end."""
        super().on_trial_end(trial)
        guarded(self._end, self._running.pop(self.oracle.suggestion(trial).number))

    def _train(self, number: int) -> TrialOutcome:
        running = self._running[number]
        assert self._trainer is not None
        return self._trainer.run_trial(
            self.task(running.suggestion),
            earlier=running.earlier,
            report=lambda epoch: self._report(number, epoch),
            control=lambda: self._control(number),
            checkpoint=lambda execution, state: self._checkpoint(number, execution, state),
            report_progress=lambda progress: self._report_progress(number, progress),
            judge=lambda epoch: self._judge(number, epoch),
        )

    def task(self, suggestion: Suggestion) -> TrialTask:
        """What is to be trained of a trial, from its last states on."""
        executions = range(1, self._spec.executions + 1)
        return TrialTask(
            config=self._spec.in_effect(suggestion.config),
            seed=self._seed(suggestion),
            epochs=suggestion.epochs,
            objective=self._spec.objective_info,
            executions=self._spec.executions,
            resume=tuple(self._state(suggestion, execution) for execution in executions),
            continued=suggestion.parent is not None,
            initial_epoch=None if suggestion.parent is None else suggestion.initial_epoch,
            keep_states=self.oracle.may_continue(suggestion),
        )

    def _control(self, number: int) -> Control:
        """What is wanted of a running trial; edits are recorded as soon as they come."""
        self._take_edits()
        skip = not {0, number}.isdisjoint(self._skips())
        return self._wish_for(self._wanted(), number, skip=skip)

    def _take_edits(self) -> None:
        if self._edits.take():
            self._clock.allow(self._edits.spec.budget.seconds)

    def _wish_for(self, wanted: Control, number: int, *, skip: bool) -> Control:
        """What is wanted of a trial, when so much is wanted of the study's trials."""
        if skip and wanted is not Control.STOP:
            return Control.SKIP
        # The budget's time is the strategy's: what the user asked for is trained to its end,
        # unless the server's own limit is reached.
        added = self._running[number].suggestion.added
        whole = wanted is Control.TIME and added and not self._clock.exhausted
        return Control.CONTINUE if whole else wanted

    def _judge(self, trial: int, epoch: EpochReport) -> str:
        value = epoch.metrics[self._spec.objective]
        return self._termination.judge(trial, epoch.execution, epoch.epoch, value)

    def _checkpoint(self, trial: int, execution: int, state: ExecutionState) -> None:
        """Keep a state once the epochs that it holds are on the disk."""
        self._journal.sync()
        self._states.save(trial, execution, state)

    def _state(self, suggestion: Suggestion, execution: int) -> ExecutionState | None:
        """The trial's own last state, else the one of the trial that it continues.

        A state of epochs that the journal has lost is none: they are trained again.
        """
        own = self._states.load(suggestion.number, execution)
        if own is not None:
            reached = self._reached.get((suggestion.number, execution), 0)
            if own.epoch <= max(reached, suggestion.initial_epoch):
                return own
        if suggestion.parent is None:
            return None
        return self._states.load(suggestion.parent, execution)

    def _report(self, trial: int, epoch: EpochReport) -> None:
        self._reached[trial, epoch.execution] = epoch.epoch
        self._journal.append(epoch_of(trial, epoch))

    def _report_progress(self, trial: int, progress: EpochProgress) -> None:
        self._journal.notify("progress", trial=trial, **asdict(progress))

    def _end(self, running: RunningTrial) -> None:
        suggestion, outcome = running.suggestion, running.outcome
        assert outcome is not None
        assert outcome.status is not None
        number, status, score = suggestion.number, outcome.status, outcome.score
        # Of folds, none is the best model: the refit at the end is.
        best = self._replayed.end(number, status, score, self._spec.objective_info)
        if best and self._spec.folds == 1:
            # Before the record of the trial's end: a trial that is run again writes it again.
            self._save_best(suggestion, outcome)
        seconds = running.earlier + time.monotonic() - running.asked
        ended = ended_by(number, outcome, seconds)
        self._journal.append(ended)
        self._enough.end(ended)
        self._termination.end(number, outcome.status, outcome.score)
        self._ended += 1
        self._drop_states()

    def _save_best(self, suggestion: Suggestion, outcome: TrialOutcome) -> None:
        best = next(e for e in outcome.executions if e.execution == outcome.best_execution)
        meta = {
            "trial": suggestion.number,
            "execution": best.execution,
            "config": self._spec.in_effect(suggestion.config),
            "score": outcome.score,
            "best_epoch": best.best_epoch,
            "seed": self._seed(suggestion),
        }
        save_best(self._files.best, best.best_weights, meta)

    def _drop_states(self) -> None:
        waiting = {record.suggestion.number for record in self._replayed.waiting}
        self._states.keep_only(self.oracle.resumable_parents() | waiting)

    def _seed(self, suggestion: Suggestion) -> int:
        return derive_seed(self._spec.seed, "trial", suggestion.number)
