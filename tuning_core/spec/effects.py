"""What can be chosen where it is asked what drives a model's answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tuning_core.spec.dataset import SpecPart

Name = Annotated[str, Field(min_length=1, max_length=1_000)]


class HeldOutOptions(SpecPart):
    """``part`` None: validation rows, or the test part where no validation row is new."""

    part: Literal["validation", "test"] | None = None


class DependenceOptions(HeldOutOptions):
    """How the answer goes with a ``column``, or with it and a ``second`` one.

    ``column`` None is the first. ``of_class`` is the class whose probability it is, None the last
    of two and the first of more.
    """

    column: Name | None = None
    second: Name | None = None
    of_class: Name | None = None


class SlicesOptions(HeldOutOptions):
    """``column`` None: slices of every column."""

    column: Name | None = None
