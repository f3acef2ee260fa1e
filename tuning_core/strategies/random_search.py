"""Random search."""

from __future__ import annotations

from keras_tuner.oracles import RandomSearchOracle

from tuning_core.spec.study import StudySpec
from tuning_core.strategies._base import ReplayableOracle


class RandomStrategy(ReplayableOracle, RandomSearchOracle):
    """Draws each hyperparameter on its scale, never the same configuration twice."""

    def __init__(self, spec: StudySpec) -> None:
        super().__init__(spec)
