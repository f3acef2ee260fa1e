"""Confirms winners: the best trials trained again on new seeds, giving way to searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

from tuning_core.home.home import ManagerError
from tuning_core.journal.reading import read_events
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.workers.yielding import Stage, Turns, YieldingRequest
from tuning_core.spec.model import Ability
from tuning_core.store import Store

DEFAULT = 0
"""The number, among trials, of the configuration with every hyperparameter at its default."""

MOST_TRIALS = 5
FEWEST_SEEDS, MOST_SEEDS = 3, 10


@dataclass(frozen=True)
class Confirmation:
    """What was asked for and what has come of it.

    ``scores`` has for each of ``trials`` (:data:`DEFAULT` may be among them) a score for each
    seed that it was trained on, in order; None for a training that diverged or failed. ``trial``,
    ``seed`` and ``share`` (0 to 1) say how far the running training is, ``message`` why it waits
    or does not go on.
    """

    stage: Stage = "none"
    trials: tuple[int, ...] = ()
    seeds: int = 0
    scores: Mapping[int, tuple[float | None, ...]] = field(default_factory=dict)
    trial: int | None = None
    seed: int | None = None
    share: float = 0.0
    message: str = ""

    @property
    def trained(self) -> int:
        """Trainings that have ended."""
        return sum(len(scores) for scores in self.scores.values())

    @property
    def trainings(self) -> int:
        """Trainings in all."""
        return len(self.trials) * self.seeds

    @property
    def active(self) -> bool:
        """Whether it is under way or waits for its turn."""
        return self.stage in ("waiting", "running")


@dataclass(frozen=True)
class Recorded:
    """The journal of a study's confirmations: the last that was asked for, and every score."""

    trials: tuple[int, ...]
    seeds: int
    scores: Mapping[int, Mapping[int, float | None]]

    def of(self, trials: tuple[int, ...], seeds: int) -> Mapping[int, tuple[float | None, ...]]:
        """The scores of these trials on the seeds 1 to ``seeds``, up to the first that lacks."""
        found: dict[int, tuple[float | None, ...]] = {}
        for trial in trials:
            known = self.scores.get(trial, {})
            last = next((n for n in range(1, seeds + 1) if n not in known), seeds + 1)
            found[trial] = tuple(known[n] for n in range(1, last))
        return found


def read_recorded(path: Path) -> Recorded:
    """Read a journal of confirmations; nothing when there is none."""
    trials: tuple[int, ...] = ()
    seeds = 0
    scores: dict[int, dict[int, float | None]] = {}
    for event in read_events(path):
        try:
            if event.get("kind") == "asked":
                trials = tuple(int(trial) for trial in event["trials"])
                seeds = int(event["seeds"])
            elif event.get("kind") == "trained":
                score = event.get("score")
                known = float(score) if isinstance(score, int | float) else None
                scores.setdefault(int(event["trial"]), {})[int(event["seed"])] = known
        except (KeyError, TypeError, ValueError):
            # Changed by hand: what can be read still counts.
            continue
    return Recorded(trials, seeds, scores)


class Confirmations:
    """Trains the best trials of a study again, one study at a time.

    It gives way to whoever needs a worker, and goes on afterwards. Methods raise ManagerError.
    """

    def __init__(self, store: Store, access: Access, turns: Turns) -> None:
        self._store, self._access, self._turns = store, access, turns
        self._lock = Lock()
        self._runs: dict[str, _Run] = {}

    def begin(
        self, study_id: str, trials: Sequence[int], seeds: int, *, by: Person = OPERATOR
    ) -> None:
        """Train ``trials`` (numbers, or :data:`DEFAULT`) on the seeds 1 to ``seeds``.

        What was trained on a seed before is not trained again. Returns at once.
        """
        self._access.refuse(study_id, by, Ability.TRAIN)
        self._access.refuse_data(study_id)
        chosen = self._checked(study_id, trials, seeds)
        with self._lock:
            known = self._runs.get(study_id)
            if known is not None and known.request.is_alive():
                raise ManagerError("This study is being confirmed already. Stop that first.")
            run = self._runs[study_id] = _Run(study_id, chosen, seeds, self._turns)
            # Under the lock: what ends a study waits for its thread, which must have begun.
            self._turns.begin(run.request)

    def stop(self, study_id: str, *, wait: bool = False, by: Person = OPERATOR) -> None:
        """End a confirmation within an epoch; ``begin`` goes on with what it left.

        ``wait`` until its worker has let go of the study's files.
        """
        self._access.refuse(study_id, by)
        with self._lock:
            run = self._runs.get(study_id)
        if run is not None:
            run.request.stop(wait=wait)

    def get(self, study_id: str) -> Confirmation:
        """What is known now; cheap enough for twice a second."""
        recorded = read_recorded(self._turns.home.study(study_id).confirmation.journal)
        run = self._runs.get(study_id)
        now = Confirmation("stopped", recorded.trials, recorded.seeds) if run is None else run.now
        if not now.trials:
            return Confirmation()
        found = replace(now, scores=recorded.of(now.trials, now.seeds))
        done = found.trained == found.trainings and not found.active
        return replace(found, stage="done") if done else found

    def _checked(self, study_id: str, trials: Sequence[int], seeds: int) -> tuple[int, ...]:
        chosen = tuple(dict.fromkeys(int(trial) for trial in trials))
        if not 2 <= len(chosen) <= MOST_TRIALS + 1:
            raise ManagerError(
                f"trials: expected 2 to {MOST_TRIALS} and perhaps the default, received "
                f"{len(chosen)}. Choose the best few."
            )
        if not FEWEST_SEEDS <= seeds <= MOST_SEEDS:
            raise ManagerError(
                f"seeds: expected {FEWEST_SEEDS} to {MOST_SEEDS}, received {seeds}. Fewer tell "
                "nothing apart."
            )
        scored = {t.number for t in self._store.trials(study_id) if t.score is not None}
        without = [str(trial) for trial in chosen if trial not in {DEFAULT, *scored}]
        if without:
            raise ManagerError(
                f"trials: {', '.join(without)} without a score in study {study_id}. Choose trials "
                "that have one."
            )
        return chosen


class _Run:
    """One confirmation and how far it is."""

    def __init__(self, study_id: str, trials: tuple[int, ...], seeds: int, turns: Turns) -> None:
        self.now = Confirmation("waiting", trials, seeds)
        asked = {"trials": trials, "seeds": seeds}
        self.request = YieldingRequest(
            "confirm", study_id, lambda: asked, turns, self._progress, self._say
        )

    def _progress(self, event: dict[str, Any]) -> None:
        if event.get("kind") == "confirming":
            self.now = replace(
                self.now,
                stage="running",
                message="",
                trial=int(event["trial"]),
                seed=int(event["seed"]),
                share=float(event.get("share", self.now.share)),
            )

    def _say(self, stage: Stage, message: str = "") -> None:
        self.now = Confirmation(stage, self.now.trials, self.now.seeds, message=message)
