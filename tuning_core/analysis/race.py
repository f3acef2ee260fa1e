"""Searches at equal epochs: how far each had come, and whether strategies can be told apart."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, Protocol

import numpy as np
from scipy.special import ndtri, stdtrit

from tuning_core.analysis.confirmation import ERROR_RATE, Scores, Verdict, verdict
from tuning_core.catalog import STRATEGIES

Direction = Literal["min", "max"]

POWER = 0.8
"""The chance with which so many seeds as are named would tell a difference of the size seen."""
MOST_NAMED = 200
"""Seeds beyond which nobody needs a number."""
FEWEST_SEEDS = 3
"""Seeds below which nothing is said of strategies."""
CUT_SHORT = 0.5
"""A search that ended before this share of the usual epochs says nothing of its strategy."""


@dataclass(frozen=True)
class Search:
    """A search of a race: after ``spent[i]`` epochs its best was ``best[i]``.

    ``epochs`` and ``seconds`` are what it took so far, ``over`` says that no more will come.
    """

    strategy: str
    seed: int
    spent: Sequence[float]
    best: Sequence[float]
    epochs: float
    seconds: float
    over: bool

    def at(self, epochs: float) -> float | None:
        """The best within so many epochs; None before the first score."""
        place = bisect_right(self.spent, epochs)
        return self.best[place - 1] if place else None


class Progress(Protocol):
    """What a study has spent up to each ended trial, and the scores of these."""

    @property
    def epochs(self) -> Sequence[float]:
        """Of all trainings."""

    @property
    def seconds(self) -> Sequence[float]:
        """Of all trials."""

    @property
    def scores(self) -> Sequence[float | None]:
        """None for a trial without."""


def search_of(
    strategy: str, seed: int, progress: Progress | None, direction: Direction, *, over: bool
) -> Search:
    """A study as a search of a race; None, for one that was deleted, is over without a score."""
    if progress is None:
        return Search(strategy, seed, (), (), 0.0, 0.0, over=True)
    spent, best = best_steps(progress.epochs, progress.scores, direction)
    epochs, seconds = (
        values[-1] if values else 0.0 for values in (progress.epochs, progress.seconds)
    )
    return Search(strategy, seed, spent, best, epochs, seconds, over)


@dataclass(frozen=True)
class Lane:
    """A strategy in a race: its best score by seed, None for a search without one.

    ``low`` and ``high`` are the least and the largest of the scores; ``epochs`` and ``seconds``
    the medians of what those took that count.
    """

    strategy: str
    scores: tuple[float | None, ...]
    median: float | None
    low: float | None
    high: float | None
    epochs: float
    seconds: float


@dataclass(frozen=True)
class Race:
    """Strategies as they were named, after ``epochs`` each; ``sentence`` says what that shows.

    ``lost`` searches ended too early to count, ``left`` are not over.
    """

    lanes: tuple[Lane, ...]
    epochs: float
    left: int
    lost: int
    sentence: str


def best_steps(
    spent: Sequence[float], scores: Sequence[float | None], direction: Direction
) -> tuple[list[float], list[float]]:
    """Where the best so far changes, and what it becomes; scores that are not finite are none."""
    up = direction == "max"
    at: list[float] = []
    best: list[float] = []
    for place, score in zip(spent, scores, strict=True):
        if score is None or not math.isfinite(score):
            continue
        if not best or (score > best[-1] if up else score < best[-1]):
            at.append(float(place))
            best.append(float(score))
    return at, best


def band(
    searches: Sequence[Search], direction: Direction
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Epochs, median, worst and best of several searches, wherever one of them changes.

    A search that is over stays where it ended; one that runs counts as far as it has come. The
    band begins where half of them have a score.
    """
    known = [search for search in searches if len(search.spent)]
    places = sorted({at for search in known for at in (*search.spent, search.epochs)})
    rows: list[tuple[float, float, float, float]] = []
    for place in places:
        there = [s.at(place) for s in known if s.over or place <= max(s.epochs, s.spent[-1])]
        scores = [score for score in there if score is not None]
        if 2 * len(scores) >= max(len(there), 1):
            rows.append((place, median(scores), min(scores), max(scores)))
    at, middle, low, high = ([row[i] for row in rows] for i in range(4))
    return (at, middle, low, high) if direction == "max" else (at, middle, high, low)


def race(
    searches: Sequence[Search],
    strategies: Sequence[str],
    direction: Direction,
    resolution: float = 0.0,
) -> Race:
    """What the searches say of the strategies, each at the epochs that all of them spent.

    ``resolution`` is the least step of a score, such as one row in an accuracy.
    """
    over = [search for search in searches if search.over]
    usual = median([search.epochs for search in over]) if over else 0.0
    counted = [s for s in over if s.epochs >= CUT_SHORT * usual and s.at(s.epochs) is not None]
    epochs = min((search.epochs for search in counted), default=0.0)
    seeds = sorted({search.seed for search in searches})
    scores = {
        place: _by_seed([s for s in counted if s.strategy == name], seeds, epochs)
        for place, name in enumerate(strategies)
    }
    lanes = tuple(
        _lane(name, scores[place], [s for s in counted if s.strategy == name])
        for place, name in enumerate(strategies)
    )
    left = len(searches) - len(over)
    compared = _shared(scores)
    found = verdict(compared, direction, resolution)
    sentence = _sentence(found, compared, strategies, epochs)
    if left and found is not None:
        sentence = f"So far: {sentence[0].lower()}{sentence[1:]}"
    return Race(lanes, epochs, left, len(over) - len(counted), sentence)


def _by_seed(
    searches: Sequence[Search], seeds: Sequence[int], epochs: float
) -> tuple[float | None, ...]:
    known = {search.seed: search.at(epochs) for search in searches}
    return tuple(known.get(seed) for seed in seeds)


def _shared(scores: Mapping[int, Scores]) -> dict[int, Scores]:
    """The scores of seeds that all have who have any: a lost search makes no other order."""
    known = [own for own in scores.values() if any(score is not None for score in own)]
    whole = [all(score is not None for score in of_seed) for of_seed in zip(*known, strict=True)]
    if not any(whole):
        return dict(scores)
    return {
        place: [score if kept else None for score, kept in zip(own, whole, strict=True)]
        for place, own in scores.items()
    }


def _lane(name: str, scores: tuple[float | None, ...], searches: Sequence[Search]) -> Lane:
    known = [score for score in scores if score is not None]
    return Lane(
        name,
        scores,
        median(known) if known else None,
        min(known, default=None),
        max(known, default=None),
        median([search.epochs for search in searches] or [0.0]),
        median([search.seconds for search in searches] or [0.0]),
    )


def _sentence(
    found: Verdict | None,
    scores: Mapping[int, Scores],
    strategies: Sequence[str],
    epochs: float,
) -> str:
    """Whether the best on average can be told from the others, in one sentence."""
    if found is None:
        return "No search has ended yet."

    def names(trials: Sequence[int], last: str = "and") -> str:
        titles = [STRATEGIES[strategies[trial]].title for trial in trials]
        return " ".join(
            filter(None, [", ".join(titles[:-1]), last if titles[1:] else "", titles[-1]])
        )

    after, leader = f"After {epochs:,.0f} epochs each, ", found.leader.trial
    if len(found.standings) == 1:
        return f"{names([leader])} alone has ended, so there is nothing to compare it with."
    pairs = [pair for pair in found.pairs if leader in (pair.first, pair.second)]
    seeds = min((pair.seeds for pair in pairs), default=1)
    others = [standing.trial for standing in found.standings[1:]]
    if seeds < FEWEST_SEEDS:
        few = "one seed says" if seeds == 1 else f"{seeds} seeds say"
        return (
            f"{after}{names([leader])} is ahead, but {few} nothing about strategies: the order may "
            "be luck, so run five or more."
        )
    beaten = [pair for pair in pairs if pair.told_apart]
    equals = [trial for trial in others if trial not in {p.second for p in beaten}]
    if not equals:
        gap = min(pair.gap for pair in beaten)
        return (
            f"{after}{names([leader])} is better than {names(others)}, by {gap:.2g} or more on "
            f"average over {seeds} seeds, which is more than luck explains."
        )
    needed = _needed(scores[leader], scores[equals[0]], len(found.pairs))
    if beaten:
        ahead = f"is better than {names([pair.second for pair in beaten])}, but "
        words = f"{names([leader])} {ahead}cannot be told from {names(equals, 'or')}"
    else:
        words = f"{names([leader, *equals])} cannot be told apart"
    return f"{after}{words} on {seeds} seeds: {needed}."


def _needed(one: Scores, other: Scores, pairs: int) -> str:
    """How many seeds would tell two strategies apart, if they differ by as much as it seems.

    The usual sample size of a paired t-test, at our error rate for so many pairs (Bonferroni).
    """
    pairs_of = zip(one, other, strict=True)
    gaps = np.array([a - b for a, b in pairs_of if a is not None and b is not None])
    gap, spread = abs(float(gaps.mean())), float(gaps.std(ddof=1))
    if gap <= 1e-12:
        return "on average they reached the same"
    told = f"a difference of {gap:.2g}"
    for seeds in range(len(gaps) + 1, MOST_NAMED + 1):
        reach = float(stdtrit(seeds - 1, 1 - ERROR_RATE / 2 / max(pairs, 1)) + ndtri(POWER))
        if reach * spread / math.sqrt(seeds) <= gap:
            return f"{told} would take about {_round(seeds)} seeds to tell from luck"
    return f"{told} would take more than {MOST_NAMED} seeds to tell from luck"


def _round(seeds: int) -> int:
    """Two digits would promise too much: to fives from twenty, to tens from fifty."""
    step = 1 if seeds < 20 else 5 if seeds < 50 else 10
    return step * math.ceil(seeds / step)
