"""Whether the surrogate behind the importances predicts scores that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuning_core.analysis.importance import obstacle
from tuning_core.analysis.observations import Observations

FOLDS = 10


@dataclass(frozen=True)
class Surrogate:
    """Observed scores beside those predicted without them, in the same order.

    ``r2`` is the share of their variance that is predicted, 0 for what guesses the mean and below
    for worse; ``rank`` is Spearman's rank correlation with its 95% interval.
    """

    observed: tuple[float, ...]
    predicted: tuple[float, ...]
    r2: float
    rank: float
    low: float
    high: float


def surrogate(table: Observations, *, seed: int = 0) -> Surrogate | None:
    """The forest of fANOVA, asked for the scores of a tenth of the trials after the others.

    None where there are too few trials for importances too, or all scores are equal. A
    hyperparameter that is inactive is a missing value, as a forest can take it; the importances
    look at each within the trials in which it is active.
    """
    if obstacle(len(table.axes), table.total) or np.ptp(table.scores) == 0:
        return None
    # Imported late: scikit-learn and SciPy's statistics take a second.
    from scipy.stats import rankdata
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.model_selection import KFold, cross_val_predict

    from tuning_core.analysis.anova import TREES

    forest = RandomForestRegressor(n_estimators=TREES, max_depth=64, random_state=seed)
    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    predicted = cross_val_predict(forest, table.shares, table.scores, cv=folds)
    left = float(np.square(table.scores - predicted).sum())
    whole = float(np.square(table.scores - table.scores.mean()).sum())
    rng, count = np.random.default_rng(seed), len(predicted)

    def rho(rows: np.ndarray) -> float:
        one, other = rankdata(table.scores[rows]), rankdata(predicted[rows])
        varied = np.ptp(one) > 0 and np.ptp(other) > 0
        return float(np.corrcoef(one, other)[0, 1]) if varied else 0.0

    rank = rho(np.arange(count))
    low, high = np.quantile(
        [rho(rng.integers(0, count, count)) for _ in range(300)], [0.025, 0.975]
    )
    return Surrogate(
        observed=tuple(table.scores.tolist()),
        predicted=tuple(predicted.tolist()),
        r2=1.0 - left / whole,
        rank=rank,
        low=min(float(low), rank),
        high=max(float(high), rank),
    )
