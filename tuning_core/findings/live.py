"""A study as it is known so far: what the store had, pulled by cursor, never twice."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tuning_core.catalog import StudyStatus, TrialStatus
from tuning_core.charts.parts.axes import column_of
from tuning_core.findings.formatting import standard_deviation
from tuning_core.planning.side_by_side import lanes_here
from tuning_core.spec.plan import Plan
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.store import EpochRow, Store, StudyRow, TrialRow

CURVES_KEPT = 64
"""Trials whose curves a session keeps; others are read again when they are looked at."""

SPARKLINE_POINTS = 40
PAUSE_A_TRIAL, LONGEST_PAUSE = 0.01, 3.0
"""Seconds between two pictures of all trials while they come: the more, the less one changes."""


@dataclass
class ExecutionCurves:
    """The epochs of one execution: a list per metric beside ``epochs``, None where it has none."""

    epochs: list[int] = field(default_factory=list)
    metrics: dict[str, list[float | None]] = field(default_factory=dict)

    def add(self, row: EpochRow) -> None:
        """Put an epoch in its place; one that was trained again replaces the earlier."""
        if self.epochs and row.epoch in self.epochs[-2:]:
            place = len(self.epochs) - 1 - self.epochs[::-1].index(row.epoch)
        elif self.epochs and row.epoch < self.epochs[-1]:
            place = next(i for i, epoch in enumerate(self.epochs) if epoch >= row.epoch)
            if self.epochs[place] != row.epoch:
                self._insert(place, row.epoch)
        else:
            place = len(self.epochs)
            self._insert(place, row.epoch)
        for name in row.metrics.keys() - self.metrics.keys():
            self.metrics[name] = [None] * len(self.epochs)
        for name, values in self.metrics.items():
            values[place] = row.metrics.get(name)

    def _insert(self, place: int, epoch: int) -> None:
        self.epochs.insert(place, epoch)
        for values in self.metrics.values():
            values.insert(place, None)


@dataclass
class LiveStudy:
    """All trials of one study up to ``cursor``, and the curves of those that were looked at.

    A large study has hundreds of thousands of epochs, of which a page shows a few thousand: they
    are read from the ``store`` when they are asked for, and kept up to date from then on.
    """

    study: StudyRow
    spec: StudySpec
    plan: Plan
    store: Store
    cursor: int = 0
    pictured_trials: int = 0
    pictured_cursor: int = 0
    trials: dict[int, TrialRow] = field(default_factory=dict)
    _curves: dict[int, dict[int, ExecutionCurves]] = field(default_factory=dict)
    _last_epochs: dict[int, int] = field(default_factory=dict)
    _sparklines: dict[tuple[str, int], tuple[int, list[float]]] = field(default_factory=dict)
    _deviations: dict[int, float | None] = field(default_factory=dict)
    _running: set[int] = field(default_factory=set)
    _lanes_seen: int = 1
    _ranked: list[TrialRow] | None = None
    _trials_frame: pd.DataFrame | None = None
    _search_frame: pd.DataFrame | None = None
    _pictured_at: float = 0.0

    def pull(self) -> None:
        """Take over what the store gained since the cursor. KeyError when the study is gone."""
        changes = self.store.changes(self.study.id, self.cursor, epochs_of=self._curves)
        if changes.study.spec != self.study.spec:
            # The user has changed the ranges or the budget.
            self.spec = parse_spec(changes.study.spec, local_files=True)
            self.plan, self._trials_frame = self.spec.plan(), None
        self.study, self.cursor = changes.study, changes.cursor
        for trial in changes.trials:
            self.trials[trial.number] = trial
            self._lanes_seen = max(self._lanes_seen, trial.lane + 1)
        numbers = self._running | {trial.number for trial in changes.trials}
        self._running = {n for n in numbers if self.trials[n].status is TrialStatus.RUNNING}
        self._add(changes.epochs)
        if changes.trials:
            self._ranked = self._trials_frame = self._search_frame = None
        self._load([trial.number for trial in self.running])
        self._picture(time.monotonic())

    def _picture(self, now: float) -> None:
        """Let table and charts of all trials be redrawn, which keeps a browser busy, now and then.

        They go by ``pictured_trials`` and ``pictured_cursor``.
        """
        pause = min(LONGEST_PAUSE, PAUSE_A_TRIAL * self.study.trials)
        if self.study.status.active and now - self._pictured_at < pause:
            return
        if self.cursor != self.pictured_cursor:
            self.pictured_trials, self.pictured_cursor = self.study.trials, self.cursor
            self._pictured_at = now

    def _add(self, rows: Iterable[EpochRow]) -> None:
        for row in rows:
            self._curves[row.trial].setdefault(row.execution, ExecutionCurves()).add(row)
            self._last_epochs[row.trial] = row.epoch

    def _load(self, numbers: Collection[int]) -> None:
        """Read the curves of trials that nobody has looked at; the longest unseen make room."""
        wanted = dict.fromkeys(number for number in numbers if number in self.trials)
        missing = [number for number in wanted if number not in self._curves]
        if missing:
            self._curves.update((number, {}) for number in missing)
            self._add(self.store.epochs(self.study.id, missing))
        for number in wanted:
            self._curves[number] = self._curves.pop(number)
        for number in list(self._curves)[: -max(CURVES_KEPT, len(wanted))]:
            del self._curves[number]

    @property
    def running(self) -> list[TrialRow]:
        """The trials that train now, the first begun first."""
        if self.study.status is not StudyStatus.RUNNING:
            return []
        return [self.trials[number] for number in sorted(self._running)]

    def lanes(self, device: str | None) -> int:
        """Lanes that the study may have on a machine, or that it was seen to have."""
        return max(self._lanes_seen, lanes_here(self.spec, device))

    @property
    def best(self) -> TrialRow | None:
        """The best trial so far."""
        return self.trials.get(self.study.best_trial or 0)

    def epoch_of(self, trial: int) -> int:
        """The last epoch of a trial that is known, 0 before the first."""
        row = self.trials.get(trial)
        if row is None:
            return 0
        if trial in self._curves and not row.status.ended:
            return self._last_epochs.get(trial, 0)
        return row.initial_epoch + row.epochs if row.epochs else 0

    def ranked(self) -> list[TrialRow]:
        """Trials with a score, best first; the earlier of two equals comes first."""
        if self._ranked is None:
            scored = [t for t in self.trials.values() if t.score is not None]
            sign = -1 if self.spec.objective_info.direction == "max" else 1
            self._ranked = sorted(scored, key=lambda t: (sign * (t.score or 0.0), t.number))
        return list(self._ranked)

    def share_done(self, begun: float = 0.0) -> float:
        """Share of the planned epochs that is trained, 0 to 1; ``begun`` is a part of one."""
        if self.study.status is StudyStatus.FINISHED:
            return 1.0
        return min(1.0, (self.study.epochs + begun) / max(1, self.plan.epochs))

    def trial_share(self, trial: TrialRow, begun: float = 0.0) -> float:
        """Share of its epochs that a running trial has trained; ``begun`` is a part of one."""
        trained = sum(len(curve.epochs) for curve in self._curves.get(trial.number, {}).values())
        planned = (trial.target_epochs - trial.initial_epoch) * self.spec.executions
        return min(1.0, (trained + begun) / max(1, planned))

    def seconds_left(self) -> float | None:
        """Estimated seconds to the end, from the trials that have ended; None before the first."""
        ended = [t for t in self.trials.values() if t.status.ended and t.seconds and t.epochs]
        if not ended:
            return None
        recent = ended[-20:]
        trained = sum(t.epochs for t in recent)
        rate = sum(t.seconds or 0.0 for t in recent) / trained
        at_once = len({trial.lane for trial in [*recent, *self.running]})
        left = max(0, self.plan.epochs - self.study.epochs) * rate / at_once
        limit = self.spec.budget.seconds
        return left if limit is None else min(left, max(0.0, limit - self.study.seconds))

    def trials_frame(self) -> pd.DataFrame:
        """A row per trial: number, status, score and a column per hyperparameter searched."""
        if self._trials_frame is None:
            trials = sorted(self.trials.values(), key=lambda t: t.number)
            columns: dict[str, Any] = {
                "number": pd.Series([t.number for t in trials], dtype="int64"),
                "status": [t.status.value for t in trials],
                "score": pd.Series([t.score for t in trials], dtype="float64"),
            }
            for name in (parameter.name for parameter in self.spec.search_space.searched):
                columns[column_of(name)] = [trial.config.get(name) for trial in trials]
            self._trials_frame = pd.DataFrame(columns)
        return self._trials_frame

    def search_frame(self) -> pd.DataFrame:
        """A row per trial with what it took; what a trial lacks is missing.

        number, status, score, ``started`` (unix seconds), ``seconds``, ``parameters``, ``epochs``
        (of all its trainings), ``parent``, ``bracket``, ``round``, ``lane`` and ``target`` (the
        epoch up to which it trains).
        """
        if self._search_frame is not None:
            return self._search_frame.copy()
        trials = sorted(self.trials.values(), key=lambda trial: trial.number)
        known: dict[str, list[Any]] = {
            "score": [trial.score for trial in trials],
            "epochs": [trial.epochs * self.spec.executions for trial in trials],
            "target": [trial.target_epochs for trial in trials],
        }
        for name in ("started", "seconds", "parameters", "parent", "bracket", "round", "lane"):
            known[name] = [getattr(trial, name) for trial in trials]
        self._search_frame = pd.DataFrame(
            {
                "number": pd.Series([trial.number for trial in trials], dtype="int64"),
                "status": pd.Series([trial.status.value for trial in trials], dtype="str"),
                **{name: pd.Series(values, dtype="float64") for name, values in known.items()},
            }
        )
        return self._search_frame.copy()

    def last_value(self, trial: int, metric: str) -> float | None:
        """The metric after the last known epoch of a trial, None before the first."""
        curves = self._curves.get(trial) or {0: ExecutionCurves()}
        return next(reversed(curves[max(curves)].metrics.get(metric, [])), None)

    def curves_frame(self, numbers: Collection[int]) -> pd.DataFrame:
        """A row per trial, execution and epoch of the trials ``numbers``, a column per metric."""
        self._load(numbers)
        parts = [
            pd.DataFrame(
                {**curve.metrics, "trial": number, "execution": execution, "epoch": curve.epochs}
            )
            for number in sorted({*numbers} & {*self._curves})
            for execution, curve in sorted(self._curves[number].items())
        ]
        if not parts:
            return pd.DataFrame(columns=["trial", "execution", "epoch"])
        return pd.concat(parts, ignore_index=True)

    def load_sparklines(self, numbers: Iterable[int], metric: str) -> None:
        """Read the small curves of trials that are new or have changed, all at once."""
        known = self._sparklines
        old = [
            self.trials[number]
            for number in numbers
            if known.get((metric, number), (0,))[0] != self.trials[number].seq
        ]
        if not old:
            return
        longest = max(trial.initial_epoch + trial.epochs for trial in old)
        every = max(1, -(-longest // SPARKLINE_POINTS))
        curves = self.store.metric_curves(self.study.id, [t.number for t in old], metric, every)
        for trial in old:
            known[metric, trial.number] = (trial.seq, curves.get(trial.number, []))

    def standard_deviations(self, numbers: Iterable[int]) -> list[float | None]:
        """Standard deviation of the scores of each trial's executions; None for fewer than two."""
        asked = list(numbers)
        new = [n for n in asked if n not in self._deviations and self.trials[n].status.ended]
        if new:
            scores: dict[int, list[float | None]] = {number: [] for number in new}
            for row in self.store.executions(self.study.id, new):
                scores[row.trial].append(row.score)
            self._deviations |= {
                number: standard_deviation(found) for number, found in scores.items()
            }
        return [self._deviations.get(number) for number in asked]

    def sparkline(self, trial: int, metric: str) -> list[float]:
        """A trial's curve of ``metric``, its first execution, of about 40 points at most."""
        self.load_sparklines([trial], metric)
        return self._sparklines[metric, trial][1]
