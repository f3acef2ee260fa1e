"""What a tuner of Keras Tuner tells, in the words of a study."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.spec.model import Direction
from tuning_core.study_import.declarations import metric_name
from tuning_core.study_import.keras_tuner_space import declared_by
from tuning_core.study_import.keras_tuner_trial import trial_of
from tuning_core.study_import.metric_names import usual_direction
from tuning_core.study_import.runs import (
    MOST_REPEATS,
    RecordedSearch,
    RecordedTrial,
    RunEpoch,
    RunExecution,
)
from tuning_core.watching.attempt import Execution
from tuning_core.watching.messages import of_traceback
from tuning_core.watching.study_writer import Begun, Planned, StudyWriter


class TunerWriter(StudyWriter):
    """Writes what a tuner does; its trials are numbered from 1 as its own ids count from 0."""

    def __init__(self, path: Path, facts: Mapping[str, Any]) -> None:
        self._numbers: dict[str, int] = {}
        self._spaces = [_space(facts["space"])]
        name, direction = facts["objective"]
        self._name, self._direction = metric_name(name), direction
        self._values: dict[int, Mapping[str, Any]] = {}
        states = facts["trials"]
        for state in sorted(states, key=lambda state: str(state["trial_id"])):
            self._number(state["trial_id"])
        earlier = {self._number(s["trial_id"]): self._recorded(s) for s in states}
        self._spaces += [{"hyperparameters": state["hyperparameters"]} for state in states]
        search = RecordedSearch(
            name=facts["name"],
            tool="watch",
            search=facts["search"],
            objective=self._name,
            direction=direction,
            metrics=_directions(facts["metrics"]),
            declared=declared_by(self._spaces),
            trials=(),
        )
        self._search = search
        key = f"keras_tuner {facts['folder']}"
        planned = Planned(**facts["planned"])
        super().__init__(path, Begun(key, search, planned, facts["versions"], earlier))

    def hyperparameters_seen(self, space: Sequence[Mapping[str, Any]]) -> None:
        """Hyperparameters that were not declared before the search."""
        self._spaces.append(_space(space))
        self.describe(replace(self._search, declared=declared_by(self._spaces)))

    def metrics_seen(self, directions: Mapping[str, Any]) -> None:
        """Metrics that epochs report, with their directions."""
        known = _directions(directions)
        self.describe(replace(self._search, metrics=known))

    def trial_began(self, trial_id: str, values: Mapping[str, Any]) -> None:
        """A trial runs, with these values by now."""
        number = self._number(trial_id)
        self._values[number] = values
        self.start(number, self._recorded(_running(values)))

    def epoch_ended(
        self,
        trial_id: str,
        execution: int,
        epoch: int,
        metrics: Mapping[str, float],
        seconds: float | None,
    ) -> None:
        """An epoch of a trial."""
        self.epoch(self._number(trial_id), RunEpoch(execution, epoch, metrics, seconds))

    def trial_ended(self, told: Mapping[str, Any]) -> None:
        """A trial has ended, or an attempt at it that the tuner will repeat."""
        number, score = self._number(told["trial_id"]), told["score"]
        status = _status(told["status"], score, told["message"])
        executions = [
            self._execution(told["before"] + place, each)
            for place, each in enumerate(told["executions"], start=1)
        ]
        if executions and status is not TrialStatus.COMPLETED:
            executions[-1] = replace(executions[-1], status=status)
        best = self._best(executions)
        trial = self._recorded(_running(self._values.get(number, {})))
        trial = replace(
            trial,
            status=status,
            score=score if status is TrialStatus.COMPLETED else None,
            seconds=told["seconds"],
            best_epoch=None if best is None else best.best_epoch,
            executions=executions,
            message=of_traceback(told["message"]),
            parameters=told["parameters"],
        )
        self.end(number, trial)

    def _recorded(self, state: Mapping[str, Any]) -> RecordedTrial:
        return trial_of(state, self._name, None, self._numbers)

    def _number(self, trial_id: str) -> int:
        if trial_id not in self._numbers:
            counted = int(trial_id) + 1 if trial_id.isascii() and trial_id.isdigit() else 0
            after = max(self._numbers.values(), default=0) + 1
            free = counted and counted not in self._numbers.values()
            self._numbers[trial_id] = counted if free else after
        return self._numbers[trial_id]

    def _execution(self, number: int, execution: Execution) -> RunExecution:
        curve = {
            epoch: value
            for epoch, metrics in execution.epochs.items()
            if math.isfinite(value := self._value(metrics))
        }
        best = self._first_best(curve)
        score = self._value(execution.result) if execution.result else curve.get(best or 0)
        return RunExecution(number, score, best, len(execution.epochs))

    def _value(self, metrics: Mapping[str, float]) -> float:
        return next((v for name, v in metrics.items() if metric_name(name) == self._name), math.nan)

    def _first_best(self, curve: Mapping[int, float]) -> int | None:
        if not curve:
            return None
        best = (max if self._direction == "max" else min)(curve.values())
        return next(epoch for epoch, value in curve.items() if value == best)

    def _best(self, executions: Sequence[RunExecution]) -> RunExecution | None:
        scored = [
            each
            for each in executions
            if each.score is not None
            and math.isfinite(each.score)
            and each.execution <= MOST_REPEATS
        ]
        sign = -1 if self._direction == "max" else 1
        return min(scored, key=lambda each: sign * (each.score or 0.0), default=None)


def _directions(known: Mapping[str, Any]) -> dict[str, Direction]:
    return {metric_name(name): way or usual_direction(name) for name, way in known.items()}


def _running(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"hyperparameters": {"values": dict(values)}, "status": "RUNNING"}


def _space(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"hyperparameters": {"space": list(entries)}}


def _status(status: str, score: float | None, message: str | None) -> TrialStatus:
    lost = score is not None and not math.isfinite(score)
    if status == "COMPLETED":
        return TrialStatus.DIVERGED if lost else TrialStatus.COMPLETED
    return TrialStatus.DIVERGED if lost and not message else TrialStatus.FAILED
