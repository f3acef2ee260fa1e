"""What a study learns from earlier ones: configurations of theirs that it begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tuning_core.catalog import Value
from tuning_core.space import Config, Range, SearchSpace, SpecError
from tuning_core.spec.dataset import SpecPart

if TYPE_CHECKING:
    from tuning_core.spec.study import StudySpec

MOST_EARLIER, MOST_FIRST = 10, 20
"""Studies that one learns from, and configurations that it begins with."""

Word = Annotated[str, Field(max_length=200)]


class FirstTrial(SpecPart):
    """A configuration that a search begins with, beside its budget.

    ``trial`` of ``study`` reached ``score`` with it; ``moved`` names the hyperparameters that were
    brought into the ranges of this study.
    """

    values: Annotated[dict[Word, Any], Field(max_length=200)]
    study: Word = ""
    name: Word = ""
    trial: Annotated[int, Field(ge=1)] | None = None
    score: float | None = None
    moved: Annotated[list[Word], Field(max_length=200)] = Field(default_factory=list)


EarlierStudies = Annotated[list[Word], Field(min_length=1, max_length=MOST_EARLIER)]
FirstTrials = Annotated[list[FirstTrial], Field(max_length=MOST_FIRST)]


def first_configs(spec: StudySpec) -> list[Config]:
    """The configurations that a study begins with, in full; raises SpecError of ``first``."""
    # It takes a spec, and this is a part of one.
    from tuning_core.spec.edits import own_config

    found = []
    for place, first in enumerate(spec.first or ()):
        try:
            found.append(own_config(spec, first.values))
        except SpecError as error:
            field = error.field.replace("trial", f"first[{place}].values", 1)
            raise SpecError(field, error.message) from None
    return found


def fitted(
    space: SearchSpace, config: Mapping[str, Value]
) -> tuple[dict[str, Value], list[str]] | None:
    """(what of a configuration the space searches, the names that were moved into its ranges).

    A number outside its range, or beside its steps, goes to the nearest value inside. None where
    a choice is none of the space's.
    """
    values: dict[str, Value] = {}
    moved: list[str] = []
    for parameter in space.searched:
        if parameter.name not in config:
            continue
        value = config[parameter.name]
        if not parameter.contains(value):
            inside = parameter.values()
            if inside is None and isinstance(parameter, Range):
                inside = parameter.low, parameter.high
            ends = inside or ()
            if not all(map(_is_number, (value, *ends))):
                return None
            value = min(ends, key=lambda end: abs(float(end) - float(value)))
            moved.append(parameter.name)
        values[parameter.name] = value
    return values, moved


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
