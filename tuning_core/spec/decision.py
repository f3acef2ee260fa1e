"""What was decided of a study's best model: its temperature, and when a class is said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from tuning_core.catalog.limits import TEMPERATURES
from tuning_core.spec.dataset import SpecPart

Cost = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class Threshold(SpecPart):
    """A class, by number, is said from a probability on, where errors cost so much."""

    positive: Annotated[int, Field(ge=0, le=100_000)]
    threshold: Annotated[float, Field(ge=0, le=1)]
    false_alarm: Cost = 1.0
    miss: Cost = 1.0


class Decision(SpecPart):
    """Decided of the model of ``trial``, and of no other.

    The exported model divides the softmax's logits by the ``temperature``, which was fitted on
    ``rows`` validation rows; a ``threshold`` is for whoever reads its answers.
    """

    trial: Annotated[int, Field(ge=0)]
    temperature: Annotated[float, Field(ge=TEMPERATURES[0], le=TEMPERATURES[1])] = 1.0
    rows: Annotated[int, Field(ge=0)] = 0
    threshold: Threshold | None = None

    def of(self, trial: int) -> Decision:
        """The decision where it is about the model of ``trial``, else that nothing is decided."""
        return self if self.trial == trial else Decision(trial=trial)


def read_decision(path: Path) -> Decision | None:
    """What a file says; None where there is none, or it cannot be read."""
    try:
        return Decision.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
