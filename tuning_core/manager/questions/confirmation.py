"""What is known of a confirmation: the best trials, trained again on new seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tuning_core.journal.reading import read_events

DEFAULT = 0
"""The number, among trials, of the configuration with every hyperparameter at its default."""

Stage = Literal["none", "waiting", "running", "stopped", "done"]


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
                scores.setdefault(int(event["trial"]), {})[int(event["seed"])] = _number(event)
        except (KeyError, TypeError, ValueError):
            # Changed by hand: what can be read still counts.
            continue
    return Recorded(trials, seeds, scores)


def _number(event: Mapping[str, Any]) -> float | None:
    score = event.get("score")
    return float(score) if isinstance(score, int | float) else None
