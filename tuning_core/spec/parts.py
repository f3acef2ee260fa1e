"""The parts of a spec that say how a study searches: strategy, evaluation and budget."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from tuning_core.catalog import STRATEGIES, TERMINATION_RULES, StrategyInfo
from tuning_core.catalog.limits import LIMITS
from tuning_core.space import SpecError
from tuning_core.space.entries import unknown_name
from tuning_core.spec.dataset import SpecPart
from tuning_core.spec.validation import check_settings

DEFAULT_STRATEGY = "random"
MAX_TRIALS = int(LIMITS["trials"].most)
MAX_EPOCHS = int(LIMITS["epochs"].most)
MOST_LANES = 64
"""Trials of a study that may run side by side."""
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


class BudgetSpec(SpecPart):
    """When to stop: trials, epochs a trial, and optionally seconds of searching in all."""

    trials: Annotated[int, Field(ge=1, le=MAX_TRIALS)] | None = None
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = 10
    seconds: Annotated[float, Field(ge=1, le=MAX_SECONDS)] | None = None
