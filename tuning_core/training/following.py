"""Those who follow a training: told of every epoch, asked whether to go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tuning_core.catalog import TrialStatus
from tuning_core.training.checkpoints import ExecutionState
from tuning_core.training.execution import (
    Control,
    EpochProgress,
    EpochReport,
    Execution,
    TrialTask,
)

CHECKPOINT_SECONDS = 2.0
PROGRESS_SECONDS = 0.9
"""Between two reports of progress, which come when a part of about a second is done."""

Report = Callable[[EpochReport], None]
Ask = Callable[[], Control]
Checkpoint = Callable[[int, ExecutionState], None]
Progress = Callable[[EpochProgress], None]
Judge = Callable[[EpochReport], str]
OnEpochEnd = Callable[[Execution], None]

_ANSWERED: dict[Control, tuple[TrialStatus | None, str]] = {
    Control.SKIP: (TrialStatus.SKIPPED, "skipped"),
    Control.TIME: (TrialStatus.PRUNED, "time limit"),
    Control.STOP: (None, "stopped"),
}
"""What becomes of a trial that is ended before its last epoch."""


@dataclass(frozen=True)
class Watchers:
    """Those who follow a training, as ``run_trial`` has them."""

    report: Report
    control: Ask
    checkpoint: Checkpoint
    report_progress: Progress
    judge: Judge
    on_epoch_end: OnEpochEnd
    on_start: OnEpochEnd


class EndedError(BaseException):
    """A training ends before its last epoch; not an ``Exception``, which it might catch itself.

    ``status`` None: stopped, to be resumed.
    """

    def __init__(self, status: TrialStatus | None, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Follower:
    """Tells the watchers of one execution what it does, and asks them what they want.

    Its methods raise EndedError where the execution is to end, and what the watchers raise:
    ``raised`` is then the same, for who trains by code that may have caught it.
    """

    def __init__(self, run: Execution, task: TrialTask, watchers: Watchers) -> None:
        self.raised: BaseException | None = None
        self._run = run
        self._objective = task.objective.id
        self._watchers = watchers
        self._saved = time.monotonic()
        self._started = self._reported = time.perf_counter()

    def begin_epoch(self) -> None:
        """Called before each epoch."""
        with self._remembered():
            self._ask()
            self._started = self._reported = time.perf_counter()

    def part(self, share: float) -> None:
        """Called about once a second within an epoch, of which ``share`` is done."""
        with self._remembered():
            self._ask()
            if time.perf_counter() - self._reported >= PROGRESS_SECONDS:
                self._reported = time.perf_counter()
                progress = EpochProgress(self._run.number, self._run.epoch + 1, share)
                self._watchers.report_progress(progress)

    def end_epoch(self) -> None:
        """Called after each epoch, whose metrics are the execution's."""
        run, watchers = self._run, self._watchers
        with self._remembered():
            if run.diverged:
                words = f"the loss became infinite or NaN in epoch {run.epoch}"
                raise EndedError(TrialStatus.DIVERGED, words)
            run.consider(run.metrics[self._objective])
            seconds = time.perf_counter() - self._started
            watchers.on_epoch_end(run)
            report = EpochReport(run.number, run.epoch, run.metrics, seconds)
            watchers.report(report)
            reason = watchers.judge(report)
            if reason and not run.done:
                raise EndedError(TrialStatus.PRUNED, reason)
            if not run.done and time.monotonic() - self._saved >= CHECKPOINT_SECONDS:
                watchers.checkpoint(run.number, run.state())
                self._saved = time.monotonic()

    def _ask(self) -> None:
        answer = self._watchers.control()
        if answer is not Control.CONTINUE:
            raise EndedError(*_ANSWERED[answer])

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.raised = error
            raise
