"""Trains trials on the data of one study."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import fmean

from tuning_core.catalog import TrialStatus
from tuning_core.catalog.plan import parameter_count
from tuning_core.datasets import PreparedData
from tuning_core.training.execution import Execution, TrainingError
from tuning_core.training.outcome import (
    Control,
    EpochReport,
    ExecutionOutcome,
    TrialOutcome,
    TrialTask,
)
from tuning_core.training.resident import ResidentData
from tuning_core.training.state import ExecutionState

CHECKPOINT_SECONDS = 2.0

Report = Callable[[EpochReport], None]
Ask = Callable[[], Control]
Checkpoint = Callable[[int, ExecutionState], None]

_ANSWERED: dict[Control, tuple[TrialStatus | None, str]] = {
    Control.SKIP: (TrialStatus.SKIPPED, "skipped"),
    Control.TIME: (TrialStatus.PRUNED, "time limit"),
    Control.STOP: (None, "stopped"),
}
"""What becomes of a trial that is ended before its last epoch."""

_LOST = (TrialStatus.DIVERGED, TrialStatus.FAILED)
"""Ends after which a trial has no score."""


class Trainer:
    """Trains trials on prepared data, which it keeps on the device.

    ``shuffle=False`` trains the rows in their order, to compare with another trainer.
    """

    def __init__(self, data: PreparedData, *, shuffle: bool = True) -> None:
        self._data = ResidentData.of(data)
        self._outputs = data.outputs
        self._shuffle = shuffle

    def run_trial(
        self, task: TrialTask, report: Report, control: Ask, checkpoint: Checkpoint
    ) -> TrialOutcome:
        """Trains every execution of a trial.

        ``report`` is called after each epoch; ``control`` before each, and about once a second
        within a long one; ``checkpoint`` at most every 2 s, at a stop, and at the end of every
        execution whose state is still needed. What they raise passes through; what training
        raises makes the trial "failed". Deterministic in the task on one machine, resumed or not.
        """
        outcomes: list[ExecutionOutcome] = []
        message = ""
        for number in range(1, task.repeats + 1):
            outcome, message = self._execute(task, number, report, control, checkpoint)
            outcomes.append(outcome)
            if outcome.status is not TrialStatus.COMPLETED:
                break
        return _sum_up(task, outcomes, message, self._parameters(task))

    def _parameters(self, task: TrialTask) -> int:
        return parameter_count(task.config, self._data.row_shape, self._outputs)

    def _execute(
        self, task: TrialTask, number: int, report: Report, control: Ask, checkpoint: Checkpoint
    ) -> tuple[ExecutionOutcome, str]:
        run: Execution | None = None
        try:
            run = Execution(self._data, self._outputs, task, number, shuffle=self._shuffle)
            status, message = _train(run, task, report, control, checkpoint)
        except TrainingError as error:
            return _outcome(run, number, TrialStatus.FAILED, None), str(error)
        completed = status is TrialStatus.COMPLETED
        needed = status is None or (completed and (task.keep_states or number < task.repeats))
        state = run.state() if needed else None
        if state is not None:
            checkpoint(number, state)
        return _outcome(run, number, status, state), message


def _train(
    run: Execution, task: TrialTask, report: Report, control: Ask, checkpoint: Checkpoint
) -> tuple[TrialStatus | None, str]:
    saved = time.monotonic()
    while not run.done:
        answer = control()
        if answer is not Control.CONTINUE:
            return _ANSWERED[answer]
        started = time.perf_counter()
        for _ in run.parts():
            answer = control()
            if answer is not Control.CONTINUE:
                return _ANSWERED[answer]
        if run.diverged:
            return TrialStatus.DIVERGED, f"the loss became infinite or NaN in epoch {run.epoch}"
        run.consider(run.metrics[task.objective.id])
        seconds = time.perf_counter() - started
        report(EpochReport(run.number, run.epoch, run.metrics, seconds))
        if not run.done and time.monotonic() - saved >= CHECKPOINT_SECONDS:
            checkpoint(run.number, run.state())
            saved = time.monotonic()
    return TrialStatus.COMPLETED, run.message


def _outcome(
    run: Execution | None,
    number: int,
    status: TrialStatus | None,
    state: ExecutionState | None,
) -> ExecutionOutcome:
    epochs = 0 if run is None else run.epoch
    if run is None or status in _LOST:
        return ExecutionOutcome(number, status, None, None, epochs, [], None)
    return ExecutionOutcome(
        number, status, run.best_score, run.best_epoch, epochs, run.best_weights, state
    )


def _sum_up(
    task: TrialTask, outcomes: Sequence[ExecutionOutcome], message: str, parameters: int
) -> TrialOutcome:
    status = outcomes[-1].status
    scores: list[float] = []
    best: ExecutionOutcome | None = None
    for outcome in outcomes:
        if status in _LOST or outcome.score is None:
            continue
        if task.objective.better(outcome.score, best.score if best else None):
            best = outcome
        scores.append(outcome.score)
    return TrialOutcome(
        status=status,
        score=fmean(scores) if scores else None,
        best_execution=best.execution if best else None,
        best_epoch=best.best_epoch if best else None,
        epochs=max(outcome.epochs for outcome in outcomes),
        parameters=parameters,
        executions=tuple(outcomes),
        message=message,
    )
