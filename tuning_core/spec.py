"""StudySpec: the one JSON document that says everything about a study."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tuning_core.catalog import (
    DATASETS,
    FAMILIES,
    OBJECTIVES,
    STRATEGIES,
    DatasetInfo,
    Objective,
)
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE
from tuning_core.catalog.plan import Plan, hyperband_schedule, plan
from tuning_core.space import SearchSpace, SpecError, build_space, expected, shown
from tuning_core.space.entries import unknown_name
from tuning_core.spec_checks import check_clashes, check_family, check_setting
from tuning_core.spec_json import decode

DEFAULT_TRIALS = 20
MAX_TRIALS = 100_000
MAX_EPOCHS = 10_000
MAX_SECONDS = 30 * 24 * 3600
MAX_SEED = 2**31 - 1
MAX_NAME = 120

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class DatasetSpec(_Part):
    """Which data, and how it is split: shares of all rows for validation and test.

    ``test`` None keeps the test part that the dataset comes with, or 0.1 where it has none.
    """

    id: str
    validation: Annotated[float, Field(gt=0, le=0.8)] = 0.2
    test: Annotated[float, Field(gt=0, le=0.8)] | None = None
    seed: Seed = 0

    @field_validator("id")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in DATASETS:
            raise ValueError(unknown_name("dataset", value, DATASETS))
        return value

    @model_validator(mode="after")
    def _leaves_rows(self) -> DatasetSpec:
        if self.validation + (self.test or 0.0) > 0.9:
            raise SpecError(
                "dataset.validation",
                "expected validation and test to leave a tenth of the rows for training, "
                f"received {self.validation:g} and {self.test:g}.",
            )
        info = DATASETS[self.id]
        rows = info.rows if self.test is None and info.has_test else info.rows + info.test_rows
        for name, share in (("validation", self.validation), ("test", self.test)):
            if share is not None and not round(rows * share):
                what = f"a share that takes at least one of the {rows:,} rows"
                raise expected(f"dataset.{name}", what, share)
        return self


class ModelSpec(_Part):
    """Which family of networks."""

    family: str = "mlp"

    @field_validator("family")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in FAMILIES:
            raise ValueError(unknown_name("model family", value, FAMILIES))
        return value


class StrategySpec(_Part):
    """How the next configuration is chosen; settings left out take their defaults."""

    id: str = "random"
    settings: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> StrategySpec:
        if self.id not in STRATEGIES:
            raise SpecError("strategy.id", unknown_name("strategy", self.id, STRATEGIES))
        info = STRATEGIES[self.id]
        for name, value in self.settings.items():
            check_setting(info, name, value)
        return self

    def setting(self, name: str) -> Any:
        """The value of a setting, or its default."""
        return self.settings.get(name, STRATEGIES[self.id].setting(name).default)


class BudgetSpec(_Part):
    """When to stop: trials, epochs a trial, and optionally seconds of searching in all."""

    trials: Annotated[int, Field(ge=1, le=MAX_TRIALS)] | None = None
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = 10
    seconds: Annotated[float, Field(ge=1, le=MAX_SECONDS)] | None = None


class StudySpec(_Part):
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
    cross_validation: None = None
    early_termination: None = None

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
        if not value.isprintable():
            raise ValueError(f"expected printable text on one line, received {shown(value)}.")
        return value.strip()

    @model_validator(mode="before")
    @classmethod
    def _not_yet(cls, document: Any) -> Any:
        for field in ("cross_validation", "early_termination"):
            if isinstance(document, dict) and document.get(field) is not None:
                raise SpecError(field, "is not available in this version; leave it out.")
        return document

    @model_validator(mode="after")
    def _whole(self) -> StudySpec:
        task = self.dataset_info.task
        check_family(self.model.family, self.dataset_info)
        space = self.search_space
        objective = self.objective or DEFAULT_OBJECTIVE[task]
        if objective not in OBJECTIVES or task not in OBJECTIVES[objective].tasks:
            fitting = [o.id for o in OBJECTIVES.values() if task in o.tasks]
            raise expected("objective", f"one of {', '.join(fitting)} for {task}", objective)
        check_clashes(space, self.strategy.id, objective)
        self.__dict__["objective"] = objective
        if self.budget.trials is None:
            trials = min(_natural_trials(self, space), MAX_TRIALS)
            budget = self.budget.model_copy(update={"trials": trials})
            self.__dict__["budget"] = budget
        if not self.name:
            title = STRATEGIES[self.strategy.id].title
            self.__dict__["name"] = f"{self.dataset_info.title}, {title.lower()}"
        return self

    @cached_property
    def search_space(self) -> SearchSpace:
        """The space with every hyperparameter of the model family."""
        return build_space(self.model.family, self.space, self.dataset_info.task)

    @property
    def dataset_info(self) -> DatasetInfo:
        """What the catalog knows of the dataset."""
        return DATASETS[self.dataset.id]

    @property
    def objective_info(self) -> Objective:
        """What the catalog knows of the objective."""
        return OBJECTIVES[self.objective]

    @property
    def trials(self) -> int:
        """The largest number of trials."""
        assert self.budget.trials is not None
        return self.budget.trials

    @property
    def epochs(self) -> int:
        """The largest number of epochs of a trial."""
        if "epochs" not in self.search_space:
            return self.budget.epochs
        values = self.search_space["epochs"].values() or (self.budget.epochs,)
        return max(int(value) for value in values)

    def reachable(self) -> int | None:
        """Configurations that the strategy can reach in this space, None for no end of them."""
        if self.strategy.id == "grid":
            return self.search_space.grid_size(int(self.strategy.setting("points")))
        return self.search_space.size()

    def plan(self) -> Plan:
        """What the study will do at most."""
        info = STRATEGIES[self.strategy.id]
        given = {setting.id: self.strategy.setting(setting.id) for setting in info.settings}
        return plan(
            strategy=self.strategy.id,
            settings={name: value for name, value in given.items() if value is not None},
            trials=self.trials,
            epochs=self.epochs,
            repeats=self.repeats,
            space_size=self.reachable(),
        )

    def to_json(self) -> str:
        """The whole spec, every default written out, as indented JSON."""
        return json.dumps(self.model_dump(mode="json", exclude_none=True), indent=1)


def parse_spec(document: str | bytes | dict[str, Any]) -> StudySpec:
    """The study that a JSON document describes.

    Raises SpecError, whose text is one line that names the field, what was expected and what
    came instead.
    """
    content = document if isinstance(document, dict) else decode(document)
    try:
        return StudySpec.model_validate(content)
    except ValidationError as error:
        raise _first(error) from None


def _first(error: ValidationError) -> SpecError:
    """The first problem that pydantic found, as a SpecError."""
    problem = error.errors(include_url=False)[0]
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, SpecError):
        return cause
    field = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-"))
    field = field or "spec"
    if isinstance(cause, ValueError):
        return SpecError(field, str(cause))
    kind, value = problem["type"], problem.get("input")
    if kind == "missing":
        return SpecError(field, "is missing.")
    if kind == "extra_forbidden":
        *parents, name = (str(part) for part in problem["loc"])
        model: Any = StudySpec
        for parent in parents:
            model = model.model_fields[parent].annotation
        return SpecError(field, unknown_name("field", name, model.model_fields))
    return expected(
        field, _WHAT.get(kind, "").format(**problem.get("ctx", {})) or problem["msg"], value
    )


_WHAT = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "string_unicode": "text",
    "string_too_long": "at most {max_length} characters",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
}


def _natural_trials(spec: StudySpec, space: SearchSpace) -> int:
    """Trials when the budget names none: the whole of what has a size of its own."""
    if spec.strategy.id == "grid":
        return space.grid_size(int(spec.strategy.setting("points")))
    if spec.strategy.id == "hyperband":
        rounds = hyperband_schedule(
            spec.budget.epochs,
            int(spec.strategy.setting("factor")),
            int(spec.strategy.setting("iterations")),
        )
        return sum(item.size for item in rounds)
    return DEFAULT_TRIALS
