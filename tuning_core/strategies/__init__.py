"""Search strategies: Keras Tuner's oracles, rebuilt from the recorded trials at any time."""

from __future__ import annotations

from collections.abc import Callable

from tuning_core.spec.study import StudySpec
from tuning_core.strategies.bayesian import BayesianStrategy
from tuning_core.strategies.coarse_to_fine import CoarseToFineStrategy
from tuning_core.strategies.evolution import EvolutionStrategy
from tuning_core.strategies.grid import GridStrategy
from tuning_core.strategies.hyperband import HyperbandStrategy
from tuning_core.strategies.hyperparameters import hyperparameters_of
from tuning_core.strategies.manual import ManualStrategy
from tuning_core.strategies.one_at_a_time import OneAtATimeStrategy
from tuning_core.strategies.random_search import QuasiRandomStrategy, RandomStrategy
from tuning_core.strategies.replayable_oracle import ReplayableOracle, oracle_seed
from tuning_core.strategies.suggestion import RecordError, Suggestion, TrialRecord
from tuning_core.strategies.tpe import TpeStrategy

__all__ = [
    "ORACLES",
    "RecordError",
    "ReplayableOracle",
    "Suggestion",
    "TrialRecord",
    "hyperparameters_of",
    "make_oracle",
    "oracle_seed",
]

ORACLES: dict[str, Callable[..., ReplayableOracle]] = {
    "manual": ManualStrategy,
    "one_at_a_time": OneAtATimeStrategy,
    "random": RandomStrategy,
    "grid": GridStrategy,
    "coarse_to_fine": CoarseToFineStrategy,
    "bayesian": BayesianStrategy,
    "hyperband": HyperbandStrategy,
    "tpe": TpeStrategy,
    "evolution": EvolutionStrategy,
    "quasi_random": QuasiRandomStrategy,
}


def make_oracle(spec: StudySpec) -> ReplayableOracle:
    """The oracle of a study, with no trials yet. The spec has checked id and settings."""
    names = [setting.id for setting in spec.strategy.info.settings]
    settings = {name: spec.strategy.setting(name) for name in names}
    return ORACLES[spec.strategy.id](spec, **settings)
