"""Functional ANOVA: how much of the variance of the scores each hyperparameter explains alone.

Hutter, Hoos and Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter
Importance". The figures are those of Optuna's ``FanovaImportanceEvaluator`` on the same forest;
it walks through every tree in Python for every value and takes ten seconds at 1,000 trials.
A tree is a set of boxes, so its marginal along one axis is a sum of steps: that takes 0.2 s,
which is what makes an uncertainty by resampling affordable.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from tuning_core.analysis.observations import Array

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
