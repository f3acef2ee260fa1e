"""The parts of a spec that say how a study searches: strategy, evaluation and budget."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from tuning_core.catalog import STRATEGIES, TERMINATION_RULES, Objective, StrategyInfo
from tuning_core.catalog.limits import LIMITS
from tuning_core.space import SpecError, expected
from tuning_core.space.entries import unknown_name
from tuning_core.spec.dataset import SpecPart
from tuning_core.spec.validation import check_settings

DEFAULT_STRATEGY = "random"
MAX_TRIALS = int(LIMITS["trials"].most)
MAX_EPOCHS = int(LIMITS["epochs"].most)
MOST_LANES = 64
"""Trials of a study that may run side by side."""
LEAST_SETTLED = 6
"""Trials before which nothing can be said of those to come."""
MAX_SECONDS = int(LIMITS["study_seconds"].most)


class StrategySpec(SpecPart):
    """How the next configuration is chosen; settings left out take their defaults."""

    id: str = DEFAULT_STRATEGY
    settings: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> StrategySpec:
        if self.id not in STRATEGIES:
            raise SpecError("strategy.id", unknown_name("strategy", self.id, STRATEGIES))
        check_settings(self.info, self.settings, "strategy")
        return self

    @property
    def info(self) -> StrategyInfo:
        """What the catalog knows of the strategy."""
        return STRATEGIES[self.id]

    def setting(self, name: str) -> Any:
        """The value of a setting, or its default."""
        return self.settings.get(name, self.info.setting(name).default)


class CrossValidationSpec(SpecPart):
    """Every configuration is trained once for each fold, on the rows of the others.

    Folds cover all rows outside the test part; the validation share is then ignored.
    """

    folds: Annotated[int, Field(ge=2, le=20)]


class EarlyTerminationSpec(SpecPart):
    """When a trial ends because others did better by then."""

    rule: str
    settings: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> EarlyTerminationSpec:
        if self.rule not in TERMINATION_RULES:
            raise SpecError(
                "early_termination.rule", unknown_name("rule", self.rule, TERMINATION_RULES)
            )
        check_settings(TERMINATION_RULES[self.rule], self.settings, "early_termination")
        return self

    def setting(self, name: str) -> Any:
        """The value of a setting, or its default."""
        return self.settings.get(name, TERMINATION_RULES[self.rule].setting(name).default)


class SettledSpec(SpecPart):
    """End once more trials are expected to gain less than seeds alone make."""

    trials: Annotated[int, Field(ge=LEAST_SETTLED, le=MAX_TRIALS)] = 20
    """The fewest trials before that."""


class BudgetSpec(SpecPart):
    """When to stop: trials, epochs a trial, and optionally seconds of searching in all.

    Before that, a search ends when a trial's score reaches ``target``, or when it is ``settled``.
    """

    trials: Annotated[int, Field(ge=1, le=MAX_TRIALS)] | None = None
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = 10
    seconds: Annotated[float, Field(ge=1, le=MAX_SECONDS)] | None = None
    target: float | None = None
    settled: SettledSpec | None = None

    @field_validator("settled", mode="before")
    @classmethod
    def _on(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return SettledSpec() if value else None
        return value

    @property
    def ends_early(self) -> bool:
        """Whether scores may end the search before its trials are done."""
        return self.target is not None or self.settled is not None

    def check(
        self, objective: Objective, strategy: StrategyInfo, executions: int, *, own: bool
    ) -> None:
        """Raises SpecError where an end by scores has no meaning.

        ``executions`` are the trainings of a trial, ``own`` metrics are of any range.
        """
        low, high = objective.low, objective.high
        if self.target is not None and not own and not low <= self.target <= high:
            range_ = f"from {low:g} to {high:g}"
            if math.isinf(low) or math.isinf(high):
                range_ = f"of {low:g} or more" if math.isinf(high) else f"of {high:g} or less"
            raise expected("budget.target", f"a score {range_} for {objective.id}", self.target)
        if self.settled is None:
            return
        if strategy.never_settles:
            raise SpecError("budget.settled", strategy.never_settles)
        if executions == 1 and (own or objective.metric != "accuracy"):
            raise SpecError(
                "budget.settled",
                "nothing says what seeds alone make of a score: give repeats (3, say) or "
                "cross_validation. Without them it is known of val_accuracy alone, by the number "
                "of its validation rows.",
            )
