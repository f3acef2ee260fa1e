"""TrainingRequest: one training on demand, the document that What-if and the lessons speak."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError, field_validator, model_validator

from tuning_core.catalog import FAMILIES, OBJECTIVES, Objective
from tuning_core.catalog.hyperparameters import known_to
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE, objectives_for
from tuning_core.space import Config, SpecError, build_space, expected, shown
from tuning_core.space.entries import checked_value, unknown_hyperparameter
from tuning_core.spec.dataset import DatasetSpec, Seed, SpecPart
from tuning_core.spec.looks import Landscape, Ramp
from tuning_core.spec.validation import check_family, first_problem, known_family
from tuning_core.spec.weights import MOST_SET, SetWeight, check_weights

MAX_EPOCHS = 1_000
"""Epochs of one training on demand: others wait for it."""

MOST_CHANGES = 20
View = Literal["importance", "inside", "mistakes", "predictions"]


class Change(SpecPart):
    """Other ``values`` of hyperparameters from ``epoch`` epochs on, while the training goes on.

    Some ``weights`` may be set then, too; what follows changes them like the others.
    """

    epoch: Annotated[int, Field(ge=1, le=MAX_EPOCHS)]
    values: dict[str, Any] = Field(default_factory=dict)
    weights: list[SetWeight] = Field(default_factory=list, max_length=MOST_SET)


class Segment(NamedTuple):
    """The epochs ``first`` + 1 to ``last`` of a training, which have one configuration.

    They begin with these ``weights`` set. ``key`` names the training up to them: two with one key
    are the same as far as both go.
    """

    first: int
    last: int
    config: Config
    key: str
    weights: Sequence[SetWeight] = ()


class TrainingRequest(SpecPart):
    """One training. ``parse_training`` makes one from a document.

    What ``values`` leave out has the family's default. ``changes`` are made under way, in order;
    each holds until the next. ``trial`` is the number of the trial of a
    study with this ``seed`` whose training this is: the same configuration then learns the same.
    ``views`` are pictures of the network: "inside" while it trains its weights and what each unit
    says over the plane of two features, "mistakes" at the end the validation rows that it gets
    most wrong, "predictions" at the end its answers beside the truth, "importance" what it loses
    without a column or a filter. With a ``ramp`` the rate is tested, and nothing else is reported.
    With a ``landscape`` the view "landscape" is that of the end.
    """

    dataset: DatasetSpec
    family: str = "mlp"
    values: dict[str, Any] = Field(default_factory=dict)
    changes: tuple[Change, ...] = Field(default=(), max_length=MOST_CHANGES)
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = 10
    seed: Seed = 0
    trial: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    objective: str = ""
    views: tuple[View, ...] = ()
    ramp: Ramp | None = None
    landscape: Landscape | None = None

    @field_validator("family")
    @classmethod
    def _known(cls, value: str) -> str:
        # What a model of somebody's own declares is in the spec of a study, not here.
        return known_family(value, [f.id for f in FAMILIES.values() if not f.declares])

    @field_validator("views", mode="before")
    @classmethod
    def _each_once(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ValueError(f"expected a list, received {shown(value)}.")
        return tuple(sorted(set(value))) if all(isinstance(v, str) for v in value) else tuple(value)

    @field_validator("changes", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ValueError(f"expected a list, received {shown(value)}.")
        return tuple(value)

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
        self.__dict__["changes"] = self._checked_changes(info.task)
        if self.landscape is not None and self.ramp is not None:
            raise expected("landscape", "none beside a ramp", self.landscape.plane)
        _ = self.beside
        config = self.config  # Raises where the values do not make a network.
        for place, change in enumerate(self.changes):
            check_weights(change.weights, config, info, f"changes.{place}.weights")
        return self

    def _checked_changes(self, task: str) -> tuple[Change, ...]:
        if self.changes and self.ramp is not None:
            raise SpecError("changes", "a test of learning rates has none; leave them out.")
        before, checked = 0, []
        for place, change in enumerate(self.changes):
            field = f"changes.{place}"
            if change.epoch <= before:
                what = f"more than {before}, the epoch of the change before"
                raise expected(f"{field}.epoch", what, change.epoch)
            if change.epoch >= self.epochs:
                what = f"less than the {self.epochs} epochs of the training"
                raise expected(f"{field}.epoch", what, change.epoch)
            if not change.values and not change.weights:
                raise expected(f"{field}.values", "at least 1 item, or weights", change.values)
            values = checked_values(change.values, self.family, task, f"{field}.values")
            for name in values:
                _check_under_way(name, self.family, task, f"{field}.values.{name}")
            before = change.epoch
            checked.append(change.model_copy(update={"values": values}))
        return tuple(checked)

    @property
    def config(self) -> Config:
        """The whole configuration at the start: defaults added, what has no meaning left out."""
        return self.segments[0].config

    @property
    def last_values(self) -> dict[str, Any]:
        """``values`` as the changes leave them."""
        values = dict(self.values)
        for change in self.changes:
            values |= change.values
        return values

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The training, cut where its configuration changes or a weight is set."""
        task, values = self.dataset.info.task, dict(self.values)
        starts = [(0, build_space(self.family, values, task).complete({}), list[SetWeight]())]
        for change in self.changes:
            values |= change.values
            config = build_space(self.family, values, task).complete({})
            if config != starts[-1][1] or change.weights:
                starts.append((change.epoch, config, change.weights))
        content = self.model_dump(mode="json", exclude={"epochs", "values", "changes"})
        segments = []
        for (first, config, weights), (last, *_) in pairwise([*starts, (self.epochs, {}, [])]):
            done = [] if not first else [*content.get("configs", [])]
            given = [one.model_dump() for one in weights]
            content["configs"] = [*done, [first, dict(sorted(config.items())), *given]]
            text = json.dumps(content, sort_keys=True)
            key = hashlib.sha256(text.encode()).hexdigest()[:32]
            segments.append(Segment(first, last, config, key, weights))
        return tuple(segments)

    @property
    def objective_info(self) -> Objective:
        """What the catalog knows of the objective."""
        return OBJECTIVES[self.objective]

    @property
    def training_key(self) -> str:
        """A name for all but the number of epochs: trainings with one key go on from each other.

        Values that have no meaning beside the others play no part in it.
        """
        return self.segments[-1].key

    def shared_epochs(self, other: TrainingRequest) -> int:
        """The number of epochs, from the first, in which this and another training are the same."""
        shared = 0
        for mine, others in zip(self.segments, other.segments, strict=False):
            if mine.key != others.key:
                break
            shared = min(mine.last, others.last)
        return shared

    def from_the_start(self) -> TrainingRequest:
        """The training that has from its start what this one has at its end."""
        return self.changed(values=self.last_values, changes=[])

    @cached_property
    def beside(self) -> tuple[TrainingRequest, ...]:
        """The other runs in its landscape, on the same data. Raises SpecError."""
        found = []
        for number, run in enumerate(self.landscape.runs if self.landscape is not None else ()):
            field = f"landscape.runs.{number}"
            if run.get("landscape") is not None or run.get("ramp") is not None:
                raise SpecError(field, "expected a training with neither landscape nor ramp.")
            try:
                request = parse_training(run)
            except SpecError as error:
                raise SpecError(f"{field}.{error.field}", error.message) from None
            if request.dataset != self.dataset:
                raise expected(f"{field}.dataset", "that of the training", request.dataset.id)
            found.append(request)
        return tuple(found)

    @property
    def alone(self) -> TrainingRequest:
        """The training itself, without what is looked at."""
        return self.changed(views=[], landscape=None)

    def document(self) -> dict[str, Any]:
        """The document that describes it."""
        return self.model_dump(mode="json", exclude_none=True)

    def changed(self, **fields: Any) -> TrainingRequest:
        """The same request with other ``fields``; raises SpecError."""
        return parse_training({**self.document(), **fields})

    def __hash__(self) -> int:
        return hash((self.training_key, self.epochs))


def checked_values(
    values: Mapping[str, Any], family: str, task: str, part: str = "values"
) -> Config:
    """Values of hyperparameters in their own types; ``part`` is where they stand.

    Raises SpecError for one that the family does not have or that is not a plain value of it.
    """
    known = known_to(family, task)
    checked: Config = {}
    for name, value in values.items():
        field = f"{part}.{name}"
        if name not in known:
            raise SpecError(field, unknown_hyperparameter(name, family, task, known))
        if known[name].inherits == "budget.epochs":
            raise SpecError(field, "the number of epochs is a field of its own; leave it out here.")
        checked[name] = checked_value(known[name], value, field)
    return checked


def _check_under_way(name: str, family: str, task: str, field: str) -> None:
    known = known_to(family, task)
    if not known[name].under_way:
        can = ", ".join(id for id, other in known.items() if other.under_way)
        raise SpecError(
            field, f"{known[name].name} is fixed while a network trains. These can change: {can}."
        )


def parse_training(document: Mapping[str, Any]) -> TrainingRequest:
    """The request that a document describes, such as ``{"dataset": {"id": "digits"}}``.

    Raises SpecError, one line that names the field, what was expected and what came instead.
    """
    try:
        return TrainingRequest.model_validate(dict(document))
    except ValidationError as error:
        raise first_problem(error, TrainingRequest) from None
