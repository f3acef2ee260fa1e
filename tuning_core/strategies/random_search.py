"""Random search, and its even-handed kin: quasi-random search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keras_tuner.oracles import RandomSearchOracle
from keras_tuner.src.engine import oracle as kt_oracle
from scipy.stats.qmc import Sobol
from typing_extensions import override

from tuning_core.catalog.explanation import Explanation
from tuning_core.space import Config
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.encoding import Encoding
from tuning_core.strategies.replayable_oracle import REJECTIONS, ReplayableOracle
from tuning_core.strategies.suggestion import Suggestion

CHUNK = 64
"""Points drawn at once, a power of two as the sequence likes it."""


class RandomStrategy(ReplayableOracle, RandomSearchOracle):
    """Draws each hyperparameter on its scale, never the same configuration twice."""

    def __init__(self, spec: StudySpec) -> None:
        super().__init__(spec)


class QuasiRandomStrategy(ReplayableOracle, kt_oracle.Oracle):
    """Follows a scrambled Sobol sequence, which fills the space more evenly than chance.

    Sobol 1967, scrambled as by Matousek 1998: the sequence that Optuna's QMC sampler draws
    from, over conditional hyperparameters too. The next trial is the first point of the sequence
    whose configuration is untried.
    """

    def __init__(self, spec: StudySpec) -> None:
        super().__init__(spec)
        self._sequence = self._configs()
        self._passed = 0
        self._next: Config | None = None

    @override
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        # The end of the search is a function of the number of trials, not of how it got there.
        while self._passed < 2 * len(self.trials) + REJECTIONS:
            if self._next is None:
                self._next = next(self._sequence)
            if not self._duplicate(self._next):
                self.because = "sequence"
                return self.running(self.searched_values(self._next))
            self._next = None
            self._passed += 1
        self.because = "rest"
        return self.running(self._random_values())

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        if self.because == "rest":
            words = "The sequence has nothing new left: drawn at random from what is untried."
        else:
            words = (
                "The next point of a Sobol sequence, which spreads points more evenly than chance: "
                "scores play no part."
            )
        return self.explanation(suggestion, "coverage", words)

    def _configs(self) -> Iterator[Config]:
        encoding = Encoding(self.space)
        # Without a hyperparameter to search every point is the one configuration.
        sobol = Sobol(max(encoding.width, 1), rng=self.seed)
        while True:
            for shares in encoding.snapped(sobol.random(CHUNK)[:, : encoding.width]):
                yield encoding.config(shares)
