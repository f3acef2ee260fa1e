"""PED-ANOVA: how differently the best trials are spread along each hyperparameter.

Watanabe, Bansal and Hutter 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in
Arbitrary Subspaces". Figures are those of Optuna's ``PedAnovaImportanceEvaluator``.
"""

from __future__ import annotations

import math
import warnings

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

from tuning_core.analysis.observations import Array, Axis, Observations

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
