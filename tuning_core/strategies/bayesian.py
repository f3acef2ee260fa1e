"""Bayesian optimisation."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras_tuner.engine import trial as kt_trial
from keras_tuner.oracles import BayesianOptimizationOracle
from typing_extensions import override

from tuning_core.catalog import Value
from tuning_core.catalog.explanation import Explanation, Profile
from tuning_core.space import ENUMERABLE, Config, Parameter
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.encoding import Array, Encoding
from tuning_core.strategies.explanations import numbers, values_along
from tuning_core.strategies.replayable_oracle import ReplayableOracle
from tuning_core.strategies.suggestion import Suggestion
from tuning_core.strategies.surrogate import Surrogate, fitted_kernel

CANDIDATES = 1000
"""Random configurations at which the acquisition is evaluated."""
NEIGHBOURS = 60
"""Configurations tried around each of the best, at each distance."""
CENTRES = 5
"""How many of the best trials, and of the best candidates, neighbours are tried around."""
DISTANCES = (0.2, 0.05, 0.0125, 0.003)
"""Standard deviations of the steps away from the best, each round starting from the last."""
REFITS = 20
"""The kernel is fitted anew when the trials have grown by one part in this many."""
OBSERVATIONS = 400
"""Most known trials that the Gaussian process takes in: its cost grows with the cube."""

RANDOM = {
    "start": "Drawn at random: the first {points:,} trials are, so that the model has something to "
    "begin with.",
    "unknown": "Drawn at random: no score of an earlier round is known yet.",
    "flat": "Drawn at random: all scores are equal so far, so that a model would know nothing.",
    "repeats": "Drawn at random: what the model likes best has all been tried.",
}
"""Why a trial does not come from the model."""


class BayesianStrategy(ReplayableOracle, BayesianOptimizationOracle):
    """Tries where a Gaussian process of the scores so far expects, or cannot rule out, the best.

    The acquisition is Keras Tuner's, the lower confidence bound (Srinivas et al. 2010):
    mean - ``beta`` * deviation, evaluated on many configurations at once; of a small space, on
    all that are untried. The first ``initial_points`` trials are random, by default three for
    each hyperparameter, but no more than a third of the budget. A trial without a score counts
    as the worst seen.
    """

    def __init__(
        self, spec: StudySpec, initial_points: int | None = None, beta: float = 2.6
    ) -> None:
        super().__init__(spec, num_initial_points=initial_points, beta=beta)
        if initial_points is None:
            most = max(self.budget // 3, 3)
            self.num_initial_points = min(max(3 * len(self.hyperparameters.space), 3), most)
        self._encoding = Encoding(self.space)
        self._shares: dict[str, Array] = {}
        self._kernel: tuple[int, Any] | None = None
        self._observed: tuple[Array, Array, int] = np.zeros((0, 0)), np.zeros(0), 0

    @override
    def needs_ended(self) -> int:
        return self.round_start if len(self.start_order) >= self.num_initial_points else 0

    @override
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        self._observed = self._observations()
        shares, scores, known = self._observed
        first = len(self.start_order) < self.num_initial_points
        if first or not known:
            self.because = "start" if first else "unknown"
            return self.running(self._random_values())
        if np.ptp(scores) == 0:
            self.because = "flat"
            return self.running(self._random_values())
        self.because = "model"
        return self.running(self._suggested(shares, scores, known))

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        if self.because in RANDOM:
            words = RANDOM[self.because].format(points=self.num_initial_points)
            return self.explanation(suggestion, "coverage", words)
        shares, scores, known = self._observed
        surrogate = self._surrogate(self._encoding.points(shares), scores, known)
        here = self._encoding.shares([suggestion.config])
        profiles = [
            self._profile(surrogate, parameter, suggestion.config, here)
            for parameter in self.space.searched
            if parameter.count != 1
        ]
        mean, deviation = surrogate.predict(self._encoding.points(here))
        words = self._reason(float(mean[0]), float(deviation[0]), float(scores.min()))
        return self.explanation(suggestion, "surrogate", words, profiles)

    def _reason(self, mean: float, deviation: float, best: float) -> str:
        """Why a point was worth a trial; all three the smaller the better."""
        sign = -1.0 if self.objective.direction == "max" else 1.0
        bound = mean - self.beta * deviation
        lead = (
            "It looks good here: the model expects no less than the best so far"
            if mean <= best
            else "Little is known here, and the best may be hiding"
            if bound < best
            else "Nothing better than the best so far is expected anywhere, and least badly here"
        )
        return (
            f"{lead}. Expected {sign * mean:.4g} ± {deviation:.2g} (best so far "
            f"{sign * best:.4g}); {self.beta:g} deviations better would be {sign * bound:.4g}, the "
            "best of all places it looked at."
        )

    def _profile(
        self, surrogate: Surrogate, parameter: Parameter, config: Config, here: Array
    ) -> Profile:
        """The model along one hyperparameter through a point, all others as they are there."""
        name, encoding = parameter.name, self._encoding
        chosen = config.get(name)
        if chosen is None:
            return Profile(name, None)
        values = values_along(parameter, chosen)
        column = [p.name for p in self.space.searched].index(name)
        line = np.repeat(here, len(values), axis=0)
        line[:, column] = encoding.shares([{name: value} for value in values])[:, column]
        mean, deviation = surrogate.predict(encoding.points(encoding.snapped(line)))
        sign = -1.0 if self.objective.direction == "max" else 1.0
        lines = {
            "mean": numbers(sign * mean),
            "deviation": numbers(deviation),
            "acquisition": numbers(sign * (mean - self.beta * deviation)),
        }
        return Profile(name, chosen, values, lines)

    def _observations(self) -> tuple[Array, Array, int]:
        """Shares and scores, the smaller the better, of the trials so far, and how many are known.

        The known come first, in order; then those that are pending, each with the mean of the
        known: the "constant liar" of Ginsbourger, Le Riche and Carraro 2010, "Kriging Is
        Well-Suited to Parallelize Optimization".
        """
        below = self.needs_ended()
        known = [i for i in sorted(self.end_order) if self.number(i) < below]
        found = [self.trials[trial_id].score for trial_id in known]
        ended = [score for score in found if score is not None]
        if not ended:
            return np.zeros((0, self._encoding.width)), np.zeros(0), 0
        maximise = self.objective.direction == "max"
        worst = min(ended) if maximise else max(ended)
        scores = np.array([worst if score is None else score for score in found], dtype=float)
        pending = [trial_id for trial_id in self.start_order if trial_id not in {*known}]
        scores = np.append(scores, np.full(len(pending), scores.mean()))
        shares = np.vstack([self._shares_of(self.trials[i]) for i in (*known, *pending)])
        return shares, -scores if maximise else scores, len(known)

    def _shares_of(self, trial: kt_trial.Trial) -> Array:
        known = self._shares.get(trial.trial_id)
        if known is None:
            known = self._encoding.shares([trial.hyperparameters.values])
            self._shares[trial.trial_id] = known
        return known

    def _suggested(self, shares: Array, scores: Array, known: int) -> dict[str, Value] | None:
        rng = self.generator()
        surrogate = self._surrogate(self._encoding.points(shares), scores, known)
        size = self.space.size()
        if size is not None and size < ENUMERABLE:
            untried = self.untried()
            if not untried:
                return None
            if len(untried) > 2 * CANDIDATES:
                picked = rng.choice(len(untried), 2 * CANDIDATES, replace=False)
                untried = [untried[i] for i in picked]
            values = self._acquisition(surrogate, self._encoding.shares(untried))
            return self.searched_values(untried[int(np.argmin(values))])
        candidates, values = self._refined(surrogate, shares[np.argsort(scores)[:CENTRES]], rng)
        for index in np.argsort(values, kind="stable"):
            config = self._encoding.config(candidates[index])
            if not self._duplicate(config):
                return self.searched_values(config)
        self.because = "repeats"
        return self._random_values()

    def _surrogate(self, points: Array, scores: Array, known: int) -> Surrogate:
        # Fitted anew with every twentieth more trials, so as a function of their number alone.
        count = known
        count -= count % max(1, count // REFITS)
        if self._kernel is None or self._kernel[0] != count:
            kernel = fitted_kernel(points[:count], scores[:count], self.alpha, self.seed + count)
            self._kernel = count, kernel
        if known > OBSERVATIONS:
            # All that are pending stay: without its lie, a place would be asked for again.
            best = np.argsort(scores[:known], kind="stable")[: OBSERVATIONS // 2]
            spread = np.linspace(0, known - 1, OBSERVATIONS // 2).astype(int)
            pending = np.arange(known, len(scores))
            chosen = np.unique(np.concatenate([best, spread, pending]))
            points, scores = points[chosen], scores[chosen]
        return Surrogate(self._kernel[1], points, scores, self.alpha)

    def _refined(
        self, surrogate: Surrogate, best: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Candidates and their acquisition: everywhere, then ever closer to the best of them."""
        encoding = self._encoding
        candidates = encoding.snapped(rng.random((CANDIDATES, encoding.width)))
        values = self._acquisition(surrogate, candidates)
        for distance in DISTANCES:
            promising = candidates[np.argsort(values, kind="stable")[:CENTRES]]
            near = np.repeat(np.vstack([best, promising]), NEIGHBOURS, axis=0)
            best = best[:0]
            # Some hyperparameters stay as they are: good ones are often found one at a time.
            moved = rng.random(near.shape) < 0.5
            steps = np.where(moved, rng.normal(0.0, distance, near.shape), 0.0)
            near = encoding.snapped(near + steps)
            candidates = np.vstack([candidates, near])
            values = np.concatenate([values, self._acquisition(surrogate, near)])
        return candidates, values

    def _acquisition(self, surrogate: Surrogate, shares: Array) -> Array:
        mean, deviation = surrogate.predict(self._encoding.points(shares))
        return mean - self.beta * deviation
