"""The ``outer`` part of a dataset: an outer fold of a nested cross-validation."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tuning_core.space import expected


class OuterFold(BaseModel):
    """One of the outer folds of a nested cross-validation: the test part of a search of its own.

    The folds cover the rows outside the study's own test part, which no such search sees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    folds: Annotated[int, Field(ge=2, le=20)]
    fold: Annotated[int, Field(ge=1, le=20)]

    @model_validator(mode="after")
    def _among(self) -> OuterFold:
        if self.fold > self.folds:
            raise expected("dataset.outer.fold", f"a number from 1 to {self.folds}", self.fold)
        return self
