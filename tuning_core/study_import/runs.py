"""A search of another tool in neutral words, and the spec and the journal of the study it becomes.

What a reader of runs finds, and what watches a search as it goes, is a ``RecordedSearch``. Knows
neither Keras nor any tool's package.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tuning_core.catalog import StudyStatus, TrialStatus, Value
from tuning_core.journal.events import (
    Epoch,
    Execution,
    JournalEvent,
    StudyEnded,
    StudyStarted,
    TrialEnded,
    TrialStarted,
    on_one_line,
)
from tuning_core.space import SpecError
from tuning_core.spec.dataset import MAX_TITLE, RECORDED_DATA
from tuning_core.spec.model import MAX_METRICS, Declared, Direction
from tuning_core.spec.parts import MAX_EPOCHS
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.validation import shown_name
from tuning_core.study_import.declarations import fitted

MOST_REPEATS = 20
"""Trainings of one trial that are kept."""

MOST_NOTES = 20
_LARGEST = 1e39
_LONGEST_MESSAGE = 5_000
_LONGEST_NOTE = 1_000
_LONGEST_SECONDS = 1e9
_LATEST = 9e9


@dataclass(frozen=True, slots=True)
class RunEpoch:
    """What one training (``execution``, from 1) of a trial reported after an epoch, from 1."""

    execution: int
    epoch: int
    metrics: Mapping[str, float]
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RunExecution:
    """One training of a trial that has ended; ``execution`` counts from 1."""

    execution: int
    score: float | None
    best_epoch: int | None = None
    epochs: int = 0
    status: TrialStatus = TrialStatus.COMPLETED


@dataclass(frozen=True, slots=True)
class RecordedTrial:
    """A trial as its tool has it; times are unix seconds, None where the tool has none.

    One that is waiting or running has not ended. ``executions`` may be left out where there was
    one training. Of a trial that went on with another, ``parent`` is the number of that one, from
    1, and ``initial_epoch`` its last epoch; ``target_epochs`` were to be trained in all.
    """

    config: Mapping[str, Value]
    status: TrialStatus
    score: float | None
    epochs: Sequence[RunEpoch] = ()
    started: float | None = None
    seconds: float | None = None
    best_epoch: int | None = None
    executions: Sequence[RunExecution] = ()
    message: str = ""
    parent: int | None = None
    initial_epoch: int = 0
    target_epochs: int | None = None
    bracket: int | None = None
    round: int | None = None
    parameters: int | None = None


@dataclass(frozen=True, slots=True)
class RecordedSearch:
    """A search: its trials in their order, what it searched, what its epochs reported.

    ``tool`` is one of ``SourceSpec``, ``search`` what chose the trials, as that tool calls it.
    ``metrics`` has the direction of each metric; the objective is one of them. ``title`` names the
    data, where that is known. ``notes`` has a sentence for each thing that is missing.
    """

    name: str
    tool: str
    search: str
    objective: str
    direction: Direction
    metrics: Mapping[str, Direction]
    declared: Mapping[str, Declared]
    trials: Sequence[RecordedTrial]
    notes: list[str] = field(default_factory=list)
    title: str = ""


def spec_of(search: RecordedSearch) -> StudySpec:
    """The study that a search becomes; ranges are widened to what its trials had.

    Raises SpecError for what no study can be made of.
    """
    metrics = {search.objective: search.direction, **search.metrics}
    metrics[search.objective] = search.direction
    repeats = max((each.execution for t in search.trials for each in _trained(t)), default=1)
    epochs = max((_last_epoch(trial) for trial in search.trials), default=1)
    declared = fitted(search.declared, [trial.config for trial in search.trials])
    document: dict[str, Any] = {
        "name": shown_name(search.name, otherwise=""),
        "dataset": {"id": RECORDED_DATA},
        "model": {
            "family": "own",
            "declared": {name: each.model_dump() for name, each in declared.items()},
        },
        "objective": search.objective,
        "metrics": dict(list(metrics.items())[:MAX_METRICS]),
        "source": {
            "tool": search.tool,
            "search": on_one_line(search.search)[:200],
            "notes": [on_one_line(note)[:_LONGEST_NOTE] for note in search.notes][:MOST_NOTES],
        },
        "repeats": min(max(repeats, 1), MOST_REPEATS),
        "budget": {"trials": max(len(search.trials), 1), "epochs": max(epochs, 1)},
    }
    if search.title:
        document["dataset"]["title"] = on_one_line(search.title)[:MAX_TITLE]
    try:
        return parse_spec(document)
    except SpecError:
        # Conditions of several models under one name may run in a circle.
        for each in document["model"]["declared"].values():
            each["when"] = {}
        return parse_spec(document)


def events_of(
    search: RecordedSearch, spec: StudySpec, *, now: float | None = None
) -> Iterator[JournalEvent]:
    """The journal of a finished study of these trials, numbered and timed.

    What has no time of its own has that of what came before it; the first that of ``now``.
    """
    for seq, event in enumerate(_events(search, spec, now), start=1):
        yield event.model_copy(update={"seq": seq})


def _events(search: RecordedSearch, spec: StudySpec, now: float | None) -> Iterator[JournalEvent]:
    known = [trial.started for trial in search.trials if trial.started is not None]
    clock = begin = min(known, default=time.time() if now is None else now)
    yield StudyStarted(
        time=_moment(begin), pid=0, device="", versions={}, resumed=False, rows={}, elapsed=0.0
    )
    latest = begin
    ended: set[int] = set()
    for number, trial in enumerate(search.trials, start=1):
        if trial.parent is not None and trial.parent not in ended:
            trial = replace(trial, parent=None)
        if trial.status.ended:
            ended.add(number)
        clock = trial.started if trial.started is not None else clock
        for event in trial_events(number, trial, spec, clock):
            clock = event.time
            yield event
        latest = max(latest, clock)
    yield StudyEnded(
        time=_moment(latest),
        status=StudyStatus.FINISHED,
        reason="recorded",
        message="",
        seconds=min(max(latest - begin, 0.0), _LONGEST_SECONDS),
    )


def trial_events(
    number: int, trial: RecordedTrial, spec: StudySpec, begin: float
) -> Iterator[JournalEvent]:
    """What a journal has of one trial that began then; without an end where it has not ended."""
    yield TrialStarted(
        time=_moment(begin),
        trial=number,
        config=dict(trial.config),
        parent=trial.parent,
        epochs=min(trial.target_epochs or _last_epoch(trial), MAX_EPOCHS),
        initial_epoch=trial.initial_epoch,
        bracket=trial.bracket,
        round=trial.round,
        seed=0,
        suggested_in=0.0,
    )
    clock = begin
    for row in sorted(trial.epochs, key=lambda row: (row.execution, row.epoch)):
        if row.execution > spec.executions or row.epoch > MAX_EPOCHS:
            continue
        clock += row.seconds or 0.0
        reported = {name: _finite(row.metrics[name]) for name in row.metrics if _known(name, spec)}
        yield Epoch(
            time=_moment(clock),
            trial=number,
            execution=row.execution,
            epoch=row.epoch,
            metrics=reported,
            seconds=row.seconds,
        )
    if trial.status.ended:
        end = clock if trial.seconds is None else begin + trial.seconds
        yield trial_end(number, trial, spec, end)


def trial_end(number: int, trial: RecordedTrial, spec: StudySpec, end: float) -> TrialEnded:
    """The end of one trial."""
    trained = [each for each in _trained(trial) if each.execution <= spec.executions]
    return TrialEnded(
        time=_moment(end),
        trial=number,
        status=trial.status,
        score=_finite(trial.score),
        best_epoch=_kept(trial.best_epoch),
        best_execution=None,
        epochs=sum(each.epochs for each in trained),
        seconds=None if trial.seconds is None else min(max(trial.seconds, 0.0), _LONGEST_SECONDS),
        parameters=trial.parameters,
        executions=[
            Execution(
                execution=each.execution,
                status=each.status,
                score=_finite(each.score),
                best_epoch=_kept(each.best_epoch),
                epochs=min(each.epochs, MAX_EPOCHS),
            )
            for each in trained
        ],
        message=on_one_line(trial.message)[:_LONGEST_MESSAGE],
    )


def _trained(trial: RecordedTrial) -> Sequence[RunExecution]:
    """The trainings of a trial, the one that is not spelt out too."""
    if trial.executions or not trial.status.ended:
        return trial.executions
    last = max((row.epoch for row in trial.epochs), default=trial.initial_epoch)
    epochs = max(last - trial.initial_epoch, 0)
    return [RunExecution(1, trial.score, trial.best_epoch, epochs, trial.status)]


def _last_epoch(trial: RecordedTrial) -> int:
    reached = max((row.epoch for row in trial.epochs), default=0)
    return max(reached, trial.target_epochs or 0, trial.initial_epoch)


def _kept(epoch: int | None) -> int | None:
    """An epoch as a journal takes it; None for one that no training here has."""
    return epoch if epoch is not None and epoch <= MAX_EPOCHS else None


def _known(metric: str, spec: StudySpec) -> bool:
    return spec.metrics is None or metric in spec.metrics


def _finite(value: float | None) -> float | None:
    """A number as a journal takes it; None for one that is none."""
    if value is None or not math.isfinite(value) or abs(value) > _LARGEST:
        return None
    return float(value)


def _moment(seconds: float) -> float:
    return min(max(seconds, 0.0), _LATEST)
