"""Evolutionary search."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import optuna
from keras_tuner.engine import trial as kt_trial
from optuna.samplers import BaseSampler, NSGAIISampler
from optuna.samplers.nsgaii import BLXAlphaCrossover
from optuna.trial import FrozenTrial
from typing_extensions import override

from tuning_core.catalog.explanation import Explanation
from tuning_core.catalog.hyperparameters import label_of
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.optuna_oracle import OptunaStrategy
from tuning_core.strategies.suggestion import Suggestion


class EvolutionStrategy(OptunaStrategy):
    """Crosses and mutates the best configurations, one generation of ``population`` at a time.

    Optuna's NSGA-II (Deb et al. 2002), with one objective a genetic algorithm that keeps the
    best ``population`` trials of all generations as parents. ``mutation`` is the chance of each
    hyperparameter to be drawn anew, by default one hyperparameter in each child.
    """

    imputes_pending = False

    def __init__(
        self, spec: StudySpec, population: int = 10, mutation: float | None = None
    ) -> None:
        super().__init__(spec, population)
        self._population = population
        self._mutation = mutation
        self._family = _Family()

    @override
    def sampler(self, seed: int) -> BaseSampler:
        self._family = _Family()
        return _Generations(
            self._family,
            population_size=self._population,
            mutation_prob=self._mutation,
            crossover=BLXAlphaCrossover(),
            seed=seed,
        )

    @override
    def needs_ended(self) -> int:
        # A child comes from the generations before its own, whatever runs beside it.
        earlier = len(self.start_order) // self._population * self._population
        return self.number(self.start_order[earlier - 1]) + 1 if earlier else 0

    @override
    def numbers(self, trial: kt_trial.Trial) -> dict[str, Any]:
        # Optuna crosses only what all parents have. An inactive gene may take any value, so it
        # gets one that the trial's number decides, and a child can inherit the active ones.
        numbers = super().numbers(trial)
        rng = np.random.default_rng((self.seed, self.number(trial.trial_id)))
        return {
            name: numbers[name] if name in numbers else self.number_at(name, rng.random())
            for name in self.axes
        }

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        if self.because != "model":
            return super().account(suggestion)
        parents = [self._trial_number(number) for number in self._family.parents]
        population = [self._trial_number(number) for number in self._family.population]
        roles = {"parent": parents, "population": population}
        active = [name for name in self.mutated if name in suggestion.config]
        mutated = " and ".join(label_of(name) for name in active)
        came = f" Drawn anew by mutation: {mutated}." if mutated else ""
        kin = (
            f"Crossed from trials {parents[0]} and {parents[1]}, two"
            if len(parents) == 2
            else f"A copy of trial {parents[0]}, one"
        )
        generation = (suggestion.number - 1) // self._population + 1
        words = (
            f"{kin} of the best {len(population):,} of the generations before it (this is "
            f"generation {generation:,}).{came}"
        )
        return self.explanation(suggestion, "parents", words, roles=roles)


class _Family:
    """Who could be a parent of the last child, and whose genes were read for it."""

    def __init__(self) -> None:
        self.population: list[int] = []
        self.read: list[int] = []

    def born(self, population: list[FrozenTrial]) -> None:
        """A child begins: nothing has been read of this population."""
        self.population = [trial.number for trial in population]
        self.read = []

    @property
    def parents(self) -> list[int]:
        """The last two that were read: Optuna draws other parents while a child does not fit."""
        return list(dict.fromkeys(reversed(self.read)))[:2][::-1]


class _Individual(FrozenTrial):
    """A trial that notes in its family when its genes are read: Optuna names no parents."""

    family: _Family

    @property
    def params(self) -> dict[str, Any]:
        self.family.read.append(self.number)
        return self._params

    @params.setter
    def params(self, params: dict[str, Any]) -> None:
        self._params = params


class _Generations(NSGAIISampler):
    """NSGA-II whose generations and parents follow from the order of the trials alone."""

    def __init__(self, family: _Family, **options: Any) -> None:
        super().__init__(**options)
        self._family = family

    def get_trial_generation(self, study: optuna.Study, trial: FrozenTrial) -> int:
        assert self.population_size is not None
        return trial.number // self.population_size

    def get_parent_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        assert self.population_size is not None
        earlier = study.get_trials(deepcopy=False)[: generation * self.population_size]
        best = sorted(earlier, key=lambda trial: trial.values[0])[: self.population_size]
        self._family.born(best)
        return [self._individual(trial) for trial in best]

    def _individual(self, trial: FrozenTrial) -> FrozenTrial:
        individual = copy.copy(trial)
        individual.__class__ = _Individual
        assert isinstance(individual, _Individual)
        individual.family = self._family
        return individual
