"""Which networks a study trains, and what is declared of those that the catalog does not know."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from tuning_core.catalog import FAMILIES, Hyperparameter, Value
from tuning_core.catalog.hyperparameters import known_to
from tuning_core.space import SpecError, expected
from tuning_core.space.entries import MAX_CHOICES
from tuning_core.space.parameters import Scale
from tuning_core.spec.dataset import SpecPart
from tuning_core.spec.validation import known_family

OWN = "own"
"""The family of models of one's own."""
MAX_DECLARED = 1_000
"""Hyperparameters of one model."""

MAX_METRICS = 200
"""Numbers that an epoch may report."""

Direction = Literal["min", "max"]
HyperparameterName = Annotated[str, Field(min_length=1, max_length=200)]
MetricName = Annotated[str, Field(min_length=1, max_length=100, pattern=r'^[^"\\\x00-\x1f\x7f]+$')]
Choices = Annotated[list[Value], Field(min_length=1, max_length=MAX_CHOICES)]
Sentence = Annotated[str, Field(max_length=1_000)]


class Ability(StrEnum):
    """What can be asked of a study beside looking at its records."""

    TRAIN = "train"
    """To go on: launch, resume, edit, confirm, a trial of one's own."""
    MODEL = "model"
    """Its best model: download, reveal, export."""
    ROWS = "rows"
    """What the best model says to single rows: predictions, mistakes, explanations."""
    WHAT_IF = "what_if"
    """Its settings in What-if, and as the beginning of a new study."""


class Declared(SpecPart):
    """A hyperparameter that a model of one's own, or another tool's search, declares.

    Numbers lie from ``low`` to ``high``, in ``step``s on ``scale`` as in a space; a choice has
    ``choices`` of any kind. ``default`` None: nobody knows it.
    """

    kind: Literal["integer", "float", "choice", "boolean"]
    default: Value | None = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    scale: Scale = "linear"
    choices: Choices | None = None
    when: dict[HyperparameterName, Choices] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Declared:
        if self.kind in ("integer", "float"):
            if self.low is None or self.high is None or self.low > self.high:
                raise ValueError("expected low and high, low at most high.")
            if isinstance(self.default, str):
                raise ValueError("expected a number as the default.")
        elif self.kind == "choice" and not self.choices:
            raise ValueError("expected choices.")
        return self

    @property
    def counts(self) -> bool:
        """Whether each of its values is a number from 1, as of epochs."""
        if self.low is not None:
            return self.low >= 1
        return all(not isinstance(v, str | bool) and v >= 1 for v in self.choices or (False,))

    def hyperparameter(self, name: str) -> Hyperparameter:
        """What a form, a chart and a space need to know of it."""
        number = self.kind in ("integer", "float")
        whole = int if self.kind == "integer" else float
        entry: dict[str, Any] = {"choices": list(self.choices or ()) or [False, True]}
        if number:
            assert self.low is not None
            assert self.high is not None
            entry = {"low": whole(self.low), "high": whole(self.high), "scale": self.scale}
            if self.step is not None:
                entry["step"] = whole(self.step) if self.scale == "linear" else self.step
        start = self.default
        if start is None:
            start = entry["low"] if number else entry["choices"][0]
        return Hyperparameter(
            id=name,
            label=name,
            group="declared",
            kind=self.kind,
            default=start,
            help="",
            order=1,
            suggested=entry,
            low=self.low,
            high=self.high,
            choices=tuple(self.choices or ()),
            families=(),
            when={parent: tuple(values) for parent, values in self.when.items()},
            declared=True,
        )


class ModelSpec(SpecPart):
    """Which family of networks.

    ``name`` is what builds a model of one's own, in its file; what it has is ``declared``.
    """

    family: str = "mlp"
    name: Annotated[str, Field(max_length=200)] | None = None
    declared: (
        Annotated[dict[HyperparameterName, Declared], Field(max_length=MAX_DECLARED)] | None
    ) = None

    @field_validator("family")
    @classmethod
    def _known(cls, value: str) -> str:
        return known_family(value, FAMILIES)

    @model_validator(mode="after")
    def _whole(self) -> ModelSpec:
        if self.own and self.declared is None:
            raise SpecError(
                "model.declared",
                "is missing: what a model of your own declares is found in its file. Run with "
                "--model FILE.py:NAME.",
            )
        for field in ("name", "declared"):
            if not self.own and getattr(self, field) is not None:
                raise SpecError(
                    f"model.{field}", "is for a model of your own (family own); leave it out."
                )
        return self

    @property
    def own(self) -> bool:
        """Whether the study itself says what its models have."""
        return FAMILIES[self.family].declares

    def known(self, task: str) -> dict[str, Hyperparameter]:
        """The hyperparameters by name, in the order in which a form lists them."""
        if self.declared is None:
            return known_to(self.family, task)
        return {name: each.hyperparameter(name) for name, each in self.declared.items()}


class SourceSpec(SpecPart):
    """Where a study was recorded, if not here: nobody can go on with it from here.

    ``search`` is what chose its trials, as that tool calls it; ``notes`` has a sentence for each
    thing that it does not say.
    """

    tool: Literal["keras_tuner", "optuna", "tensorboard", "csv", "watch"]
    search: Annotated[str, Field(max_length=200)] = ""
    notes: Annotated[list[Sentence], Field(max_length=20)] = Field(default_factory=list)

    @property
    def label(self) -> str:
        """The tool's name within a sentence."""
        return TOOLS[self.tool]

    @field_validator("search")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise expected("source.search", "printable text", value)
        return value


TOOLS = {
    "keras_tuner": "Keras Tuner",
    "optuna": "Optuna",
    "tensorboard": "TensorBoard",
    "csv": "a table",
    "watch": "a script as it ran",
}
"""What each tool of a source is called within a sentence."""


def abilities(*, recorded: bool, own: bool) -> frozenset[Ability]:
    """What can be asked of a study beside looking at its records."""
    if recorded:
        return frozenset()
    return frozenset({Ability.TRAIN, Ability.MODEL}) if own else frozenset(Ability)


def abilities_of(spec: Mapping[str, Any]) -> frozenset[Ability]:
    """What can be asked of a recorded study, whose spec is a plain JSON object."""
    own = bool((spec.get("model") or {}).get("declared"))
    return abilities(recorded=bool(spec.get("source")), own=own)
