"""A challenge as it is played: who has run what, who leads, and what the test part showed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tuning_core.classroom.challenge import Challenge
from tuning_core.spec.training_request import TrainingRequest


@dataclass(frozen=True)
class Run:
    """One training of a player: ``spent`` epochs were paid for it, ``epochs`` it has.

    At ``epoch`` it had its ``score``: the best, or the first that reached the target where the
    fewest epochs count. None where no epoch had one.
    """

    request: TrainingRequest
    spent: int
    epochs: int
    score: float | None
    epoch: int | None
    parameters: int | None


@dataclass(frozen=True)
class Judged:
    """A player's best run on the test part; ``problem`` says why there are no scores."""

    validation: float | None = None
    test: float | None = None
    validation_error: float | None = None
    test_error: float | None = None
    problem: str = ""


@dataclass(frozen=True)
class Reveal:
    """What the untouched test part showed of each player, and how many rows chose and judged."""

    entries: Mapping[str, Judged]
    validation_rows: int
    test_rows: int


@dataclass(frozen=True)
class Step:
    """From ``spent`` on, ``value`` is the best of a player so far."""

    spent: int
    value: float


@dataclass(frozen=True)
class Place:
    """A player in the standing; ``rank`` is shared by equals, None before an entry counts."""

    player: str
    rank: int | None
    run: Run | None
    value: float | None
    spent: int


@dataclass(frozen=True)
class Play:
    """A challenge in a class. ``runs`` are by member, ``studies`` those of the machine players.

    Time is the server's, in unix seconds; ``ended`` is when nobody could run any more.
    """

    challenge: Challenge
    number: int
    begun: float
    runs: Mapping[str, tuple[Run, ...]] = field(default_factory=dict)
    studies: Mapping[str, str] = field(default_factory=dict)
    ended: float | None = None
    reveal: Reveal | None = None

    @property
    def deadline(self) -> float | None:
        """When time is up; None without a limit."""
        minutes = self.challenge.minutes
        return None if minutes is None else self.begun + 60.0 * minutes

    def is_open(self, now: float) -> bool:
        """Whether runs count."""
        return self.ended is None and (self.deadline is None or now < self.deadline)

    def spent(self, member: str) -> int:
        """What a member has spent of the budget, in its unit."""
        runs = self.runs.get(member, ())
        if self.challenge.unit == "runs":
            return sum(run.spent > 0 for run in runs)
        return sum(run.spent for run in runs)

    def left(self, member: str) -> int:
        """What a member has left of the budget."""
        return max(0, self.challenge.budget - self.spent(member))

    def paid(self, member: str, request: TrainingRequest) -> int:
        """Epochs of a training that a member has paid for already."""
        key = request.alone.training_key
        runs = self.runs.get(member, ())
        return max((r.epochs for r in runs if r.request.training_key == key), default=0)

    def cost(self, member: str, request: TrainingRequest) -> int:
        """What a training would take of a member's budget."""
        new = max(0, request.epochs - self.paid(member, request))
        return min(1, new) if self.challenge.unit == "runs" else new

    def with_run(self, member: str, run: Run) -> Play:
        """The play with one run more."""
        return replace(self, runs={**self.runs, member: (*self.runs.get(member, ()), run)})


def judged_epoch(challenge: Challenge, scores: Mapping[int, float | None]) -> int | None:
    """The epoch by which a run counts, of its scores by epoch; None where none has a score.

    It is the best, the first of equals; in the fewest epochs to a target, the first that reaches.
    """
    best: int | None = None
    for epoch, score in scores.items():
        if score is None or not math.isfinite(score):
            continue
        if challenge.aim == "epochs" and challenge.reaches(score):
            return epoch
        if best is None or challenge.objective_info.better(score, scores[best]):
            best = epoch
    return best


def value_of(challenge: Challenge, run: Run) -> float | None:
    """What a run is worth in a challenge, in the words of its aim; None where it does not count."""
    if not challenge.reaches(run.score):
        return None
    if challenge.aim == "parameters":
        return None if run.parameters is None else float(run.parameters)
    if challenge.aim == "epochs":
        return None if run.epoch is None else float(run.epoch)
    return run.score


def is_better(challenge: Challenge, value: float, than: float | None) -> bool:
    """Whether one value of an aim beats another."""
    if than is None:
        return True
    return value > than if challenge.direction == "max" else value < than


def best_run(challenge: Challenge, runs: Sequence[Run]) -> tuple[Run, float] | None:
    """The run by which a player stands, the first of equals, and what it is worth."""
    best: tuple[Run, float] | None = None
    for run in runs:
        value = value_of(challenge, run)
        if value is not None and is_better(challenge, value, best[1] if best else None):
            best = (run, value)
    return best


def steps(challenge: Challenge, runs: Sequence[Run]) -> list[Step]:
    """A player's best so far over the epochs spent."""
    found: list[Step] = []
    before = 0
    for run in runs:
        value = value_of(challenge, run)
        best = found[-1].value if found else None
        if value is not None and is_better(challenge, value, best):
            # Epochs of it that were paid for by an earlier run are not spent again.
            within = (run.epoch or run.epochs) - (run.epochs - run.spent)
            found.append(Step(before + max(0, within), value))
        before += run.spent
    return found


def standing(challenge: Challenge, runs: Mapping[str, Sequence[Run]]) -> list[Place]:
    """All players, best first; those without an entry that counts come last."""
    ranked: list[tuple[str, Run, float]] = []
    others: list[Place] = []
    for player, played in runs.items():
        best, spent = best_run(challenge, played), sum(run.spent for run in played)
        if best is None:
            others.append(Place(player, None, None, None, spent))
        else:
            ranked.append((player, *best))
    sign = -1.0 if challenge.direction == "max" else 1.0
    ranked.sort(key=lambda entry: sign * entry[2])
    values = [value for _, _, value in ranked]
    places = [
        Place(player, values.index(value) + 1, run, value, sum(r.spent for r in runs[player]))
        for player, run, value in ranked
    ]
    return places + others
