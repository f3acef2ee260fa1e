"""What can be looked at beside the epochs of a training: its learning rates, its landscape."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tuning_core.space import expected
from tuning_core.spec.dataset import Seed, SpecPart

MAX_RAMP_EPOCHS = 20
LEAST_RATE, MOST_RATE = 1e-9, 100.0

LEAST_REACH, MOST_REACH = 0.01, 10.0
MOST_BESIDE = 5
"""Other runs in one landscape."""


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


class Landscape(SpecPart):
    """The loss around the end of a training, on a plane through its weights.

    The ``plane`` lies along two random directions, and goes ``reach`` times the length of each
    unit's weights; or along the main directions of the training's own "path". Another ``draw``
    draws other random directions. ``rows`` are those whose loss it is. Other ``runs``, documents
    of trainings on the same data, are seen too: of one shape on the common plane of all their
    paths, else each on its own.
    """

    plane: Literal["random", "path"] = "random"
    reach: Annotated[float, Field(ge=LEAST_REACH, le=MOST_REACH)] = 1.0
    draw: Seed = 0
    rows: Literal["validation", "training"] = "validation"
    runs: list[dict[str, Any]] = Field(default_factory=list, max_length=MOST_BESIDE)
