"""Trains trials on the data of one study."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from typing_extensions import override

from tuning_core.catalog import TrialStatus, Value
from tuning_core.catalog.architecture import parameter_count
from tuning_core.datasets import FoldedData, PreparedData
from tuning_core.models import ModelBuilder, build_model
from tuning_core.planning.cost import Work, work_of
from tuning_core.training.checkpoints import ExecutionState
from tuning_core.training.compiled.cache import epoch_for
from tuning_core.training.compiled.execution import CompiledExecution
from tuning_core.training.compiled.losses import Part, RowLosses
from tuning_core.training.compiled.range_test import RangeTest, RatePoint
from tuning_core.training.execution import (
    Execution,
    ExecutionOutcome,
    TrainingError,
    TrialOutcome,
    TrialTask,
    training_errors,
)
from tuning_core.training.following import (
    Ask,
    Checkpoint,
    EndedError,
    Follower,
    Judge,
    OnEpochEnd,
    Progress,
    Report,
    Watchers,
)
from tuning_core.training.keras_fit import FitExecution
from tuning_core.training.rows import HostData, ResidentData, device_limit, size_of

_LOG = logging.getLogger(__name__)

_LOST = (TrialStatus.DIVERGED, TrialStatus.FAILED)
"""Ends after which a trial has no score."""


class TrialTrainer:
    """Trains trials: every execution of each, whatever an execution is."""

    def run_trial(
        self,
        task: TrialTask,
        report: Report,
        control: Ask,
        checkpoint: Checkpoint,
        report_progress: Progress = lambda _: None,
        judge: Judge = lambda _: "",
        on_epoch_end: OnEpochEnd = lambda _: None,
        on_start: OnEpochEnd = lambda _: None,
    ) -> TrialOutcome:
        """Trains every execution of a trial.

        ``report`` is called after each epoch; ``control`` before each, and about once a second
        within a long one, as is ``report_progress``. ``judge`` may end the trial as "pruned"
        after an epoch, by saying why in a few words. ``on_epoch_end`` gets the execution after each
        epoch, before ``report``, and may ask it for predictions; ``on_start`` gets it before the
        first. ``checkpoint`` is called at most
        every 2 s, at a stop, and at the end of every execution whose state is still needed. What
        they raise passes through; what training raises makes the trial "failed". Deterministic in
        the task on one machine, resumed or not.
        """
        watchers = Watchers(
            report, control, checkpoint, report_progress, judge, on_epoch_end, on_start
        )
        outcomes: list[ExecutionOutcome] = []
        message = ""
        for number in range(1, task.executions + 1):
            outcome, message = self._execute(task, number, watchers)
            outcomes.append(outcome)
            if outcome.status is not TrialStatus.COMPLETED:
                break
        return _sum_up(task, outcomes, message, self._parameters(task))

    def _execute(
        self, task: TrialTask, number: int, watchers: Watchers
    ) -> tuple[ExecutionOutcome, str]:
        run: Execution | None = None
        try:
            run = self._execution(task, number)
            watchers.on_start(run)
            status, message = _train(run, task, watchers)
        except TrainingError as error:
            return _outcome(run, number, TrialStatus.FAILED, None), str(error)
        completed = status is TrialStatus.COMPLETED
        needed = status is None or (completed and (task.keep_states or number < task.executions))
        state = run.state() if needed else None
        if state is not None:
            watchers.checkpoint(number, state)
        return _outcome(run, number, status, state), message

    def _execution(self, task: TrialTask, number: int) -> Execution:
        """A training of a trial, by its number from 1; raises TrainingError."""
        raise NotImplementedError

    def _parameters(self, task: TrialTask) -> int:
        """How many weights the network of a trial has."""
        raise NotImplementedError


class Trainer(TrialTrainer):
    """Trains trials on prepared data, which it keeps on the device.

    On the folds of a cross-validation the executions of a trial take turns, the repeats one
    after the other: execution (repeat - 1) * folds + fold, all counted from 1.

    What the compiled epoch cannot take is trained by ``model.fit``, and the log says why: rows of
    more than ``limit`` bytes (by default what the device's memory allows), and models of a
    ``build`` of one's own, which may have a ``train_step`` of their own. ``shuffle=False`` trains
    the rows in their order, to compare with another trainer.
    """

    def __init__(
        self,
        data: PreparedData | FoldedData | Sequence[HostData],
        *,
        shuffle: bool = True,
        limit: int | None = None,
        build: ModelBuilder = build_model,
    ) -> None:
        self._shuffle = shuffle
        self._build = build
        folds = data if isinstance(data, Sequence) else HostData.of_folds(data)
        reason = _unfit(size_of(folds), device_limit() if limit is None else limit, build)
        self._folds: Sequence[HostData | ResidentData] = (
            folds if reason else ResidentData.placed(folds)
        )
        if reason:
            _LOG.warning("Training by model.fit, which is slower: %s.", reason)

    def range_test(self, task: TrialTask, low: float, high: float) -> Iterator[RatePoint]:
        """Trains ``task.epochs`` epochs at rates from ``low`` to ``high``, a point at a time.

        Raises TrainingError, also for rows that the compiled epoch cannot take.
        """
        rows = self._folds[0]
        if isinstance(rows, HostData):
            raise TrainingError("These rows do not fit into memory, which a range test needs.")
        return RangeTest(rows, task, low, high).points()

    def losses(self, config: Mapping[str, Value], part: Part, most: int) -> RowLosses:
        """The loss of a configuration on at most so many rows of a part, at any weights.

        Raises TrainingError, also for rows that the compiled epoch cannot take.
        """
        rows = self._folds[0]
        if isinstance(rows, HostData):
            raise TrainingError("These rows do not fit into memory, which a landscape needs.")
        with training_errors():
            losses = epoch_for(rows, config, shuffle=self._shuffle).losses
            return RowLosses(rows, losses, config, part, most)

    def operations(self, config: Mapping[str, Value]) -> int:
        """The multiplications of one row's way through the network."""
        rows = self._folds[0]
        return work_of(config, rows.row_shape, rows.outputs, rows.task, 1).operations

    def work(self, task: TrialTask) -> Work:
        """What a trial takes on this data, in counts."""
        rows = self._folds[0]
        return work_of(task.config, rows.row_shape, rows.outputs, rows.task, task.epochs)

    @override
    def _parameters(self, task: TrialTask) -> int:
        rows = self._folds[0]
        return parameter_count(task.config, rows.row_shape, rows.outputs)

    @override
    def _execution(self, task: TrialTask, number: int) -> Execution:
        rows = self._folds[(number - 1) % len(self._folds)]
        if isinstance(rows, HostData):
            return FitExecution(rows, self._build, task, number, shuffle=self._shuffle)
        return CompiledExecution(rows, task, number, shuffle=self._shuffle)


def _unfit(size: int, limit: int, build: ModelBuilder) -> str:
    """Why the compiled epoch cannot train on so many bytes, or these models; "" if it can."""
    if size > limit:
        return (
            f"the data takes {size / 1e6:,.0f} MB, and the device has room for {limit / 1e6:,.0f}"
        )
    return "" if build is build_model else "the models are not of a family of the catalog"


def _train(run: Execution, task: TrialTask, watchers: Watchers) -> tuple[TrialStatus | None, str]:
    try:
        run.train_all(Follower(run, task, watchers))
    except EndedError as ended:
        return ended.status, ended.message
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
