"""A list of configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras_tuner.engine import trial as kt_trial
from keras_tuner.src.engine import oracle as kt_oracle
from typing_extensions import override

from tuning_core.catalog.explanation import Explanation
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.replayable_oracle import ReplayableOracle
from tuning_core.strategies.suggestion import Suggestion


class ManualStrategy(ReplayableOracle, kt_oracle.Oracle):
    """Trains the listed configurations in their order; the spec has read and checked the list."""

    def __init__(self, spec: StudySpec, configurations: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(spec)
        self._listed = spec.listed
        self._remaining = iter(self._listed)

    @override
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        config = next((c for c in self._remaining if not self._duplicate(c)), None)
        return self.running(None if config is None else self.searched_values(config))

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        words = (
            f"Number {suggestion.number:,} of the list of {len(self._listed):,} configurations "
            "that was given: scores play no part."
        )
        return self.explanation(suggestion, "coverage", words)

    @override
    def create_trial(self, tuner_id: str) -> kt_trial.Trial:
        trial = super().create_trial(tuner_id)
        # The end of the list says more than the budget, which may be as long.
        if trial.status == kt_trial.TrialStatus.STOPPED and self.own_trials == len(self._listed):
            self.stop_reason = "list complete"
        return trial
