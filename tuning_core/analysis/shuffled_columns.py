"""How much worse a model answers once a column's values are dealt out to other rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuning_core.analysis.metric_intervals import LEVEL
from tuning_core.analysis.row_metrics import Answers, score, scores
from tuning_core.catalog.objectives import Direction

ROUNDING = 1e-9
"""Of the score: a smaller difference is none, but what sums in another order make."""


@dataclass(frozen=True)
class ColumnDrop:
    """By how much the metric gets worse without a column; negative where it gets better.

    ``low`` and ``high`` are the ends of a 95% interval. ``shuffles`` is the standard deviation
    over the shuffles alone.
    """

    drop: float
    low: float
    high: float
    shuffles: float

    @property
    def sure(self) -> bool:
        """Whether rows and shuffles alone do not explain the drop."""
        return self.low > 0


def column_drop(
    metric: str,
    direction: Direction,
    whole: Answers,
    shuffled: Sequence[Answers],
    weights: np.ndarray,
) -> ColumnDrop:
    """The drop from ``whole`` to the mean of what was ``shuffled``, the same rows each.

    Breiman 2001, "Random Forests", section 10. The interval is a percentile bootstrap over rows
    (``drawn_rows`` as ``weights``), each of which takes what it got in every shuffle with it: it
    covers both which rows were there and how they were shuffled.
    """
    sign = 1.0 if direction == "max" else -1.0
    base = score(metric, whole)
    others = np.array([score(metric, one) for one in shuffled])
    each = sign * (base - others)
    drawn = scores(metric, whole, weights)
    for one in shuffled:
        drawn = drawn - scores(metric, one, weights) / len(shuffled)
    drawn[np.abs(drawn) <= ROUNDING * np.abs([base, *others]).max()] = 0.0
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(sign * drawn, [tail, 1 - tail])
    drop = float(each.mean())
    spread = float(each.std(ddof=1)) if len(each) > 1 else 0.0
    return ColumnDrop(drop, min(drop, float(low)), max(drop, float(high)), spread)
