"""TrainingRequest: one training on demand, the document that What-if and the lessons speak."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from tuning_core.catalog import FAMILIES, OBJECTIVES, Objective
from tuning_core.catalog.hyperparameters import of_family
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE, objectives_for
from tuning_core.space import Config, SpecError, build_space, expected, shown
from tuning_core.space.entries import checked_value, unknown_hyperparameter, unknown_name
from tuning_core.spec.dataset import DatasetSpec, Seed, SpecPart
from tuning_core.spec.validation import check_family, first_problem

MAX_EPOCHS = 1_000
"""Epochs of one training on demand: others wait for it."""

MAX_RAMP_EPOCHS = 20
LEAST_RATE, MOST_RATE = 1e-9, 100.0

View = Literal["inside", "mistakes", "predictions"]


class Ramp(SpecPart):
    """A learning-rate range test, from ``low`` to ``high`` over ``epochs`` epochs.

    Each batch's rate is the same factor above the one before (Smith 2017, "Cyclical Learning Rates
    for Training Neural Networks", section 3.3, with the exponential growth that became usual).
    """

    low: Annotated[float, Field(ge=LEAST_RATE, le=MOST_RATE)] = 1e-6
    high: Annotated[float, Field(ge=LEAST_RATE, le=MOST_RATE)] = 10.0
    epochs: Annotated[int, Field(ge=1, le=MAX_RAMP_EPOCHS)] = 1

    @model_validator(mode="after")
    def _rising(self) -> Ramp:
        if self.high <= self.low:
            raise expected("ramp.high", f"more than the low end {self.low:g}", self.high)
        return self


class TrainingRequest(SpecPart):
    """One training. ``parse_training`` makes one from a document.

    What ``values`` leave out has the family's default. ``trial`` is the number of the trial of a
    study with this ``seed`` whose training this is: the same configuration then learns the same.
    ``views`` are pictures of the network: "inside" while it trains its weights and what each unit
    says over the plane of two features, "mistakes" at the end the validation rows that it gets
    most wrong, "predictions" at the end its answers beside the truth. With a ``ramp`` the rate is
    tested, and nothing else is reported.
    """

    dataset: DatasetSpec
    family: str = "mlp"
    values: dict[str, Any] = Field(default_factory=dict)
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = 10
    seed: Seed = 0
    trial: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    objective: str = ""
    views: tuple[View, ...] = ()
    ramp: Ramp | None = None

    @field_validator("family")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in FAMILIES:
            raise ValueError(unknown_name("model family", value, FAMILIES))
        return value

    @field_validator("views", mode="before")
    @classmethod
    def _each_once(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ValueError(f"expected a list, received {shown(value)}.")
        return tuple(sorted(set(value))) if all(isinstance(v, str) for v in value) else tuple(value)

    @model_validator(mode="after")
    def _whole(self) -> TrainingRequest:
        info = self.dataset.info
        try:
            check_family(self.family, info)
        except SpecError as error:
            raise SpecError("family", error.message) from None
        fitting = objectives_for(info.task, info.classes)
        objective = self.objective or DEFAULT_OBJECTIVE[info.task]
        if objective not in fitting:
            raise expected("objective", f"one of {', '.join(fitting)} for {info.title}", objective)
        self.__dict__["objective"] = objective
        self.__dict__["values"] = checked_values(self.values, self.family, info.task)
        _ = self.config  # Raises where the values do not make a network.
        return self

    @cached_property
    def config(self) -> Config:
        """The whole configuration: defaults added, what has no meaning beside the rest left out."""
        return build_space(self.family, self.values, self.dataset.info.task).complete({})

    @property
    def objective_info(self) -> Objective:
        """What the catalog knows of the objective."""
        return OBJECTIVES[self.objective]

    @cached_property
    def training_key(self) -> str:
        """A name for all but the number of epochs: trainings with one key go on from each other.

        Values that have no meaning beside the others play no part in it.
        """
        content = self.model_dump(mode="json", exclude={"epochs", "values"})
        content["config"] = dict(sorted(self.config.items()))
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def changed(self, **fields: Any) -> TrainingRequest:
        """The same request with other ``fields``; raises SpecError."""
        return parse_training({**self.model_dump(mode="json", exclude_none=True), **fields})

    def __hash__(self) -> int:
        return hash((self.training_key, self.epochs))


def checked_values(values: Mapping[str, Any], family: str, task: str) -> Config:
    """Values of hyperparameters in their own types.

    Raises SpecError for one that the family does not have or that is not a plain value of it.
    """
    known = {hyperparameter.id: hyperparameter for hyperparameter in of_family(family, task)}
    checked: Config = {}
    for name, value in values.items():
        field = f"values.{name}"
        if name not in known:
            raise SpecError(field, unknown_hyperparameter(name, family, task, known))
        if known[name].inherits == "budget.epochs":
            raise SpecError(field, "the number of epochs is a field of its own; leave it out here.")
        checked[name] = checked_value(known[name], value, field)
    return checked


def parse_training(document: Mapping[str, Any]) -> TrainingRequest:
    """The request that a document describes, such as ``{"dataset": {"id": "digits"}}``.

    Raises SpecError, one line that names the field, what was expected and what came instead.
    """
    try:
        return TrainingRequest.model_validate(dict(document))
    except ValidationError as error:
        raise first_problem(error, TrainingRequest) from None
