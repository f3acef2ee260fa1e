"""StudySpec: the one JSON document that says everything about a study."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from tuning_core.catalog import (
    OBJECTIVES,
    DatasetInfo,
    Extent,
    Hyperparameter,
    Objective,
    Value,
)
from tuning_core.catalog.hyperparameters import completed
from tuning_core.catalog.objectives import (
    DEFAULT_OBJECTIVE,
    metrics_for,
    objective_named,
    objectives_for,
    usual_objective,
)
from tuning_core.space import Config, SearchSpace, SpecError, expected, space_of
from tuning_core.spec.dataset import DatasetSpec, Seed, SpecPart
from tuning_core.spec.earlier import EarlierStudies, FirstTrials, first_configs
from tuning_core.spec.manual import Listing, listing
from tuning_core.spec.model import (
    MAX_METRICS,
    Ability,
    Declared,
    Direction,
    MetricName,
    ModelSpec,
    SourceSpec,
    abilities,
)
from tuning_core.spec.parts import (
    MAX_TRIALS,
    MOST_LANES,
    BudgetSpec,
    CrossValidationSpec,
    EarlyTerminationSpec,
    StrategySpec,
)
from tuning_core.spec.plan import (
    Group,
    Plan,
    bracket_rounds,
    epochs_in_all,
    natural_trials,
    plan,
    reachable,
    sweep_groups,
)
from tuning_core.spec.validation import (
    MAX_NAME,
    check_clashes,
    check_family,
    decode,
    first_problem,
    study_name,
)


class StudySpec(SpecPart):
    """A study. ``parse_spec`` makes one from JSON; ``to_json`` writes it in full."""

    version: Literal[1] = 1
    name: Annotated[str, Field(max_length=MAX_NAME)] = ""
    seed: Seed = 0
    dataset: DatasetSpec
    model: ModelSpec = Field(default_factory=ModelSpec)
    space: dict[str, Any] = Field(default_factory=dict)
    strategy: StrategySpec = Field(default_factory=StrategySpec)
    objective: str = ""
    budget: BudgetSpec = Field(default_factory=BudgetSpec)
    repeats: Annotated[int, Field(ge=1, le=20)] = 1
    parallel: Annotated[int, Field(ge=1, le=MOST_LANES)] = 1
    cross_validation: CrossValidationSpec | None = None
    early_termination: EarlyTerminationSpec | None = None
    earlier: EarlierStudies | None = None
    first: FirstTrials | None = None
    metrics: Annotated[dict[MetricName, Direction], Field(max_length=MAX_METRICS)] | None = None
    source: SourceSpec | None = None

    @field_validator("version", mode="before")
    @classmethod
    def _integer(cls, value: Any) -> Any:
        # For Literal, true and 1.0 are 1.
        if not isinstance(value, int) or isinstance(value, bool):
            raise expected("version", "1", value)
        return value

    @field_validator("name")
    @classmethod
    def _printable(cls, value: str) -> str:
        return study_name(value) if value.strip() else ""

    @model_validator(mode="after")
    def _whole(self) -> StudySpec:
        check_family(self.model.family, self.dataset_info)
        self._check_own()
        space = self.search_space
        objective = self._chosen_objective()
        check_clashes(space, self.strategy.info, objective)
        named = objective_named(objective, (self.metrics or {}).get(objective))
        own = self.metrics is not None
        self.budget.check(named, self.strategy.info, self.executions, own=own)
        if self.strategy.info.extent is Extent.SWEEPS:
            _ = self.sweeps  # Raises for names that the space does not search.
        self.__dict__["objective"] = objective
        _ = first_configs(self)  # Raises for what no network of the family can have.
        if self.budget.trials is None:
            trials = min(natural_trials(self), MAX_TRIALS)
            budget = self.budget.model_copy(update={"trials": trials})
            self.__dict__["budget"] = budget
        if not self.name:
            title = self.strategy.info.title
            self.__dict__["name"] = f"{self.dataset_info.title}, {title.lower()}"
        return self

    def _check_own(self) -> None:
        """What belongs to models of one's own, and to records of other tools, and only there."""
        if self.model.own and not self.metrics:
            raise SpecError("metrics", "is missing: what a model of your own reports.")
        if not self.model.own:
            for field in ("metrics", "source"):
                if getattr(self, field) is not None:
                    raise SpecError(field, "is for models of your own; leave it out.")
        epochs = self._declared_epochs
        if self.source is None and epochs is not None and not epochs.counts:
            raise SpecError(
                "model.declared.epochs",
                "expected numbers from 1, being the epochs of a trial; give a hyperparameter of "
                "another meaning another name.",
            )
        if self.dataset.recorded and self.source is None:
            raise SpecError("dataset.id", "rows of another tool cannot be trained on here.")

    def _chosen_objective(self) -> str:
        info, task = self.dataset_info, self.dataset_info.task
        if self.metrics is not None:
            objective = self.objective or usual_objective(self.metrics)
            if objective not in self.metrics:
                raise expected("objective", f"one of {', '.join(self.metrics)}", objective)
            return objective
        objective = self.objective or DEFAULT_OBJECTIVE[task]
        fitting = objectives_for(task, info.classes)
        if objective not in fitting:
            what = f"{info.classes} classes" if objective in OBJECTIVES and info.classes else task
            raise expected("objective", f"one of {', '.join(fitting)} for {what}", objective)
        return objective

    @cached_property
    def search_space(self) -> SearchSpace:
        """The space with every hyperparameter of the model family."""
        if self.strategy.info.extent is Extent.LIST:
            return self._listing.space
        return space_of(self.known, self.space, self.model.family, self.dataset_info.task)

    @cached_property
    def known(self) -> dict[str, Hyperparameter]:
        """The hyperparameters that its networks have, by name."""
        return self.model.known(self.dataset_info.task)

    def label(self, hyperparameter: str) -> str:
        """What the pages call a hyperparameter within a sentence; of one's own models, its name."""
        known = self.known.get(hyperparameter)
        return hyperparameter if known is None else known.name

    def in_effect(self, config: Mapping[str, Value]) -> dict[str, Value]:
        """A configuration with the default of each hyperparameter that it lacks."""
        return completed(config, self.known.values())

    @property
    def abilities(self) -> frozenset[Ability]:
        """What can be asked of the study beside looking at its records."""
        return abilities(recorded=self.source is not None, own=self.model.own)

    @property
    def reported(self) -> tuple[str, ...]:
        """The metrics that an epoch reports, in the order in which a page shows them."""
        if self.metrics is None:
            return metrics_for(self.dataset_info.task, self.dataset_info.classes)
        return tuple(dict.fromkeys(name.removeprefix("val_") for name in self.metrics))

    def lower_is_better(self, metric: str) -> bool:
        """Whether the smallest value of a reported metric is the best."""
        if self.metrics is None:
            return OBJECTIVES[f"val_{metric}"].direction == "min"
        return (self.metrics.get(f"val_{metric}") or self.metrics.get(metric)) == "min"

    @property
    def listed(self) -> tuple[Config, ...]:
        """The configurations of a strategy that lists them, in full."""
        return self._listing.configs

    @cached_property
    def sweeps(self) -> tuple[Group, ...]:
        """The hyperparameters of each sweep of a strategy that makes them."""
        order, joint = self.strategy.setting("order"), self.strategy.setting("joint")
        return sweep_groups(self.search_space, order, joint)

    @property
    def dataset_info(self) -> DatasetInfo:
        """What is known of the dataset before it is loaded."""
        return self.dataset.info

    @property
    def objective_info(self) -> Objective:
        """What the catalog knows of the objective."""
        return objective_named(self.objective, (self.metrics or {}).get(self.objective))

    @property
    def folds(self) -> int:
        """Parts that take turns as the validation part; 1 without cross-validation."""
        return 1 if self.cross_validation is None else self.cross_validation.folds

    @property
    def executions(self) -> int:
        """Trainings of one trial: repeats times folds."""
        return self.repeats * self.folds

    @property
    def trials(self) -> int:
        """The largest number of trials."""
        assert self.budget.trials is not None
        return self.budget.trials

    @property
    def counts_epochs(self) -> bool:
        """Whether a hyperparameter says how many epochs; recorded ones may mean anything."""
        declared = self._declared_epochs
        return "epochs" in self.search_space and (declared is None or declared.counts)

    @property
    def _declared_epochs(self) -> Declared | None:
        return (self.model.declared or {}).get("epochs")

    @property
    def epochs(self) -> int:
        """The largest number of epochs of a trial."""
        if not self.counts_epochs:
            return self.budget.epochs
        largest = int(self.search_space["epochs"].quantile(1.0))
        # Where they have no part in a configuration, the budget's hold.
        return max(largest, self.budget.epochs) if self.search_space["epochs"].when else largest

    def reachable(self) -> int | None:
        """Configurations that the strategy can reach in this space, None for no end of them."""
        return reachable(self)

    def plan(self) -> Plan:
        """What the study will do at most."""
        return plan(
            trials=self.trials,
            epochs=self.epochs,
            repeats=self.executions,
            space_size=self.reachable(),
            epochs_in_all=self._epochs_in_all,
            rounds=bracket_rounds(self),
        )

    @cached_property
    def _epochs_in_all(self) -> int | None:
        return epochs_in_all(self)

    @cached_property
    def _listing(self) -> Listing:
        return listing(
            self.known,
            self.model.family,
            self.space,
            self.dataset_info.task,
            self.strategy.setting("configurations"),
            self.budget.epochs,
        )

    def to_json(self) -> str:
        """The whole spec, every default written out, as indented JSON."""
        return json.dumps(self.model_dump(mode="json", exclude_none=True), indent=1)


def parse_spec(document: str | bytes | dict[str, Any], *, local_files: bool = False) -> StudySpec:
    """The study that a JSON document describes.

    ``local_files`` accepts ``table:PATH`` as its dataset: for the command line and for recorded
    studies, never for what a page, a link or an import brings. Raises SpecError, whose text is
    one line that names the field, what was expected and what came instead.
    """
    content = document if isinstance(document, dict) else decode(document)
    try:
        return StudySpec.model_validate(content, context={"local_files": local_files})
    except ValidationError as error:
        raise first_problem(error, StudySpec) from None
