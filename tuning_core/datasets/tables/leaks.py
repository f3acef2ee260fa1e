"""Columns that predict the target almost alone: often something that is only known afterwards."""

from __future__ import annotations

import numpy as np

LEAK = "Predicts the target almost alone: is it known before the target is?"

_ROWS = 4_000
_ENOUGH = 40
_SOLVED = 0.995
_SAME = 0.999
_DEPTH = 6


def leak_sample(absent: np.ndarray) -> np.ndarray:
    """Numbers of a few thousand rows, in mixed order, whose target is there."""
    known = np.flatnonzero(~absent)
    return np.random.RandomState(0).permutation(known)[:_ROWS]


def predicts_alone(column: np.ndarray, target: np.ndarray, classes: bool) -> bool:
    """Whether a shallow tree on ``column`` alone gives the target of rows it has not seen.

    Both are float64 (n,) without missing targets; texts come as codes.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if len(target) < _ENOUGH or (classes and len(np.unique(target)) * 4 > len(target)):
        return False
    # Codes: scikit-learn takes no classes that are numbers with decimals.
    x, y = column, np.unique(target, return_inverse=True)[1] if classes else target
    known = np.isfinite(x)
    if not known.any():
        return False
    # Ranks: trees take single precision. What is missing is a value of its own, below all others.
    ranks = np.zeros((len(x), 1))
    ranks[known, 0] = 1 + np.unique(x[known], return_inverse=True)[1]
    half = len(y) // 2
    if not classes:
        if np.std(x[known]) == 0 or np.std(y[known]) == 0:
            return False
        if abs(float(np.corrcoef(x[known], y[known])[0, 1])) > _SAME and known.mean() > 0.5:
            return True
        tree = DecisionTreeRegressor(max_depth=_DEPTH).fit(ranks[:half], y[:half])
        return bool(tree.score(ranks[half:], y[half:]) > _SAME)
    base = float(np.unique(y[half:], return_counts=True)[1].max() / len(y[half:]))
    tree = DecisionTreeClassifier(max_depth=_DEPTH).fit(ranks[:half], y[:half])
    right = float(tree.score(ranks[half:], y[half:]))
    return base < 1 and (right - base) / (1 - base) > _SOLVED
