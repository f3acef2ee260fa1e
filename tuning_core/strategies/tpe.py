"""The tree-structured Parzen estimator."""

from __future__ import annotations

from optuna.samplers import BaseSampler, TPESampler

from tuning_core.spec import StudySpec
from tuning_core.strategies.optuna_oracle import OptunaStrategy


class TpeStrategy(OptunaStrategy):
    """Draws where good trials are dense and bad ones are not.

    Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", section 4, in Optuna's
    multivariate form. Hyperparameters that exist under the same conditions are drawn together.
    """

    def __init__(self, spec: StudySpec, initial_points: int = 10, candidates: int = 24) -> None:
        super().__init__(spec, initial_points)
        self._candidates = candidates
        self._conditional = any(parameter.when for parameter in self.space.searched)

    def sampler(self, seed: int) -> BaseSampler:
        return TPESampler(
            n_startup_trials=1,
            n_ei_candidates=self._candidates,
            seed=seed,
            multivariate=True,
            group=self._conditional,
            constant_liar=False,
        )
