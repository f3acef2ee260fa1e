"""Which hyperparameters mattered: two questions, two answers, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from pydantic import TypeAdapter, ValidationError

from tuning_core.analysis.observations import Array, Observations

NAME = "importance"
"""What the analysis and its file are called."""

FEWEST_TRIALS = 20
TRIALS_EACH = 5
"""Trials per hyperparameter: a tree that splits five times per axis can just tell one that
matters from chance (tests/analysis/test_importance.py holds both directions at this number)."""

RESAMPLES = 20
RESAMPLED_TREES = 16
INTERVAL = (0.05, 0.95)
"""The part of the resampled figures that an interval covers."""
PERCENT = f"{100 * (INTERVAL[1] - INTERVAL[0]):.0f}%"
"""How much that is."""

SHUFFLES = 10
SHUFFLES_TOGETHER = 40
MOST_ALONE = 15
"""Axes that are dealt out one by one: beyond these a study of many would take half an hour."""

ONE_IN_TWENTY = 1.645
"""Standard deviations above the mean that a normal number passes one time in twenty."""

Measure = Callable[[Observations, int, int], Array]
"""Importances of the axes of a table without gaps, from a number of trees and a seed."""


@dataclass(frozen=True)
class Importance:
    """One hyperparameter's share, between 0 and 1, of what a measure explains.

    ``low`` to ``high`` is a 90% interval from resampled trials. ``chance`` is what a
    hyperparameter that does nothing would pass by luck one time in twenty, from shuffled values.
    ``trials`` are those in which it is active; where they are fewer than ``needed``, all figures
    are None.
    """

    name: str
    trials: int
    needed: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None

    @property
    def significant(self) -> bool:
        """Whether it matters more than luck explains."""
        return self.share is not None and self.share > (self.chance or 0.0)


@dataclass(frozen=True)
class Importances:
    """What was found from ``trials`` scored trials, ``analysed`` of which were looked at.

    ``variance`` answers "what explains the variance of the scores?" (fANOVA: the share of the
    variance over the whole space that the hyperparameter explains alone). ``best`` answers "what
    separates the best trials from the rest?" (PED-ANOVA, as shares of the sum). Both have the
    largest first. ``message`` says why both are empty.
    """

    trials: int
    analysed: int
    variance: tuple[Importance, ...] = ()
    best: tuple[Importance, ...] = ()
    message: str = ""


_STORED = TypeAdapter(Importances)


def importances_json(result: Importances) -> str:
    """The result as JSON."""
    return _STORED.dump_json(result).decode()


def importances_from(document: str | bytes) -> Importances | None:
    """The result that :func:`importances_json` wrote; None for anything else."""
    try:
        return _STORED.validate_json(document)
    except ValidationError:
        return None


def trials_needed(hyperparameters: int) -> int:
    """Scored trials below which importances of so many hyperparameters say nothing."""
    return max(FEWEST_TRIALS, TRIALS_EACH * hyperparameters)


def obstacle(hyperparameters: int, trials: int) -> str:
    """Why nothing can be said of so many hyperparameters from so many scored trials, or ""."""
    if hyperparameters == 0:
        return "No hyperparameter was searched, so none can matter."
    if hyperparameters == 1:
        return "Only one hyperparameter was searched: whatever differs is its doing, or luck."
    needed = trials_needed(hyperparameters)
    if trials < needed:
        return (
            f"Too few trials: {hyperparameters} hyperparameters need {needed} trials with a score "
            f"before chance can be told from effect; there are {trials}."
        )
    return ""


def importances(table: Observations, *, resamples: int = RESAMPLES, seed: int = 0) -> Importances:
    """Both measures of a study's trials; takes seconds, a minute for a thousand trials.

    A hyperparameter with conditions is analysed within the trials in which it is active, beside
    those that are active in all of them. Deterministic in the table and the seed.
    """
    analysed = len(table.scores)
    message = obstacle(len(table.axes), table.total)
    if not message and np.ptp(table.scores) == 0:
        message = "All trials have the same score: there is nothing to explain."
    if message:
        return Importances(table.total, analysed, message=message)
    return Importances(
        table.total,
        analysed,
        _measured(table, _variance, resamples, seed),
        _measured(table, _separation, resamples, seed),
    )


def _variance(table: Observations, trees: int, seed: int) -> Array:
    # scikit-learn takes half a second to import, which those who only read results need not pay.
    from tuning_core.analysis.anova import explained_variance

    return explained_variance(table.shares, table.scores, trees=trees, seed=seed)


def _separation(table: Observations, trees: int, seed: int) -> Array:
    from tuning_core.analysis.anova import separation

    return separation(table)


def _measured(
    table: Observations, measure: Measure, resamples: int, seed: int
) -> tuple[Importance, ...]:
    found: list[Importance] = []
    active = ~np.isnan(table.shares)
    asked = {active[:, column].tobytes(): active[:, column] for column in range(len(table.axes))}
    for key, rows in asked.items():
        wanted = [c for c in range(len(table.axes)) if active[:, c].tobytes() == key]
        within = table.rows(np.flatnonzero(rows))
        beside = [
            c
            for c in range(len(table.axes))
            if c in wanted or (active[rows, c].all() and np.ptp(within.shares[:, c]) > 0)
        ]
        names = {table.axes[c].name for c in wanted}
        part = within.columns(beside)
        found += [i for i in _of_part(part, measure, resamples, seed) if i.name in names]
    return tuple(sorted(found, key=lambda item: -(-1.0 if item.share is None else item.share)))


def _of_part(table: Observations, measure: Measure, resamples: int, seed: int) -> list[Importance]:
    """Importances of a table without gaps."""
    trials, needed = len(table.scores), trials_needed(len(table.axes))
    if trials < needed or np.ptp(table.scores) == 0:
        return [Importance(axis.name, trials, needed) for axis in table.axes]
    from tuning_core.analysis.anova import TREES

    rng = np.random.default_rng(seed)
    found = measure(table, TREES, seed)
    drawn = [
        measure(table.rows(rng.integers(0, trials, trials)), RESAMPLED_TREES, seed + resample)
        for resample in range(resamples)
    ]
    whole = _whole(measure, found)
    shares = found / whole
    low, high = np.quantile([d / _whole(measure, d) for d in drawn], INTERVAL, axis=0)
    chance = _by_chance(table, measure, rng, seed, found) / whole
    return [
        Importance(
            axis.name,
            trials,
            needed,
            share=float(shares[i]),
            low=float(min(low[i], shares[i])),
            high=float(max(high[i], shares[i])),
            chance=float(min(1.0, chance[i])),
        )
        for i, axis in enumerate(table.axes)
    ]


def _by_chance(
    table: Observations, measure: Measure, rng: np.random.Generator, seed: int, found: Array
) -> Array:
    """What each axis would reach if it did nothing: its positions are dealt out anew.

    The others stay as they are, since what is left to explain beside a strong one is little; of
    many axes the weak ones, beside which as much is left, are dealt out at once. The separation
    looks at each axis alone, so there all can be.
    """
    width = len(table.axes)
    alone = measure is _separation
    together = [[*range(width)]] if alone else _dealt(found)
    drawn = np.empty((SHUFFLES_TOGETHER if alone else SHUFFLES, width))
    for shuffle in range(len(drawn)):
        for axes in together:
            dealt = table.shares.copy()
            dealt[:, axes] = rng.permutation(dealt)[:, axes]
            found = measure(replace(table, shares=dealt), RESAMPLED_TREES, seed + shuffle)
            drawn[shuffle, axes] = found[axes]
    # Few values do for a mean and a deviation; the tail of many can be read off.
    normal: Array = drawn.mean(axis=0) + ONE_IN_TWENTY * drawn.std(axis=0, ddof=1)
    return np.quantile(drawn, 0.95, axis=0) if alone else normal


def _dealt(found: Array) -> list[list[int]]:
    """The axes that are dealt out together, given what each was found to explain."""
    strong = [*map(int, np.argsort(-found, kind="stable")[:MOST_ALONE])]
    weak = [column for column in range(len(found)) if column not in strong]
    return [*([column] for column in sorted(strong)), *([weak] if weak else [])]


def _whole(measure: Measure, found: Array) -> float:
    """What importances are shares of: divergences only mean something side by side."""
    return 1.0 if measure is _variance else (float(found.sum()) or 1.0)
