"""What tuning itself is worth: the scores of whole searches on rows that none of them saw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from tuning_core.analysis.metric_intervals import LEVEL
from tuning_core.catalog import Objective


@dataclass(frozen=True)
class Worth:
    """The mean score over outer folds and the ends of its 95% interval."""

    mean: float
    low: float
    high: float
    folds: int

    def optimism(self, promised: float, objective: Objective) -> float:
        """How much better a search's best score looks than what its tuning is worth."""
        return promised - self.mean if objective.direction == "max" else self.mean - promised


def worth(scores: Sequence[float], objective: Objective) -> Worth | None:
    """The worth of tuning by its scores on outer folds; None of fewer than two.

    The searches share most of their rows, so that their scores vary less than those of separate
    samples would: the variance of the mean is corrected for it (Nadeau and Bengio 2003,
    "Inference for the Generalization Error", with n test rows to (k - 1) n training rows).
    """
    folds = len(scores)
    if folds < 2:
        return None
    mean = float(np.mean(scores))
    error = float(np.std(scores, ddof=1)) * math.sqrt(1 / folds + 1 / (folds - 1))
    half = float(stdtrit(folds - 1, 0.5 + LEVEL / 2)) * error
    low, high = max(mean - half, objective.low), min(mean + half, objective.high)
    return Worth(mean, low, high, folds)
