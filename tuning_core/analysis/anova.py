"""Importance by analysis of variance: fANOVA and PED-ANOVA.

fANOVA: how much of the variance of the scores each hyperparameter explains alone. Hutter, Hoos and
Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter Importance". The figures are
those of Optuna's ``FanovaImportanceEvaluator`` on the same forest; it walks through every tree in
Python for every value and takes ten seconds at 1,000 trials. A tree is a set of boxes, so its
marginal along one axis is a sum of steps: that takes 0.2 s, which is what makes an uncertainty by
resampling affordable.

PED-ANOVA: how differently the best trials are distributed along each hyperparameter. Watanabe,
Bansal and Hutter 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary
Subspaces". Figures are those of Optuna's ``PedAnovaImportanceEvaluator``.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import ExperimentalWarning
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.trial import FrozenTrial, create_trial
from sklearn.ensemble import RandomForestRegressor

from tuning_core.analysis.observations import Array, Axis, Observations

TREES = 64


def explained_variance(shares: Array, scores: Array, *, trees: int = TREES, seed: int = 0) -> Array:
    """Share of the variance over the unit cube that each column explains alone, shape (d,).

    ``shares`` (n, d) lie between 0 and 1. What the columns explain together with each other is
    the rest to 1. Zeros when the scores do not vary.
    """
    forest = RandomForestRegressor(n_estimators=trees, max_depth=64, random_state=seed)
    forest.fit(shares, scores)
    parts = [_of_tree(tree.tree_, shares.shape[1]) for tree in forest.estimators_]
    known = [part for part in parts if part is not None]
    return np.mean(known, axis=0) if known else np.zeros(shares.shape[1])


def _of_tree(tree: Any, width: int) -> Array | None:
    """Variance of each marginal over that of the tree; None for a tree of one value."""
    low, high, values = _boxes(tree, width)
    sizes = high - low
    volumes = sizes.prod(axis=1)
    mean = volumes @ values
    variance = float(volumes @ np.square(values - mean))
    if variance <= 0:
        return None
    return np.array(
        [
            _marginal_variance(low[:, axis], high[:, axis], volumes / sizes[:, axis] * values, mean)
            / variance
            for axis in range(width)
        ]
    )


def _marginal_variance(low: Array, high: Array, heights: Array, mean: float) -> float:
    """Variance along one axis of a sum of steps, each of a height from its low to its high."""
    edges = np.unique(np.concatenate([low, high]))
    changes = np.zeros(len(edges))
    np.add.at(changes, np.searchsorted(edges, low), heights)
    np.add.at(changes, np.searchsorted(edges, high), -heights)
    marginal = np.cumsum(changes)[:-1]
    return float(np.diff(edges) @ np.square(marginal - mean))


def _boxes(tree: Any, width: int) -> tuple[Array, Array, Array]:
    """The leaves as boxes of the unit cube, (leaves, width) each, and their values."""
    low, high, values = [], [], []
    left, right, features, thresholds = (
        tree.children_left,
        tree.children_right,
        tree.feature,
        tree.threshold,
    )
    open_nodes = [(0, np.zeros(width), np.ones(width))]
    while open_nodes:
        node, start, end = open_nodes.pop()
        feature = features[node]
        if feature < 0:
            low.append(start)
            high.append(end)
            values.append(tree.value[node][0, 0])
            continue
        below, above = end.copy(), start.copy()
        below[feature] = above[feature] = thresholds[node]
        open_nodes += [(left[node], start, below), (right[node], above, end)]
    return np.array(low), np.array(high), np.array(values)


BEST_SHARE = 0.1
"""Share of the trials that counts as the best."""
FEWEST_BEST = 5
"""Trials that the best must be: Optuna's own advice."""

optuna.logging.set_verbosity(optuna.logging.WARNING)


def best_quantile(trials: int) -> float:
    """The share of so many trials that counts as the best."""
    return max(math.ceil(BEST_SHARE * trials), FEWEST_BEST) / trials


def separation(table: Observations) -> Array:
    """Divergence of the best trials from all of them along each axis, shape (d,), not below 0.

    The table must have no inactive hyperparameter. 0 where the best are spread like the others.
    """
    study = optuna.create_study(direction="maximize" if table.direction == "max" else "minimize")
    distributions = {axis.name: _distribution(axis) for axis in table.axes}
    study.add_trials(
        [_trial(table, row, distributions) for row in range(len(table.scores))],
    )
    evaluator = PedAnovaImportanceEvaluator(target_quantile=best_quantile(len(table.scores)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = evaluator.evaluate(study, params=list(distributions))
    return np.array([found[axis.name] for axis in table.axes])


def _trial(
    table: Observations, row: int, distributions: dict[str, BaseDistribution]
) -> FrozenTrial:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return create_trial(
            value=float(table.scores[row]),
            params={
                axis.name: _number(axis, float(table.shares[row, column]))
                for column, axis in enumerate(table.axes)
            },
            distributions=distributions,
        )


def _distribution(axis: Axis) -> BaseDistribution:
    if not axis.count:
        return FloatDistribution(0.0, 1.0)
    if axis.names:
        return CategoricalDistribution(range(axis.count))
    return IntDistribution(0, axis.count - 1)


def _number(axis: Axis, share: float) -> float | int:
    return min(int(share * axis.count), axis.count - 1) if axis.count else share
