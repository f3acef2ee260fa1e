"""Project folders of Keras Tuner 1.0 to 1.4: ``oracle.json`` and a ``trial.json`` for each trial.

Neither says what the search aimed at: it is the metric whose best value is each trial's score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from statistics import fmean
from typing import Any

from tuning_core.spec.model import Direction
from tuning_core.study_import.declarations import metric_name
from tuning_core.study_import.keras_tuner_space import declared_by
from tuning_core.study_import.keras_tuner_trial import directions_by, observed_by, trial_of
from tuning_core.study_import.metric_names import usual_direction
from tuning_core.study_import.reader import (
    MOST_POINTS,
    MOST_TRIALS,
    ReadOptions,
    RunsReader,
    number_or_none,
    parsed,
)
from tuning_core.study_import.run_files import RunFiles, RunsError
from tuning_core.study_import.runs import (
    RecordedSearch,
    RecordedTrial,
)

_ORACLE, _TRIAL = "oracle.json", "trial.json"
_MOST_ORACLE, _MOST_TRIAL = 200_000_000, 20_000_000
_SEARCHES = {"brackets": "Hyperband", "num_initial_points": "BayesianOptimization"}
"""Tuners by what only their oracle has; random and grid search have nothing of their own."""

_NAMED = 10


def _recognises(files: RunFiles) -> bool:
    return any(PurePosixPath(name).name in (_ORACLE, _TRIAL) for name in files.names)


def _read(files: RunFiles, options: ReadOptions) -> RecordedSearch:
    root = _chosen(files, options)
    notes: list[str] = []
    oracle = _oracle(files, root)
    states = _states(files, root, notes)
    if oracle is None:
        if not states:
            raise RunsError(
                f"{_ORACLE} of the project is torn, and no trial can be read: there is nothing "
                "to take in."
            )
        notes.append(f"{_ORACLE} is torn or missing: all that is shown is from the trials.")
    if not states:
        raise RunsError(
            "The project of Keras Tuner has no trial yet."
            if not notes
            else f"Of the project no trial can be read: {notes[0]}"
        )
    order = _order(oracle or {}, states, files, root)
    declared = declared_by([oracle or {}, *(states[id] for id in order)])
    objective, direction = _objective([states[id] for id in order], options, notes)
    metrics: dict[str, Direction] = {}
    for state in states.values():
        metrics |= {metric_name(name): way for name, way in directions_by(state).items()}
    started = _started(oracle or {})
    numbers = {id: number for number, id in enumerate(order, start=1)}
    trials = [trial_of(states[id], objective, started.get(id), numbers) for id in order]
    if sum(len(trial.epochs) for trial in trials) > MOST_POINTS:
        raise RunsError(f"The project has more than {MOST_POINTS:,} observations: too many.")
    _say_what_is_missing(trials, started, notes)
    return RecordedSearch(
        name=options.name or PurePosixPath(root).name or files.label,
        tool="keras_tuner",
        search=next((n for key, n in _SEARCHES.items() if key in (oracle or {})), ""),
        objective=objective,
        direction=direction,
        metrics=metrics,
        declared=declared,
        trials=trials,
        notes=notes,
    )


def _chosen(files: RunFiles, options: ReadOptions) -> str:
    """The folder of the project to read, of those that are there. Raises RunsError."""
    roots = set()
    for name in map(PurePosixPath, files.names):
        if name.name == _ORACLE:
            roots.add(name.parent.as_posix())
        elif name.name == _TRIAL and name.parent.name.startswith("trial_"):
            roots.add(name.parent.parent.as_posix())
    found = sorted(root.removeprefix(".") for root in roots)
    if not found:
        raise RunsError(
            f"There is a {_TRIAL} outside a project of Keras Tuner: give the folder that has "
            f"{_ORACLE} and folders trial_0, trial_1 and so on."
        )
    if options.study and options.study in found:
        return options.study
    if len(found) == 1 and not options.study:
        return found[0]
    listed = ", ".join(repr(root or files.label) for root in found[:20])
    raise RunsError(
        f"study: there are several projects, choose one with --study: {listed}."
        if not options.study
        else f"study: expected one of {listed}, received {options.study[:60]!r}.",
        "study",
        found,
    )


def _oracle(files: RunFiles, root: str) -> dict[str, Any] | None:
    name = str(PurePosixPath(root) / _ORACLE)
    if name not in files.names:
        return None
    try:
        found = parsed(files.read(name, _MOST_ORACLE), _ORACLE)
    except RunsError:
        return None
    return found if isinstance(found, dict) else None


def _states(files: RunFiles, root: str, notes: list[str]) -> dict[str, dict[str, Any]]:
    """The trials by their ids; what is torn is left out, with a note."""
    found: dict[str, dict[str, Any]] = {}
    torn = []
    for name in files.names:
        path = PurePosixPath(name)
        if path.name != _TRIAL or path.parent.parent != PurePosixPath(root):
            continue
        id = path.parent.name.removeprefix("trial_")
        try:
            state = parsed(files.read(name, _MOST_TRIAL), _TRIAL)
        except RunsError:
            state = None
        if not isinstance(state, dict) or not isinstance(state.get("hyperparameters"), dict):
            torn.append(id)
            continue
        found[id] = state
    if torn:
        listed = ", ".join(torn[:_NAMED]) + (" and more" if torn[_NAMED:] else "")
        what = "Trial" if len(torn) == 1 else f"{len(torn):,} trials"
        notes.append(f"{what} {listed} left out: {_TRIAL} is torn.")
    if len(found) > MOST_TRIALS:
        raise RunsError(f"The project has more than {MOST_TRIALS:,} trials: too many to take in.")
    return found


def _order(
    oracle: Mapping[str, Any], states: Mapping[str, Any], files: RunFiles, root: str
) -> list[str]:
    """The ids in the order in which trials began, as far as anything says so."""
    begun = oracle.get("start_order")
    first = (
        [id for id in begun if isinstance(id, str) and id in states]
        if isinstance(begun, list)
        else []
    )
    rest = [id for id in states if id not in set(first)]
    if all(id.isascii() and id.isdigit() for id in rest):
        rest.sort(key=int)
    else:
        # Before 1.1.3 the ids were random.
        place = PurePosixPath(root)
        rest.sort(key=lambda id: files.changed(str(place / f"trial_{id}" / _TRIAL)))
    return [*dict.fromkeys(first), *rest]


def _objective(
    states: Sequence[Mapping[str, Any]], options: ReadOptions, notes: list[str]
) -> tuple[str, Direction]:
    """The metric whose best value is the score of every trial, and its direction."""
    directions: dict[str, Direction] = {}
    for state in states:
        directions |= directions_by(state)
    if options.objective:
        way = directions.get(options.objective, usual_direction(options.objective))
        return metric_name(options.objective), options.direction or way
    fitting = list(directions)
    scored = False
    for state in states:
        score = number_or_none(state.get("score"))
        if score is None or math.isnan(score):
            continue
        scored = True
        observed = observed_by(state)
        fitting = [
            name
            for name in fitting
            if name in observed and _is_best(score, observed[name], directions[name])
        ]
    candidates = fitting if scored and fitting else list(directions)
    name = next((name for name in candidates if name.startswith("val_")), None)
    name = name or next(iter(candidates), "score")
    way = options.direction or directions.get(name, "min")
    if not scored:
        notes.append(f"No trial has a score, so nothing says what was aimed at; {name} is assumed.")
    elif len(candidates) > 1 or not fitting:
        others = ", ".join(candidates[:_NAMED])
        notes.append(
            f"Keras Tuner does not keep the objective; of {others} it could be, {name} is taken. "
            "--objective and --direction say otherwise."
        )
    return metric_name(name), way


def _is_best(score: float, by_step: Mapping[int, Sequence[float]], direction: Direction) -> bool:
    means = [mean for v in by_step.values() if not math.isnan(mean := fmean(v))]
    best = (max if direction == "max" else min)(means, default=math.nan)
    return math.isclose(best, score, rel_tol=1e-12, abs_tol=0.0) or best == score


def _started(oracle: Mapping[str, Any]) -> dict[str, float]:
    """When trials began, which newer versions keep, in the time of that machine."""
    display = oracle.get("display")
    given = display.get("trial_start") if isinstance(display, dict) else None
    found = {}
    for id, text in given.items() if isinstance(given, dict) else ():
        try:
            found[str(id)] = datetime.fromisoformat(text).timestamp()
        except (TypeError, ValueError, OverflowError, OSError):
            continue
    return found


def _say_what_is_missing(
    trials: Sequence[RecordedTrial], started: Mapping[str, float], notes: list[str]
) -> None:
    steps = [len({row.epoch for row in trial.epochs}) for trial in trials]
    if max(steps, default=0) <= 1:
        notes.append(
            "Keras Tuner keeps one epoch of a trial, its best, as the mean over its executions: "
            "there are no learning curves, and how many epochs were trained is not known."
        )
    notes.append(
        "Keras Tuner keeps when a trial began, not how long it took."
        if started
        else "The project has no times."
    )


READER = RunsReader("keras_tuner", "Keras Tuner project", _recognises, _read)
