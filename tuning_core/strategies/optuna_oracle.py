"""Keras Tuner oracles that ask a sampler of Optuna."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from keras_tuner.engine import trial as kt_trial
from keras_tuner.src.engine import oracle as kt_oracle
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState, create_trial
from typing_extensions import override

from tuning_core.catalog.explanation import Explanation
from tuning_core.space import Config, Parameter, Range
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.encoding import Encoding
from tuning_core.strategies.replayable_oracle import ReplayableOracle, Suggestion

DRAWS = 10
"""Draws that may be repeats before a random configuration is taken."""
STUDY_NAME = "trials"
MAX_SEED = 2**31

optuna.logging.set_verbosity(optuna.logging.WARNING)


class OptunaStrategy(ReplayableOracle, kt_oracle.Oracle):
    """Random trials first, then what a sampler of Optuna makes of the scores so far.

    Optuna sees each hyperparameter as a place on our scale: a number between 0 and 1, or the
    index of a listed value. Conditions stay ours. Trials go into an in-memory study as they
    end, a sampler is made anew for each suggestion, so nothing but the trials has an influence.
    A trial without a score counts as infinitely bad.
    """

    def __init__(self, spec: StudySpec, initial_points: int) -> None:
        super().__init__(spec)
        self._initial_points = initial_points
        self._encoding = Encoding(self.space)
        axes = {parameter.name: _axis(parameter) for parameter in self.space.searched}
        self.axes = {name: axis for name, axis in axes.items() if not axis.single()}
        self._storage = optuna.storages.InMemoryStorage()
        self._reported: set[str] = set()
        self.mutated: list[str] = []
        optuna.create_study(storage=self._storage, study_name=STUDY_NAME)

    @abstractmethod
    def sampler(self, seed: int) -> BaseSampler:
        """The sampler of one suggestion."""

    def numbers(self, trial: kt_trial.Trial) -> dict[str, Any]:
        """What Optuna hears of a trial's hyperparameters: those that are active."""
        values = trial.hyperparameters.values
        shares = dict(zip(self._names(), self._encoding.shares([values])[0], strict=True))
        return {
            name: self.number_at(name, float(shares[name])) for name in self.axes if name in values
        }

    def number_at(self, name: str, share: float) -> float | int:
        """Optuna's number for a place between 0 and 1 on a hyperparameter's scale."""
        count = _count(self.axes[name])
        return share if count is None else min(int(share * count), count - 1)

    @override
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        if len(self.end_order) < self._initial_points or not self.axes:
            self.because = "start"
            return self.running(self._random_values())
        study = self._study(int(self.generator().integers(MAX_SEED)))
        asked = FrozenTrial(
            number=len(self._reported),
            trial_id=len(self._reported),
            state=TrialState.RUNNING,
            value=None,
            datetime_start=None,
            datetime_complete=None,
            params={},
            distributions={},
            user_attrs={},
            system_attrs={},
            intermediate_values={},
        )
        for _ in range(DRAWS):
            config = self._config(self._drawn(study, asked))
            if not self._duplicate(config):
                self.because = "model"
                return self.running(self.searched_values(config))
        self.because = "repeats"
        return self.running(self._random_values())

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        words = (
            "Drawn at random: what the trials so far lead to has been tried."
            if self.because == "repeats"
            else f"Drawn at random: the first {self._initial_points:,} trials are, so that there "
            "is something to go by."
        )
        return self.explanation(suggestion, "coverage", words)

    def _trial_number(self, number: int) -> int:
        """The trial behind Optuna's number; that counts the ended ones in order."""
        return self.number(sorted(self._reported)[number])

    def _study(self, seed: int) -> optuna.Study:
        """The ended trials as Optuna's study; new each time, since a study keeps a cache."""
        with warnings.catch_warnings():
            # Grouping by condition and mutation operators are "experimental", and tested here.
            warnings.simplefilter("ignore", ExperimentalWarning)
            study = optuna.Study(STUDY_NAME, self._storage, self.sampler(seed))
        for trial_id in sorted(set(self.end_order) - self._reported):
            trial = self.trials[trial_id]
            numbers = self.numbers(trial)
            study.add_trial(
                create_trial(
                    value=self._cost(trial),
                    params=numbers,
                    distributions={name: self.axes[name] for name in numbers},
                )
            )
            self._reported.add(trial_id)
        return study

    def _cost(self, trial: kt_trial.Trial) -> float:
        if trial.score is None:
            return float("inf")
        return -trial.score if self.objective.direction == "max" else trial.score

    def _drawn(self, study: optuna.Study, asked: FrozenTrial) -> dict[str, Any]:
        sampler = study.sampler
        space = sampler.infer_relative_search_space(study, asked)
        numbers = sampler.sample_relative(study, asked, space)
        self.mutated = [name for name in self.axes if name not in numbers]
        for name, axis in self.axes.items():
            if name not in numbers:
                numbers[name] = sampler.sample_independent(study, asked, name, axis)
        return numbers

    def _config(self, numbers: Mapping[str, Any]) -> Config:
        shares = [
            _share(self.axes[name], numbers[name]) if name in numbers else 0.5
            for name in self._names()
        ]
        return self._encoding.config(np.array(shares))

    def _names(self) -> list[str]:
        return [parameter.name for parameter in self.space.searched]


def _axis(parameter: Parameter) -> BaseDistribution:
    values = parameter.values()
    # Whole numbers without a step are not evenly likely on a logarithmic scale.
    uneven = isinstance(parameter, Range) and parameter.step is None
    if values is None or (
        uneven and isinstance(parameter, Range) and parameter.scale != "linear" and len(values) > 1
    ):
        return FloatDistribution(0.0, 1.0)
    if any(isinstance(value, str | bool) for value in values):
        return CategoricalDistribution(range(len(values)))
    return IntDistribution(0, len(values) - 1)


def _count(axis: BaseDistribution) -> int | None:
    """Number of listed values, None for a continuous axis."""
    if isinstance(axis, CategoricalDistribution):
        return len(axis.choices)
    return axis.high + 1 if isinstance(axis, IntDistribution) else None


def _share(axis: BaseDistribution, number: float) -> float:
    count = _count(axis)
    return number if count is None else (number + 0.5) / count
