"""Grid search."""

from __future__ import annotations

from typing import Any

from keras_tuner.engine import trial as kt_trial
from keras_tuner.oracles import GridSearchOracle
from typing_extensions import override

from tuning_core.catalog.explanation import Explanation
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.replayable_oracle import ReplayableOracle
from tuning_core.strategies.suggestion import Suggestion


class GridStrategy(ReplayableOracle, GridSearchOracle):
    """Tries every combination once, the first hyperparameter varying slowest.

    ``points`` values stand for a range without a step, its ends included. Keras Tuner walks its
    grid along a queue of trials that it does not save; here the next combination is the first
    one of the product that no trial has.
    """

    def __init__(self, spec: StudySpec, points: int = 5) -> None:
        super().__init__(spec)
        self._points = points
        self._remaining = self.space.configurations(points)

    @override
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        config = next((c for c in self._remaining if not self._duplicate(c)), None)
        if config is not None:
            return self.running(self.searched_values(config))
        if self.space.size() != len(self._tried_so_far):
            self.stop_reason = "grid complete"
        return self.running(None)

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        size = self.space.grid_size(self._points)
        words = (
            f"The next combination of the grid that no trial has had, {suggestion.number:,} of "
            f"{size:,}: scores play no part."
        )
        return self.explanation(suggestion, "coverage", words)

    @override
    def end_trial(self, trial: kt_trial.Trial) -> None:
        super().end_trial(trial)
        self._populate_next.clear()
