"""What studies have spent and reached, trial by trial, brought up to date by what is new alone."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock
from typing import Any

from tuning_core.store.rows import StudyRow, TrialRow
from tuning_core.store.store import Store

STUDIES_KEPT = 64


@dataclass(frozen=True)
class StudyProgress:
    """A study and its ended trials in their order; None for a trial without a score.

    ``epochs`` (of all its trainings) and ``seconds`` are those of all trials up to each.
    ``version`` grows with every change of a trial.
    """

    study: StudyRow
    scores: tuple[float | None, ...]
    epochs: tuple[float, ...]
    seconds: tuple[float, ...]
    version: int

    @property
    def resolution(self) -> float:
        """The least step of a score: one row of an accuracy, 0 where it is not known."""
        folds = bool(self.study.spec.get("cross_validation"))
        parts = ("validation", "train") if folds else ("validation",)
        rows = sum(self.study.rows.get(part, 0) for part in parts)
        return 1 / rows if rows and self.study.spec.get("objective") == "val_accuracy" else 0.0


@dataclass
class _Known:
    cursor: int = 0
    ended: dict[int, tuple[float | None, int, float]] = field(default_factory=dict)
    progress: StudyProgress | None = None


class ProgressCache:
    """The progress of studies, shared by all who look: a large study is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = Lock()

    def of(self, study_id: str) -> StudyProgress | None:
        """The progress of a study; None where there is none of that id. Raises StoreError."""
        with self._lock:
            known = self._known.setdefault(study_id, _Known())
            self._known.move_to_end(study_id)
            while len(self._known) > STUDIES_KEPT:
                self._known.popitem(last=False)
            try:
                changes = self._store.changes(study_id, known.cursor, epochs_of=())
            except KeyError:
                del self._known[study_id]
                return None
            known.cursor = changes.cursor
            for trial in changes.trials:
                self._take(known, trial)
            if changes.trials or known.progress is None or changes.study != known.progress.study:
                known.progress = _progress(changes.study, known)
            return known.progress

    @staticmethod
    def _take(known: _Known, trial: TrialRow) -> None:
        if trial.status.ended:
            known.ended[trial.number] = (trial.score, trial.epochs, trial.seconds or 0.0)
        else:
            known.ended.pop(trial.number, None)  # It runs again.


def _progress(study: StudyRow, known: _Known) -> StudyProgress:
    rows = [known.ended[number] for number in sorted(known.ended)]
    trainings = executions(study.spec)
    return StudyProgress(
        study,
        tuple(score for score, _, _ in rows),
        tuple(accumulate(float(epochs * trainings) for _, epochs, _ in rows)),
        tuple(accumulate(seconds for _, _, seconds in rows)),
        known.cursor,
    )


def executions(spec: dict[str, Any]) -> int:
    """Trainings of one trial of a recorded spec: repeats times folds."""
    return int(spec.get("repeats") or 1) * int((spec.get("cross_validation") or {}).get("folds", 1))
