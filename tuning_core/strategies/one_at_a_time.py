"""One hyperparameter at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from keras_tuner.engine import trial as kt_trial
from keras_tuner.src.engine import oracle as kt_oracle
from typing_extensions import override

from tuning_core.catalog import Value
from tuning_core.catalog.explanation import Explanation
from tuning_core.catalog.hyperparameters import label_of
from tuning_core.space import Choice, Config, Fixed, Parameter, SearchSpace
from tuning_core.space.search_space import starting_values
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.replayable_oracle import ReplayableOracle
from tuning_core.strategies.suggestion import Suggestion


class OneAtATimeStrategy(ReplayableOracle, kt_oracle.Oracle):
    """Sweeps one hyperparameter over its values, keeps the best and goes on to the next.

    The first trial has the defaults, as near as the space allows. Then each sweep, in the order
    of ``spec.sweeps``, tries the values of its hyperparameters (``points`` of a range without a
    step) beside the kept values of the others; a group is swept as one grid. A sweep whose
    hyperparameters are all inactive waits until a kept value makes one active. What was trained
    before is not trained again, a trial without a score is never kept, and of equal scores the
    earlier trial's values stay.
    """

    def __init__(
        self,
        spec: StudySpec,
        order: Sequence[str] | None = None,
        joint: Sequence[Sequence[str]] = (),
        points: int = 5,
    ) -> None:
        super().__init__(spec)
        self._points = points
        self._due = list(spec.sweeps)
        self._kept: dict[str, Value] = starting_values(self.space)
        self._best: float | None = None
        self._better = spec.objective_info.better
        self._sweep: Iterator[Config] = iter([self.space.complete(self._kept)])
        self._swept: tuple[str, ...] = ()
        self._in_sweep: list[Config] = []
        self._leader: Config = {}
        self._scores: dict[str, float | None] = {}

    @override
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        while True:
            for config in self._sweep:
                self._in_sweep.append(config)
                if not self._duplicate(config):
                    return self.running(self.searched_values(config))
            if self.ongoing_trials:
                return {"status": kt_trial.TrialStatus.IDLE}
            for config in self._in_sweep:
                self._consider(config)
            self._in_sweep.clear()
            if not self._next_sweep():
                break
        if self.space.size() != len(self._tried_so_far):
            self.stop_reason = "sweep complete"
        return self.running(None)

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        if not self._swept:
            words = "The defaults, as near as the space allows: this is where the sweeps start."
            return self.explanation(suggestion, "coverage", words)
        config = suggestion.config
        others = [p.name for p in self.space.searched if p.name not in self._swept]
        same = [
            number
            for number, other in self.earlier(suggestion.number).items()
            if all(other.get(name) == config.get(name) for name in others)
        ]
        labels = " and ".join(label_of(name) for name in self._swept)
        words = (
            f"Sweeping {labels}: every value in turn beside the best values so far of the others; "
            f"{len(same):,} of the sweep came before."
        )
        return self.explanation(suggestion, "coverage", words, roles={"same": same})

    def _consider(self, config: Config) -> None:
        """Remember a trained configuration of the sweep when it is the best so far."""
        for trial_id in self.start_order[len(self._scores) :]:
            trial = self.trials[trial_id]
            self._scores[self.space.key(trial.hyperparameters.values)] = trial.score
        score = self._scores[self.space.key(config)]
        if score is not None and self._better(score, self._best):
            self._best, self._leader = score, config

    def _next_sweep(self) -> bool:
        """Keep the best values and begin the next sweep that is due; False when none is left."""
        self._kept.update(self.searched_values(self._leader))
        config = self.space.complete(self._kept)
        for group in self._due:
            if any(self.space.active(name, config) for name in group):
                self._due.remove(group)
                self._swept = tuple(group)
                self._sweep = self._around(set(group))
                return True
        return False

    def _around(self, swept: set[str]) -> Iterator[Config]:
        """The grid of the swept hyperparameters beside the kept values of the others."""

        def narrowed(parameter: Parameter) -> Parameter:
            if parameter.name in swept:
                values = parameter.grid(self._points)
                return Choice(parameter.name, values, when=parameter.when)
            if parameter.searched:
                return Fixed(parameter.name, self._kept[parameter.name], when=parameter.when)
            return parameter

        return SearchSpace([narrowed(p) for p in self.space.parameters]).configurations()
