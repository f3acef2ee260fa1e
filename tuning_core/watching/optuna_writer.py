"""What a study of Optuna tells, in the words of a study here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tuning_core.catalog import TrialStatus, Value
from tuning_core.home.locks import own_token
from tuning_core.spec.model import Declared, Direction
from tuning_core.study_import.declarations import (
    hyperparameter_name,
    merged,
    metric_name,
    value_of,
)
from tuning_core.study_import.optuna_distributions import understood
from tuning_core.study_import.optuna_study import STATUSES, VALUE
from tuning_core.study_import.runs import RecordedSearch, RecordedTrial, RunEpoch, RunExecution
from tuning_core.watching.study_writer import Begun, Planned, StudyWriter


@dataclass
class Told:
    """What a running trial has told so far."""

    config: dict[str, Value] = field(default_factory=dict)
    values: dict[int, float] = field(default_factory=dict)
    written: dict[str, Value] | None = None


class OptunaWriter(StudyWriter):
    """Writes what happens to a study's trials; they have its numbers, from 1."""

    def __init__(self, path: Path, facts: Mapping[str, Any]) -> None:
        names, directions = facts["metric_names"], facts["directions"]
        self._name = metric_name(names[0] if names else VALUE)
        self._to_json = facts["to_json"]
        self._declared: dict[str, Declared] = {}
        self._seen: set[tuple[str, str]] = set()
        self._running: dict[int, Told] = {}
        self._first_step: int | None = None
        direction: Direction = "max" if directions[0] == "MAXIMIZE" else "min"
        notes = []
        if len(directions) > 1:
            notes.append(
                f"The study has {len(directions)} objectives; what is shown is {self._name!r}."
                if names
                else f"The study has {len(directions)} objectives; what is shown is number 1."
            )
        earlier = {trial.number + 1: self._recorded(trial) for trial in facts["trials"]}
        search = RecordedSearch(
            name=facts["name"],
            tool="watch",
            search=facts["search"],
            objective=self._name,
            direction=direction,
            metrics={},
            declared=dict(self._declared),
            trials=(),
            notes=notes,
        )
        self._search = search
        key = facts["key"] if facts["lasting"] else f"{facts['key']} {own_token()}"
        super().__init__(
            path, Begun(key, search, Planned(max(facts["planned"], 1)), facts["versions"], earlier)
        )

    def trial_began(self, number: int) -> None:
        """A trial runs; its parameters are chosen one by one."""
        self._running[number] = Told()

    def parameter_chosen(self, number: int, name: str, internal: float, distribution: Any) -> None:
        """A running trial has a value for a parameter."""
        value = self._value(name, distribution, distribution.to_external_repr(internal))
        if number in self._running:
            self._running[number].config[hyperparameter_name(name)] = value

    def value_reported(self, number: int, step: int, value: float) -> None:
        """A running trial has reported an intermediate value."""
        told = self._running.get(number)
        if told is None or step in told.values:
            return
        self._begun(number, told)
        told.values[step] = value
        epoch = self._epoch(step, len(told.values))
        self.epoch(number, RunEpoch(1, epoch, {self._name: value}))

    def trial_ended(self, number: int, trial: Any, message: str) -> None:
        """A trial has ended, here or in another process."""
        told = self._running.pop(number, None) or Told()
        recorded = replace(self._recorded(trial), message=message)
        told.config = dict(recorded.config)
        self._begun(number, told)
        for step, value in sorted(trial.intermediate_values.items()):
            if step not in told.values:
                told.values[step] = value
                epoch = self._epoch(step, len(told.values))
                self.epoch(number, RunEpoch(1, epoch, {self._name: value}))
        self.end(number, recorded)

    def others_ended(self, trials: Iterable[Any]) -> None:
        """All trials of the study that have ended, those of other processes too."""
        for trial in trials:
            if trial.number + 1 not in self.ended:
                self.trial_ended(trial.number + 1, trial, "")

    def flush(self) -> None:
        """Have all so far in the database; trials that run with the parameters that they have."""
        for number, told in self._running.items():
            self._begun(number, told)
        super().flush()

    def _begun(self, number: int, told: Told) -> None:
        """Write that a trial runs, unless that is written with all its parameters."""
        if told.written != told.config:
            told.written = dict(told.config)
            self.start(number, RecordedTrial(told.written, TrialStatus.RUNNING, None))

    def _recorded(self, trial: Any) -> RecordedTrial:
        """A trial as Optuna has it at its end."""
        status = STATUSES[trial.state.name]
        score = None if not trial.values else float(trial.values[0])
        if score is not None and not math.isfinite(score):
            status = TrialStatus.DIVERGED if status is TrialStatus.COMPLETED else status
            score = None
        config = {
            hyperparameter_name(name): self._value(name, trial.distributions[name], value)
            for name, value in trial.params.items()
        }
        steps = sorted(trial.intermediate_values.items())
        epochs = [
            RunEpoch(1, self._epoch(step, place), {self._name: value})
            for place, (step, value) in enumerate(steps, start=1)
        ]
        best = next((row.epoch for row in epochs if row.metrics[self._name] == score), None)
        began, ended = trial.datetime_start, trial.datetime_complete
        seconds = None if None in (began, ended) else (ended - began).total_seconds()
        return RecordedTrial(
            config=config,
            status=status,
            score=score,
            epochs=epochs,
            started=None if began is None else began.timestamp(),
            seconds=seconds,
            best_epoch=best,
            executions=[RunExecution(1, score, best, len(epochs), status)],
        )

    def _value(self, name: str, distribution: Any, value: Any) -> Value:
        """A parameter's value, whose distribution is taken note of."""
        # By its text: choices that cannot be hashed are allowed, if not liked.
        mark = (name, repr(distribution))
        if mark not in self._seen:
            self._seen.add(mark)
            declared, _ = understood(self._to_json(distribution))
            if declared is not None:
                known = hyperparameter_name(name)
                before = self._declared.get(known)
                self._declared[known] = declared if before is None else merged(before, declared)
                if hasattr(self, "_spec"):
                    self.describe(replace(self._search, declared=dict(self._declared)))
        return value_of(value)

    def _epoch(self, step: int, place: int) -> int:
        """The epoch of a step: steps count from 0 or 1, as the first one does; else in order."""
        if self._first_step is None:
            self._first_step = step
        if self._first_step in (0, 1) and step >= 0:
            return step + 1 - self._first_step
        return place
