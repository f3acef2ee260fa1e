"""Keras Tuner oracles that ask a sampler of Optuna."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from collections.abc import Mapping, Sequence
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
from tuning_core.strategies.replayable_oracle import ReplayableOracle
from tuning_core.strategies.suggestion import Suggestion

DRAWS = 10
"""Draws that may be repeats before a random configuration is taken."""
RANDOM = {
    "start": "Drawn at random: the first {points:,} trials are, so that there is something to go "
    "by.",
    "unknown": "Drawn at random: no trial of an earlier round has ended yet.",
    "repeats": "Drawn at random: what the trials so far lead to has been tried.",
}
"""Why a trial does not come from the sampler."""
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

    imputes_pending = True
    """Whether trials that run beside the next one count, with a score that is assumed."""

    def __init__(self, spec: StudySpec, initial_points: int) -> None:
        super().__init__(spec)
        self._initial_points = initial_points
        self._encoding = Encoding(self.space)
        axes = {parameter.name: _axis(parameter) for parameter in self.space.searched}
        self.axes = {name: axis for name, axis in axes.items() if not axis.single()}
        self._storage = optuna.storages.InMemoryStorage()
        self._reported: list[FrozenTrial] = []
        self._in_study: list[str] = []
        self.mutated: list[str] = []
        self._study_id = optuna.create_study(storage=self._storage, study_name=STUDY_NAME)._study_id

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
    def needs_ended(self) -> int:
        return self.round_start if len(self.start_order) >= self._initial_points else 0

    @override
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        known, first = self._known(), len(self.start_order) < self._initial_points
        if first or not known or not self.axes:
            self.because = "start" if first or known else "unknown"
            return self.running(self._random_values())
        study = self._study(known, int(self.generator().integers(MAX_SEED)))
        asked = FrozenTrial(
            number=len(self.start_order),
            trial_id=len(self.start_order),
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
        words = RANDOM[self.because].format(points=self._initial_points)
        return self.explanation(suggestion, "coverage", words)

    def _trial_number(self, number: int) -> int:
        """The trial behind Optuna's number; that counts the ended ones in order."""
        return self.number(self._in_study[number])

    def _known(self) -> list[str]:
        """The trials whose scores the next suggestion may go by, in order."""
        below = self.needs_ended()
        return [trial_id for trial_id in sorted(self.end_order) if self.number(trial_id) < below]

    def _study(self, known: Sequence[str], seed: int) -> optuna.Study:
        """The known trials as Optuna's study; new each time, since a study keeps a cache."""
        for trial_id in known[len(self._reported) :]:
            self._reported.append(self._reported_trial(trial_id, self._cost(self.trials[trial_id])))
            self._storage.create_new_trial(self._study_id, self._reported[-1])
        pending = self._pending_trials(known) if self.imputes_pending else {}
        storage = self._storage
        if pending:
            storage = optuna.storages.InMemoryStorage()
            optuna.create_study(storage=storage, study_name=STUDY_NAME)
        with warnings.catch_warnings():
            # Grouping by condition and mutation operators are "experimental", and tested here.
            warnings.simplefilter("ignore", ExperimentalWarning)
            study = optuna.Study(STUDY_NAME, storage, self.sampler(seed))
        if pending:
            study.add_trials([*self._reported, *pending.values()])
        self._in_study = [*known, *pending]
        return study

    def _pending_trials(self, known: Sequence[str]) -> dict[str, FrozenTrial]:
        """Trials whose scores are not to be known yet, each as bad as the worst that is known.

        So that others are tried: the "constant liar" of Ginsbourger, Le Riche and Carraro 2010,
        "Kriging Is Well-Suited to Parallelize Optimization".
        """
        costs = [self._cost(self.trials[trial_id]) for trial_id in known]
        worst = max((cost for cost in costs if math.isfinite(cost)), default=math.inf)
        pending = [trial_id for trial_id in self.start_order if trial_id not in {*known}]
        return {trial_id: self._reported_trial(trial_id, worst) for trial_id in pending}

    def _reported_trial(self, trial_id: str, cost: float) -> FrozenTrial:
        numbers = self.numbers(self.trials[trial_id])
        distributions = {name: self.axes[name] for name in numbers}
        return create_trial(value=cost, params=numbers, distributions=distributions)

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
