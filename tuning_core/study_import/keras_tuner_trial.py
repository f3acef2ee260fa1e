"""A trial of Keras Tuner, out of the state in its ``trial.json``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.spec.model import Direction
from tuning_core.spec.parts import MAX_EPOCHS
from tuning_core.study_import.declarations import hyperparameter_name, metric_name, value_of
from tuning_core.study_import.reader import number_or_none
from tuning_core.study_import.runs import MOST_REPEATS, RecordedTrial, RunEpoch, RunExecution

_STATUSES = {
    "RUNNING": TrialStatus.RUNNING,
    "IDLE": TrialStatus.WAITING,
    "STOPPED": TrialStatus.WAITING,
    "COMPLETED": TrialStatus.COMPLETED,
    "INVALID": TrialStatus.FAILED,
    "FAILED": TrialStatus.FAILED,
}
_TUNER = "tuner/"
"""What Hyperband notes among the values of a trial begins so."""

Observed = dict[str, dict[int, list[float]]]
"""What a trial reported: by metric and step, a value for each execution."""


def observed_by(state: Mapping[str, Any]) -> Observed:
    """What a trial reported."""
    found: Observed = {}
    for name, metric in _metrics(state).items():
        rows = metric.get("observations")
        by_step: dict[int, list[float]] = {}
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, dict):
                continue
            values, step = row.get("value"), number_or_none(row.get("step"))
            listed = values if isinstance(values, list) else [values]
            numbers = [v for v in map(number_or_none, listed) if v is not None]
            if numbers and step is not None and math.isfinite(step):
                by_step.setdefault(int(step), []).extend(numbers)
        if by_step:
            found[name] = by_step
    return found


def _metrics(state: Mapping[str, Any]) -> dict[str, Any]:
    tracker = state.get("metrics")
    metrics = tracker.get("metrics") if isinstance(tracker, dict) else None
    return (
        {str(name): each for name, each in metrics.items() if isinstance(each, dict)}
        if isinstance(metrics, dict)
        else {}
    )


def directions_by(state: Mapping[str, Any]) -> dict[str, Direction]:
    """The direction of each metric that a trial reported."""
    return {
        name: "max" if metric.get("direction") == "max" else "min"
        for name, metric in _metrics(state).items()
    }


def trial_of(
    state: Mapping[str, Any],
    objective: str,
    started: float | None,
    numbers: Mapping[str, int],
) -> RecordedTrial:
    """A trial by its state; ``numbers`` are those of all trials, by their ids."""
    given = state["hyperparameters"].get("values")
    values = given if isinstance(given, dict) else {}
    status = _STATUSES.get(str(state.get("status")), TrialStatus.FAILED)
    score = number_or_none(state.get("score"))
    message = _last_words(state.get("message"))
    if status.ended and score is not None and not math.isfinite(score):
        message = message or f"Its score is {score}."
    if status is TrialStatus.COMPLETED and (score is None or not math.isfinite(score)):
        status = TrialStatus.DIVERGED
    initial = _count(values.get(f"{_TUNER}initial_epoch")) or 0
    epochs = list(_epochs(observed_by(state), initial))
    best = _count(state.get("best_step"))
    best = None if best is None or score is None else min(initial + best + 1, MAX_EPOCHS)
    return RecordedTrial(
        config={
            hyperparameter_name(name): value_of(value)
            for name, value in values.items()
            if not name.startswith(_TUNER)
        },
        status=status,
        score=score,
        epochs=epochs,
        started=started,
        best_epoch=best,
        executions=_executions(epochs, metric_name(objective), status, best),
        message=message,
        parent=numbers.get(str(values.get(f"{_TUNER}trial_id"))),
        initial_epoch=initial,
        target_epochs=_count(values.get(f"{_TUNER}epochs")),
        bracket=_count(values.get(f"{_TUNER}bracket")),
        round=_count(values.get(f"{_TUNER}round")),
    )


def _epochs(observed: Observed, initial: int) -> Iterable[RunEpoch]:
    counts = {len(values) for by_step in observed.values() for values in by_step.values()}
    # Executions that differ in what they report cannot be told apart.
    each = counts.pop() if len(counts) == 1 else 1
    apart = 1 < each <= MOST_REPEATS
    for step in sorted({step for by_step in observed.values() for step in by_step}):
        epoch = initial + step + 1
        if not 1 <= epoch <= MAX_EPOCHS:
            continue
        at = {name: by_step[step] for name, by_step in observed.items() if step in by_step}
        for place in range(each if apart else 1):
            yield RunEpoch(
                place + 1,
                epoch,
                {
                    metric_name(name): values[place] if apart else fmean(values)
                    for name, values in at.items()
                },
            )


def _executions(
    epochs: Sequence[RunEpoch], objective: str, status: TrialStatus, best: int | None
) -> list[RunExecution]:
    """The trainings of a trial that reported apart; none where there is but one."""
    count = max((row.execution for row in epochs), default=1)
    if count == 1 or not status.ended:
        return []
    found = []
    for number in range(1, count + 1):
        rows = [row for row in epochs if row.execution == number]
        at_best = next((row.metrics.get(objective) for row in rows if row.epoch == best), None)
        found.append(RunExecution(number, at_best, best, len(rows), status))
    return found


def _last_words(message: Any) -> str:
    """The error at the end of a traceback, and the last line of the user's own code in it."""
    lines = [line.strip() for line in str(message or "").splitlines() if line.strip()]
    places = [line for line in lines if line.startswith('File "')]
    own = [line for line in places if "site-packages" not in line]
    place = next(reversed(own or places), "")
    return "" if not lines else f"{lines[-1]} ({place})" if place else lines[-1]


def _count(content: Any) -> int | None:
    whole = isinstance(content, int) and not isinstance(content, bool)
    return content if whole and 0 <= content <= MAX_EPOCHS else None
