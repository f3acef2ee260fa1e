"""A study of Optuna, out of whichever storage, as a recorded search."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuning_core.catalog import TrialStatus, Value
from tuning_core.journal.events import MOST_TRIALS as MOST_NUMBER
from tuning_core.spec.model import Declared, Direction
from tuning_core.spec.parts import MAX_EPOCHS
from tuning_core.study_import.declarations import hyperparameter_name, metric_name
from tuning_core.study_import.optuna_distributions import Distributions
from tuning_core.study_import.reader import (
    MOST_POINTS,
    MOST_TRIALS,
    ReadOptions,
    epochs_by_step,
    number_or_none,
)
from tuning_core.study_import.run_files import RunsError
from tuning_core.study_import.runs import RecordedSearch, RecordedTrial, RunEpoch

STATUSES = {
    "RUNNING": TrialStatus.RUNNING,
    "COMPLETE": TrialStatus.COMPLETED,
    "PRUNED": TrialStatus.PRUNED,
    "FAIL": TrialStatus.FAILED,
    "WAITING": TrialStatus.WAITING,
}
STATES = tuple(STATUSES)
"""In the order of the numbers that journals have for them."""

_SAMPLERS = {
    "cma:": "CmaEsSampler",
    "nsga2:": "NSGAIISampler",
    "NSGAIISampler:": "NSGAIISampler",
    "NSGAIIISampler:": "NSGAIIISampler",
    "qmc:": "QMCSampler",
    "grid_id": "GridSampler",
    "search_space": "GridSampler",
    "tpe:": "TPESampler",
}
"""The samplers that leave a trace in a storage, by how its name begins."""

VALUE = "value"
"""What Optuna calls the number that it tries to make large or small."""

_OURS = "tunescape_study"
_NAMES = "study:metric_names"


@dataclass
class OptunaTrial:
    """A trial: ``params`` has the internal value and the distribution of each, as JSON."""

    state: str
    values: dict[int, float] = field(default_factory=dict)
    params: dict[str, tuple[float, str]] = field(default_factory=dict)
    intermediate: dict[int, float] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None


@dataclass
class OptunaStudy:
    """A study with its trials in order; ``traces`` are names of system attributes."""

    name: str
    directions: list[str] = field(default_factory=list)
    user: dict[str, Any] = field(default_factory=dict)
    system: dict[str, Any] = field(default_factory=dict)
    traces: set[str] = field(default_factory=set)
    trials: list[OptunaTrial] = field(default_factory=list)


def chosen_study(names: Sequence[str], options: ReadOptions) -> str:
    """The study to read of those in a storage. Raises RunsError."""
    listed = ", ".join(repr(name) for name in names[:20]) + (" and more" if names[20:] else "")
    if not names:
        raise RunsError("The storage of Optuna has no study yet.")
    if options.study:
        if options.study not in names:
            raise RunsError(
                f"study: expected one of {listed}, received {options.study[:60]!r}.", "study", names
            )
        return options.study
    if len(names) > 1:
        raise RunsError(
            f"study: the storage has several, choose one with --study: {listed}.", "study", names
        )
    return names[0]


def search_of(study: OptunaStudy, options: ReadOptions) -> RecordedSearch:
    """The study as a search. Raises RunsError."""
    if not study.trials:
        raise RunsError(f"The study {study.name[:60]!r} has no trial yet.")
    if len(study.trials) > MOST_TRIALS:
        raise RunsError(f"The study has more than {MOST_TRIALS:,} trials: too many to take in.")
    if sum(len(trial.intermediate) for trial in study.trials) > MOST_POINTS:
        raise RunsError(
            f"The study has more than {MOST_POINTS:,} intermediate values: too many to take in."
        )
    place, objective, notes = _objective(study, options)
    steps, step_note = epochs_by_step(s for trial in study.trials for s in trial.intermediate)
    declared: dict[str, Declared] = {}
    reading = _Reading(Distributions(declared), objective, place, steps, _OURS in study.user)
    trials = [reading.trial(trial) for trial in study.trials]
    notes += [step_note] if step_note else []
    if not steps:
        notes.append("Nothing was reported within a trial: there are no learning curves.")
    if reading.infinite:
        notes.append(
            "Optuna counts trials as complete whose value is infinite; here they have diverged."
        )
    if reading.ours:
        notes.append(
            "Optuna's storage had the searched hyperparameters and the objective's curve alone, "
            "the mean over the trainings of a trial."
        )
    return RecordedSearch(
        name=options.name or study.name,
        tool="optuna",
        search=_sampler(study),
        objective=objective,
        direction=_direction(study, place, options, notes),
        metrics={},
        declared=declared,
        trials=trials,
        notes=notes,
        title=_text(study.user.get("dataset")) if reading.ours else "",
    )


def _objective(study: OptunaStudy, options: ReadOptions) -> tuple[int, str, list[str]]:
    """Which of the values is the objective, its name, and notes."""
    named = study.system.get(_NAMES)
    names = [metric_name(name) for name in named] if isinstance(named, list) else []
    ours = _text(study.user.get("objective")) if _OURS in study.user else ""
    count = max(len(study.directions), 1)
    place = 0
    if options.objective and options.objective in names[:count]:
        place = names.index(options.objective)
    name = names[place] if place < len(names) else metric_name(ours or VALUE)
    if options.objective and options.objective not in names:
        name = metric_name(options.objective)
    if count == 1:
        return place, name, []
    which = f"{name!r}" if names else f"number {place + 1}"
    return place, name, [f"The study has {count} objectives; what is shown is {which}."]


def _direction(study: OptunaStudy, place: int, options: ReadOptions, notes: list[str]) -> Direction:
    given = study.directions[place] if place < len(study.directions) else ""
    known: dict[str, Direction] = {"MINIMIZE": "min", "MAXIMIZE": "max"}
    if given in known:
        if options.direction and options.direction != known[given]:
            raise RunsError(f"direction: the study says {given.lower()}; leave it out.")
        return known[given]
    if not options.direction:
        notes.append("The study says no direction; Optuna then takes the smallest as the best.")
    return options.direction or "min"


def _sampler(study: OptunaStudy) -> str:
    if _OURS in study.user:
        return _text(study.user.get("strategy"))
    for start, name in _SAMPLERS.items():
        if any(trace.startswith(start) for trace in study.traces):
            return name
    return ""


class _Reading:
    """Trials of Optuna as recorded ones."""

    def __init__(
        self,
        distributions: Distributions,
        objective: str,
        place: int,
        steps: Mapping[int, int],
        ours: bool,
    ) -> None:
        self.infinite = False
        self.ours = ours
        self._distributions = distributions
        self._objective = objective
        self._place = place
        self._steps = steps

    def trial(self, trial: OptunaTrial) -> RecordedTrial:
        """One trial."""
        status = STATUSES.get(trial.state, TrialStatus.FAILED)
        score, message = trial.values.get(self._place), ""
        if score is not None and not math.isfinite(score):
            message = f"Its value was {score}."
            score = None
            if status is TrialStatus.COMPLETED:
                status, self.infinite = TrialStatus.DIVERGED, True
        config: dict[str, Value] = {}
        for name, (internal, text) in trial.params.items():
            value = self._distributions.value(hyperparameter_name(name), internal, text)
            if value is not None:
                config[hyperparameter_name(name)] = value
        seconds = None
        if trial.started is not None and trial.ended is not None:
            seconds = max(trial.ended - trial.started, 0.0)
        found = RecordedTrial(
            config=config,
            status=status,
            score=score,
            epochs=list(self._epochs(trial)),
            started=trial.started,
            seconds=seconds,
            best_epoch=self._best_epoch(trial, score),
            message=message,
        )
        return _as_exported(found, trial.user) if self.ours else found

    def _epochs(self, trial: OptunaTrial) -> Iterable[RunEpoch]:
        for step, value in sorted(trial.intermediate.items()):
            if step in self._steps:
                yield RunEpoch(1, self._steps[step], {self._objective: value})

    def _best_epoch(self, trial: OptunaTrial, score: float | None) -> int | None:
        """The first epoch that has the trial's value, if one has."""
        reached = (s for s, v in sorted(trial.intermediate.items()) if v == score)
        return self._steps.get(next(reached, -1)) if score is not None else None


def _as_exported(trial: RecordedTrial, user: Mapping[str, Any]) -> RecordedTrial:
    """A trial with what our own export adds to Optuna's records."""
    status = trial.status
    if user.get("status") in set(TrialStatus) and TrialStatus(user["status"]).ended:
        status = TrialStatus(user["status"]) if status.ended else status
    parent = _whole(user.get("parent"), MOST_NUMBER)
    first = trial.epochs[0].epoch if trial.epochs else 1
    seconds = number_or_none(user.get("seconds"))
    return RecordedTrial(
        config=trial.config,
        status=status,
        score=trial.score,
        epochs=trial.epochs,
        started=trial.started,
        seconds=trial.seconds if seconds is None or not math.isfinite(seconds) else seconds,
        best_epoch=_whole(user.get("best_epoch"), MAX_EPOCHS),
        message=_text(user.get("note")) or trial.message,
        parent=parent,
        initial_epoch=first - 1 if parent else 0,
        parameters=_whole(user.get("parameters"), 10**12),
    )


def _whole(content: Any, most: int) -> int | None:
    whole = isinstance(content, int) and not isinstance(content, bool)
    return content if whole and 0 <= content <= most else None


def _text(content: Any) -> str:
    return content if isinstance(content, str) else ""
