"""TensorBoard's HParams logs: a trial for each session group, a training for each session."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tuning_core.catalog import OBJECTIVES, TrialStatus
from tuning_core.spec.model import Direction
from tuning_core.study_import.declarations import hyperparameter_name, metric_name
from tuning_core.study_import.metric_names import known_direction, usual_direction
from tuning_core.study_import.reader import (
    MOST_POINTS,
    MOST_TRIALS,
    ReadOptions,
    RunsReader,
    epochs_by_step,
)
from tuning_core.study_import.run_files import RunFiles, RunsError
from tuning_core.study_import.runs import (
    MOST_REPEATS,
    RecordedSearch,
    RecordedTrial,
    RunEpoch,
    RunExecution,
)
from tuning_core.study_import.tensorboard_hparams import declared_by, kinds_of, metric_of, plain

if TYPE_CHECKING:
    from tuning_core.study_import.tensorboard_events import Run, Series

_EVENTS = "tfevents"
_OURS = "Tunescape study "
_SCORE = "score"
_NUMBERED = re.compile(r"trial[ _-]?(\d{1,9})")
_USUAL = ("val_accuracy", "val_loss", "accuracy", "loss")
_SUCCESS, _FAILURE = 1, 2  # Of the messages' own enumeration.
_STATUSES = {_SUCCESS: TrialStatus.COMPLETED, _FAILURE: TrialStatus.FAILED}


@dataclass
class _Session:
    """One training: its message and its metrics by the names that a study gives them."""

    run: Run
    metrics: dict[str, Series] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The name of the trial that it is one of."""
        return self.run.start.group_name or self.run.name

    @property
    def started(self) -> float | None:
        """When it began, as unix seconds."""
        return _moment(self.run.start.start_time_secs)

    @property
    def status(self) -> TrialStatus | None:
        """How it ended; None where nothing says so."""
        return None if self.run.end is None else _STATUSES.get(self.run.end.status)

    def last(self, metric: str) -> float | None:
        """The value at the largest step, which is the one that TensorBoard shows."""
        series = self.metrics.get(metric)
        return series[max(series)][0] if series else None


def _recognises(files: RunFiles) -> bool:
    return any(_EVENTS in PurePosixPath(name).name for name in files.names)


def _read(files: RunFiles, options: ReadOptions) -> RecordedSearch:
    from tuning_core.study_import.tensorboard_events import read_events

    runs = read_events(files)
    sessions = {name: _Session(run) for name, run in runs.items() if run.start is not None}
    if not sessions:
        raise RunsError(
            "The logs of TensorBoard have no hyperparameters: expected runs that `hp.hparams` or "
            "`hp.KerasCallback` wrote, not scalars alone."
        )
    for run in runs.values():
        _give(run, sessions)
    experiments = [run.experiment for run in runs.values() if run.experiment is not None]
    ours = any(each.description.startswith(_OURS) for each in experiments)
    objective, shown = _objective(experiments, list(sessions.values()), ours, options)
    groups = _groups(sessions.values())
    if len(groups) > MOST_TRIALS:
        raise RunsError(f"The logs have more than {MOST_TRIALS:,} trials: too many to take in.")
    names = {name for s in sessions.values() for name in s.metrics if name != shown or not ours}
    steps, step_note = epochs_by_step(
        step for s in sessions.values() for name in names for step in s.metrics.get(name, ())
    )
    said = any(session.run.end is not None for session in sessions.values())
    reading = _Trials(
        objective, shown, names, steps, said, kinds_of(s.run.start for s in sessions.values())
    )
    trials = [reading.trial(group) for group in groups]
    if sum(len(trial.epochs) for trial in trials) > MOST_POINTS:
        raise RunsError(f"The logs have more than {MOST_POINTS:,} epochs: too many to take in.")
    metrics: dict[str, Direction] = {name: usual_direction(name) for name in sorted(names)}
    notes = [
        "TensorBoard keeps the last value of a metric as a trial's result, in seven digits.",
        *([step_note] if step_note else []),
        *([] if said else ["The logs do not say how trainings ended."]),
    ]
    return RecordedSearch(
        name=options.name or _name(experiments, files),
        tool="tensorboard",
        search="",
        objective=objective,
        direction=_direction(objective, experiments if ours else (), options),
        metrics=metrics,
        declared=declared_by(experiments, reading.kinds),
        trials=trials,
        notes=notes,
    )


def _direction(objective: str, ours: Sequence[Any], options: ReadOptions) -> Direction:
    from tuning_core.study_export.tensorboard_events import BETTER

    said = [info.description for each in ours for info in each.metric_infos]
    ways: list[Direction] = ["max", "min"]
    known = next((way for way in ways if BETTER[way] in said), known_direction(objective))
    direction = options.direction or known
    if direction is None:
        raise RunsError(
            f"direction: TensorBoard does not say which {objective} is better: give --direction "
            "max or min.",
            "direction",
            ("max", "min"),
        )
    return direction


def _name(experiments: Sequence[Any], files: RunFiles) -> str:
    named = next((each.name for each in experiments if each.name.strip()), "")
    return named or files.label


def _give(run: Run, sessions: Mapping[str, _Session]) -> None:
    """Add a run's scalars to the session that it is, or that its folder lies in."""
    place = PurePosixPath(run.name)
    for folder in (place, *place.parents):
        name = "" if folder == PurePosixPath(".") else folder.as_posix()
        if name in sessions:
            break
    else:
        return
    group = place.relative_to(folder).as_posix()
    for tag, series in run.scalars.items():
        if (metric := metric_of(group, tag)) is not None:
            sessions[name].metrics.setdefault(metric, {}).update(series)


def _objective(
    experiments: Sequence[Any], sessions: Sequence[_Session], ours: bool, options: ReadOptions
) -> tuple[str, str]:
    """The objective, and the metric whose last value is its score."""
    known = list(dict.fromkeys(name for session in sessions for name in session.metrics))
    infos = [info for each in experiments for info in each.metric_infos]
    if ours and _SCORE in known:
        label = next((i.display_name for i in infos if i.name.tag == _SCORE), "")
        label = label.removesuffix(", best epoch")
        ids = {objective.label: id for id, objective in OBJECTIVES.items()}
        bare = label.removeprefix("validation ")
        named = ids.get(label, f"val_{bare}" if bare != label else label)
        return metric_name(options.objective or named or _SCORE), _SCORE
    shown = [metric_of(info.name.group, info.name.tag) for info in infos]
    listed = [name for name in shown if name in known]
    if options.objective in known:
        return options.objective, options.objective
    if options.objective:
        raise RunsError(
            f"objective: the logs have no {options.objective[:60]!r}; expected one of "
            f"{', '.join(known[:30])}.",
            "objective",
            known,
        )
    usual = [name for name in _USUAL if name in known]
    for name in (*listed, *usual, *(known if len(known) == 1 else ())):
        if name is not None:
            return name, name
    if not known:
        return _SCORE, _SCORE
    raise RunsError(
        f"objective: say with --objective which metric is the score: {', '.join(known[:30])}.",
        "objective",
        known,
    )


def _groups(sessions: Iterable[_Session]) -> list[list[_Session]]:
    """The sessions of each trial, in the order in which trials began."""
    groups: dict[str, list[_Session]] = {}
    for session in sessions:
        groups.setdefault(session.group, []).append(session)
    numbers = {name: _NUMBERED.fullmatch(name) for name in groups}
    if all(numbers.values()):
        order = sorted(groups, key=lambda name: int((numbers[name] or [0, 0])[1]))
    else:
        first = {n: min((s.started or math.inf, s.run.name) for s in g) for n, g in groups.items()}
        order = sorted(groups, key=lambda name: first[name])
    return [sorted(groups[name], key=lambda session: session.run.name) for name in order]


class _Trials:
    """Groups of sessions as trials."""

    def __init__(
        self,
        objective: str,
        shown: str,
        names: set[str],
        steps: Mapping[int, int],
        said: bool,
        kinds: dict[str, bool],
    ) -> None:
        self.kinds = kinds
        self._objective = objective
        self._shown = shown
        self._names = names
        self._steps = steps
        self._said = said

    def trial(self, group: Sequence[_Session]) -> RecordedTrial:
        """A trial; its score is the mean over its trainings, as TensorBoard shows it."""
        group = group[:MOST_REPEATS]
        last = [session.last(self._shown) for session in group]
        scores = [s for s in last if s is not None and math.isfinite(s)]
        score = fmean(scores) if scores and len(scores) == len(group) else None
        status = self._status(group, score)
        epochs = [row for place, s in enumerate(group, 1) for row in self._epochs(place, s)]
        started = [s.started for s in group if s.started is not None]
        ends = [end for session in group if (end := self._end(session)) is not None]
        begin = min(started, default=None)
        return RecordedTrial(
            config={
                hyperparameter_name(name): found
                for name, value in sorted(group[0].run.start.hparams.items())
                if (found := plain(value, whole=self.kinds.get(name, False))) is not None
            },
            status=status,
            score=score,
            epochs=epochs,
            started=begin,
            seconds=max(max(ends) - begin, 0.0) if begin is not None and ends else None,
            executions=[
                RunExecution(place, value, None, len({r.epoch for r in epochs}), status)
                for place, value in enumerate(last, 1)
            ]
            if len(group) > 1 and status.ended
            else [],
        )

    def _status(self, group: Sequence[_Session], score: float | None) -> TrialStatus:
        ends = [session.status for session in group]
        if self._said and None in ends:
            return TrialStatus.RUNNING
        if TrialStatus.FAILED in ends or score is None:
            return TrialStatus.FAILED
        return TrialStatus.COMPLETED

    def _end(self, session: _Session) -> float | None:
        if session.run.end is not None:
            return _moment(session.run.end.end_time_secs)
        times = [t for series in session.metrics.values() for _, t in series.values()]
        return _moment(max(times, default=0.0))

    def _epochs(self, place: int, session: _Session) -> Iterator[RunEpoch]:
        rows: dict[int, dict[str, float]] = {}
        times: dict[int, float] = {}
        for name in self._names:
            for step, (value, time) in session.metrics.get(name, {}).items():
                if step in self._steps:
                    epoch = self._steps[step]
                    rows.setdefault(epoch, {})[name] = value
                    times[epoch] = max(time, times.get(epoch, 0.0))
        before = session.started
        for epoch in sorted(rows):
            moment = _moment(times[epoch])
            seconds = None if before is None or moment is None else max(moment - before, 0.0)
            yield RunEpoch(place, epoch, rows[epoch], seconds)
            before = moment


def _moment(time: float) -> float | None:
    return time if math.isfinite(time) and 1e6 < time < 9e9 else None


READER = RunsReader("tensorboard", "TensorBoard HParams logs", _recognises, _read)
