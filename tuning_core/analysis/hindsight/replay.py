"""How a rule of early termination would have fared: its verdicts on trainings that went on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tuning_core.catalog import TrialStatus


class FullTraining(Protocol):
    """A trial that trained to its end."""

    @property
    def number(self) -> int:
        """Its number in the study."""

    @property
    def status(self) -> str:
        """How it ended."""

    @property
    def score(self) -> float | None:
        """What it reached, None without one."""

    @property
    def curves(self) -> Sequence[Sequence[float | None]]:
        """The objective by execution and epoch."""

    @property
    def epochs(self) -> int:
        """Epochs of all its executions."""


@dataclass(frozen=True)
class Replay:
    """A rule with what it would have made of ``trials`` trainings of ``epochs`` epochs together.

    ``ended`` has by number of a trial the epoch after which it would have been ended. ``saved``
    epochs would not have been trained. ``winner`` is the best trial; ``regret`` is how much worse
    the best score would have been, in the objective's own unit, never below 0. A trial that is
    ended early keeps the best score that it had by then.
    """

    rule: str
    settings: dict[str, Any]
    trials: int
    epochs: int
    ended: dict[int, int]
    saved: int
    winner: int
    regret: float

    @property
    def share_saved(self) -> float:
        """Share of the epochs that would have been saved, 0 to 1."""
        return self.saved / max(1, self.epochs)

    @property
    def lost_winner(self) -> bool:
        """Whether it would have ended the best trial."""
        return self.winner in self.ended


def replay(
    trainings: Sequence[FullTraining],
    rule: str,
    settings: Mapping[str, Any],
    direction: Literal["min", "max"],
    parallel: int = 1,
) -> Replay:
    """What a rule would have decided, trial by trial in the order of their numbers.

    At least one has a score. The trials are those that were tried: a strategy that learns might
    have tried others after a trial that was cut short.
    """
    # Imported late: Optuna takes a while, which those who only read results need not pay.
    from tuning_core.analysis.hindsight.termination import Termination

    judged = Termination(rule, settings, direction, parallel)
    better = max if direction == "max" else min
    ended: dict[int, int] = {}
    saved = 0
    scores: dict[int, float] = {}
    for place, training in enumerate(trainings, 1):
        first, best, status = training.curves[0], None, training.status
        score = training.score
        for epoch, value in enumerate(first, 1):
            if value is None:
                continue
            best = value if best is None else better(best, value)
            # After the last epoch nothing is left to end.
            if judged.judge(place, epoch, value) and epoch < len(first):
                ended[training.number], score = epoch, best
                saved += training.epochs - epoch
                status = TrialStatus.PRUNED
                break
        judged.end(place, status, score)
        if score is not None:
            scores[training.number] = score
    known = {t.number: t.score for t in trainings if t.score is not None}
    winner = better(known, key=lambda number: known[number])
    reached = better(scores.values())
    return Replay(
        rule=rule,
        settings=dict(settings),
        trials=len(trainings),
        epochs=sum(training.epochs for training in trainings),
        ended=ended,
        saved=saved,
        winner=winner,
        regret=max(0.0, (known[winner] - reached) * (1 if direction == "max" else -1)),
    )
