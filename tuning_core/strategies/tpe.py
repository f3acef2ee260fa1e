"""The tree-structured Parzen estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.samplers import BaseSampler, TPESampler
from typing_extensions import override

from tuning_core.catalog.explanation import Explanation, Profile
from tuning_core.space import Config, Parameter, Range
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.encoding import Array
from tuning_core.strategies.explanations import numbers, values_along
from tuning_core.strategies.optuna_oracle import OptunaStrategy
from tuning_core.strategies.suggestion import Suggestion


class TpeStrategy(OptunaStrategy):
    """Draws where good trials are dense and bad ones are not.

    Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", section 4, in Optuna's
    multivariate form. Hyperparameters that exist under the same conditions are drawn together.
    """

    def __init__(self, spec: StudySpec, initial_points: int = 10, candidates: int = 24) -> None:
        super().__init__(spec, initial_points)
        self._candidates = candidates
        self._conditional = any(parameter.when for parameter in self.space.searched)
        self._draws: list[_Draw] = []

    @override
    def sampler(self, seed: int) -> BaseSampler:
        sampler = _Remembering(
            n_startup_trials=1,
            n_ei_candidates=self._candidates,
            seed=seed,
            multivariate=True,
            group=self._conditional,
            constant_liar=False,
        )
        self._draws = sampler.draws
        return sampler

    def _drawn(self, study: Any, asked: Any) -> dict[str, Any]:
        self._draws.clear()
        return super()._drawn(study, asked)

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        if self.because != "model":
            return super().account(suggestion)
        config = suggestion.config
        used = [draw for draw in self._draws if draw.names & config.keys()]
        profiles = [
            self._profile(parameter, config)
            for parameter in self.space.searched
            if parameter.count != 1
        ]
        good = sorted({self._trial_number(n) for draw in used for n in draw.good})
        rest = sorted({self._trial_number(n) for draw in used for n in draw.rest} - {*good})
        ratio = float(np.exp(min(sum(draw.gain for draw in used), 700.0)))
        words = (
            f"Good trials are dense here and others are not: the density of the best {len(good):,} "
            f"is {ratio:,.3g} times that of the other {len(rest):,}, the most of "
            f"{self._candidates:,} candidates drawn where the good ones are."
        )
        return self.explanation(
            suggestion, "densities", words, profiles, {"good": good, "rest": rest}
        )

    def _profile(self, parameter: Parameter, config: Config) -> Profile:
        """Both densities along one hyperparameter, whatever the others are."""
        name = parameter.name
        chosen = config.get(name)
        draw = next((draw for draw in self._draws if name in draw.names), None)
        if chosen is None or draw is None:
            return Profile(name, chosen)
        values = values_along(parameter, chosen)
        column = self._names().index(name)
        shares = self._encoding.shares([{name: value} for value in values])[:, column]
        places = np.array([self.number_at(name, float(share)) for share in shares], dtype=float)
        # What one of many steps of a range has is little, and a share of the scale as well.
        scale = float(parameter.count or 1) if isinstance(parameter, Range) else 1.0
        lines = {
            "good": numbers(scale * _density(draw.below, name, places)),
            "rest": numbers(scale * _density(draw.above, name, places)),
        }
        return Profile(name, chosen, values, lines)


@dataclass
class _Draw:
    """What one draw of Optuna's sampler went by: two estimators and the trials behind them."""

    names: frozenset[str]
    below: Any
    above: Any
    good: tuple[int, ...]
    rest: tuple[int, ...]
    gain: float


class _Remembering(TPESampler):
    """Optuna's sampler, which also keeps the estimators of its last draws."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.draws: list[_Draw] = []
        self._built: list[tuple[Any, tuple[int, ...]]] = []

    def _build_parzen_estimator(
        self, study: Any, search_space: Any, trials: Any, handle_below: bool
    ) -> Any:
        estimator = super()._build_parzen_estimator(study, search_space, trials, handle_below)
        used = [t.number for t in trials if search_space.keys() <= t.params.keys()]
        self._built = [*self._built[-1:], (estimator, tuple(used))]
        return estimator

    def _compute_acquisition_func(self, samples: Any, mpe_below: Any, mpe_above: Any) -> Any:
        gains = super()._compute_acquisition_func(samples, mpe_below, mpe_above)
        (below, good), (above, rest) = self._built
        names = frozenset(samples)
        self.draws.append(_Draw(names, below, above, good, rest, float(gains.max())))
        return gains


def _density(estimator: Any, name: str, places: Array) -> Array:
    """The density of an estimator along one of its hyperparameters, the others summed out."""
    mixture = estimator._mixture_distribution
    column = list(estimator._search_space).index(name)
    alone = type(mixture)(mixture.weights, [mixture.distributions[column]])
    density: Array = np.exp(alone.log_pdf(places[:, None]))
    return density
