"""A study as a session knows it: what the store had, pulled by cursor, never twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from tuning_core.catalog import StudyStatus, TrialStatus
from tuning_core.catalog.plan import Plan
from tuning_core.spec import StudySpec, parse_spec
from tuning_core.store import EpochRow, Store, StudyRow, TrialRow

_KEY = "live_study"


@dataclass
class Curve:
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
    """Trials and curves of one study up to ``cursor``."""

    study: StudyRow
    spec: StudySpec
    plan: Plan
    cursor: int = 0
    trials: dict[int, TrialRow] = field(default_factory=dict)
    curves: dict[tuple[int, int], Curve] = field(default_factory=dict)
    last_epochs: dict[int, int] = field(default_factory=dict)

    def pull(self, store: Store) -> None:
        """Take over what the store gained since the cursor. KeyError when the study is gone."""
        changes = store.changes(self.study.id, self.cursor)
        self.study, self.cursor = changes.study, changes.cursor
        for trial in changes.trials:
            self.trials[trial.number] = trial
        for row in changes.epochs:
            self.curves.setdefault((row.trial, row.execution), Curve()).add(row)
            self.last_epochs[row.trial] = row.epoch

    @property
    def running(self) -> TrialRow | None:
        """The trial that trains now."""
        if self.study.status is not StudyStatus.RUNNING:
            return None
        going = [t for t in self.trials.values() if t.status is TrialStatus.RUNNING]
        return going[-1] if going else None

    @property
    def best(self) -> TrialRow | None:
        """The best trial so far."""
        return self.trials.get(self.study.best_trial or 0)

    def epoch_of(self, trial: int) -> int:
        """The last epoch of a trial that is known, 0 before the first."""
        return self.last_epochs.get(trial, 0)

    def ranked(self) -> list[TrialRow]:
        """Trials with a score, best first; the earlier of two equals comes first."""
        scored = [t for t in self.trials.values() if t.score is not None]
        sign = -1 if self.spec.objective_info.direction == "max" else 1
        return sorted(scored, key=lambda t: (sign * (t.score or 0.0), t.number))

    def share_done(self, begun: float = 0.0) -> float:
        """Share of the planned epochs that is trained, 0 to 1; ``begun`` is a part of one."""
        if self.study.status is StudyStatus.FINISHED:
            return 1.0
        return min(1.0, (self.study.epochs + begun) / max(1, self.plan.epochs))

    def seconds_left(self) -> float | None:
        """Estimated seconds to the end, from the trials that have ended; None before the first."""
        ended = [t for t in self.trials.values() if t.status.ended and t.seconds and t.epochs]
        if not ended:
            return None
        recent = sorted(ended, key=lambda t: t.number)[-20:]
        trained = sum(t.epochs for t in recent)
        rate = sum(t.seconds or 0.0 for t in recent) / trained
        left = max(0, self.plan.epochs - self.study.epochs) * rate
        limit = self.spec.budget.seconds
        return left if limit is None else min(left, max(0.0, limit - self.study.seconds))

    def trials_frame(self) -> pd.DataFrame:
        """A row per trial: number, status, score and a column per hyperparameter searched."""
        names = [parameter.name for parameter in self.spec.search_space.searched]
        rows = [
            {
                "number": trial.number,
                "status": str(trial.status),
                "score": trial.score,
                **{name: trial.config.get(name) for name in names},
            }
            for trial in sorted(self.trials.values(), key=lambda t: t.number)
        ]
        frame = pd.DataFrame(rows, columns=["number", "status", "score", *names])
        return frame.astype({"number": "int64", "score": "float64"})

    def curves_frame(self, numbers: Collection[int]) -> pd.DataFrame:
        """A row per trial, execution and epoch of the trials ``numbers``, a column per metric."""
        parts = [
            pd.DataFrame(
                {"trial": number, "execution": execution, "epoch": curve.epochs, **curve.metrics}
            )
            for (number, execution), curve in sorted(self.curves.items())
            if number in numbers
        ]
        if not parts:
            metrics = [m for curve in self.curves.values() for m in curve.metrics]
            return pd.DataFrame(columns=["trial", "execution", "epoch", *dict.fromkeys(metrics)])
        return pd.concat(parts, ignore_index=True)

    def sparkline(self, trial: int, metric: str, points: int = 40) -> list[float]:
        """A trial's curve of ``metric``, its first execution, thinned to ``points``."""
        curve = self.curves.get((trial, 1))
        values = [v for v in (curve.metrics.get(metric, ()) if curve else ()) if v is not None]
        every = max(1, -(-len(values) // points))
        return values[::every]


def live_study(study_id: str, store: Store) -> LiveStudy | None:
    """The session's copy of a study, brought up to date; None when there is none of that id."""
    known: LiveStudy | None = st.session_state.get(_KEY)
    if known is None or known.study.id != study_id:
        study = store.study(study_id)
        if study is None:
            return None
        spec = parse_spec(study.spec)
        known = st.session_state[_KEY] = LiveStudy(study, spec, spec.plan())
    try:
        known.pull(store)
    except KeyError:
        del st.session_state[_KEY]
        return None
    return known


def shown_trials(
    live: LiveStudy, chosen: Iterable[int], most: int, within: set[int] | None = None
) -> list[int]:
    """The trials whose curves are worth a line: the chosen, the best and the running one.

    ``within`` keeps to these trials.
    """
    numbers = [number for number in chosen if number in live.trials]
    best = [t.number for t in live.ranked() if within is None or t.number in within]
    numbers += best[: max(0, most - len(numbers))]
    if live.running and within is None:
        numbers.append(live.running.number)
    return list(dict.fromkeys(numbers))
