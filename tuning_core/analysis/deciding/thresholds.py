"""What it costs to say that a row is of a class from a certain probability on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuning_core.analysis.metric_intervals import Interval, mean_interval, share_interval

MOST_STEPS = 500
"""Thresholds that are drawn."""


@dataclass(frozen=True)
class Costs:
    """What each error costs, in any unit: a ``false_alarm``, and a ``miss`` of the class."""

    false_alarm: float
    miss: float

    @property
    def threshold(self) -> float:
        """From which probability on saying the class is cheaper, if probabilities are right.

        Elkan 2001, "The Foundations of Cost-Sensitive Learning", equation 2.
        """
        total = self.false_alarm + self.miss
        return self.false_alarm / total if total else 0.5


@dataclass(frozen=True)
class AtThreshold:
    """The four kinds of rows where the class is said from ``threshold`` on."""

    threshold: float
    hits: int
    false_alarms: int
    misses: int
    rightly_not: int

    @property
    def rows(self) -> int:
        """All of them."""
        return self.hits + self.false_alarms + self.misses + self.rightly_not

    @property
    def precision(self) -> Interval | None:
        """Of the rows said to be of the class, how many are; None where it is said of none."""
        said = self.hits + self.false_alarms
        return share_interval(self.hits, said) if said else None

    @property
    def recall(self) -> Interval | None:
        """Of the rows of the class, how many are found; None where there are none."""
        there = self.hits + self.misses
        return share_interval(self.hits, there) if there else None

    def cost(self, costs: Costs) -> Interval:
        """What a row costs on average."""
        kinds = [0.0, costs.false_alarm, costs.miss]
        numbers = [self.hits + self.rightly_not, self.false_alarms, self.misses]
        return mean_interval(np.repeat(kinds, numbers))


@dataclass(frozen=True)
class Sweep:
    """The cost of a row at ``thresholds`` (k,), rising; the last says the class of no row.

    ``best`` is the cheapest of them, in the middle of those that are equally cheap side by side.
    """

    thresholds: np.ndarray
    cost: np.ndarray
    best: float
    lowest: float


def at_threshold(probability: np.ndarray, of_class: np.ndarray, threshold: float) -> AtThreshold:
    """Rows (n,) with a ``probability``, that are of the class or not, at a threshold."""
    of_class, said = np.asarray(of_class, dtype=bool), probability >= threshold
    hits, said_in_all = int(np.sum(said & of_class)), int(np.sum(said))
    there = int(of_class.sum())
    rightly_not = len(of_class) - there - (said_in_all - hits)
    return AtThreshold(threshold, hits, said_in_all - hits, there - hits, rightly_not)


def sweep(probability: np.ndarray, of_class: np.ndarray, costs: Costs) -> Sweep:
    """The cost of a row at every threshold that makes a difference."""
    of_class = np.asarray(of_class, dtype=bool)
    order = np.argsort(probability, kind="stable")
    values, is_class = probability[order].astype(np.float64), of_class[order]
    first = np.append(0, np.flatnonzero(np.diff(values)) + 1)
    # Below a threshold nothing is said: what is of the class there is missed.
    missed = np.append(0, np.cumsum(is_class))
    there, rows = int(of_class.sum()), len(of_class)
    places = np.append(first, rows)
    misses = missed[places]
    alarms = (rows - places) - (there - misses)
    cost = (costs.false_alarm * alarms + costs.miss * misses) / rows
    # A threshold stands midway between the probabilities that it divides.
    steps = values[first]
    middle = (steps[1:] + steps[:-1]) / 2
    thresholds = np.concatenate([[min(float(steps[0]), 0.0)], middle, [1.0 + 1e-9]])
    best, lowest = _cheapest(thresholds, cost)
    if len(thresholds) > MOST_STEPS:
        kept = np.unique(np.linspace(0, len(thresholds) - 1, MOST_STEPS).astype(int))
        thresholds, cost = thresholds[kept], cost[kept]
    return Sweep(thresholds, cost, best, lowest)


def _cheapest(thresholds: np.ndarray, cost: np.ndarray) -> tuple[float, float]:
    lowest = float(cost.min())
    equal = np.flatnonzero(cost <= lowest + 1e-12)
    runs = np.split(equal, np.flatnonzero(np.diff(equal) > 1) + 1)
    longest = max(runs, key=lambda run: float(thresholds[run[-1]] - thresholds[run[0]]))
    middle = (thresholds[longest[0]] + thresholds[longest[-1]]) / 2
    return float(min(middle, 1.0)), lowest
