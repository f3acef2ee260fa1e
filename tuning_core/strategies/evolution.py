"""Evolutionary search."""

from __future__ import annotations

from typing import Any

import numpy as np
import optuna
from keras_tuner.engine import trial as kt_trial
from optuna.samplers import BaseSampler, NSGAIISampler
from optuna.samplers.nsgaii import BLXAlphaCrossover
from optuna.trial import FrozenTrial

from tuning_core.spec import StudySpec
from tuning_core.strategies.optuna_oracle import OptunaStrategy


class EvolutionStrategy(OptunaStrategy):
    """Crosses and mutates the best configurations, one generation of ``population`` at a time.

    Optuna's NSGA-II (Deb et al. 2002), with one objective a genetic algorithm that keeps the
    best ``population`` trials of all generations as parents. ``mutation`` is the chance of each
    hyperparameter to be drawn anew, by default one hyperparameter in each child.
    """

    def __init__(
        self, spec: StudySpec, population: int = 10, mutation: float | None = None
    ) -> None:
        super().__init__(spec, population)
        self._population = population
        self._mutation = mutation

    def sampler(self, seed: int) -> BaseSampler:
        return _Generations(
            population_size=self._population,
            mutation_prob=self._mutation,
            crossover=BLXAlphaCrossover(),
            seed=seed,
        )

    def numbers(self, trial: kt_trial.Trial) -> dict[str, Any]:
        # Optuna crosses only what all parents have. An inactive gene may take any value, so it
        # gets one that the trial's number decides, and a child can inherit the active ones.
        numbers = super().numbers(trial)
        rng = np.random.default_rng((self.seed, self.number(trial.trial_id)))
        return {
            name: numbers[name] if name in numbers else self.number_at(name, rng.random())
            for name in self.axes
        }


class _Generations(NSGAIISampler):
    """NSGA-II whose generations and parents follow from the order of the trials alone."""

    def get_trial_generation(self, study: optuna.Study, trial: FrozenTrial) -> int:
        assert self.population_size is not None
        return trial.number // self.population_size

    def get_parent_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        assert self.population_size is not None
        earlier = study.get_trials(deepcopy=False)[: generation * self.population_size]
        return sorted(earlier, key=lambda trial: trial.values[0])[: self.population_size]
