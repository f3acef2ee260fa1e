"""Weights and biases that are set by hand while a network trains."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from tuning_core.catalog import DatasetInfo, Value
from tuning_core.catalog.architecture import layer_widths
from tuning_core.space import SpecError, expected
from tuning_core.spec.dataset import SpecPart

MOST_WEIGHT = 1e6
MOST_SET = 20
"""How far from zero a weight can be set, and how many in one change."""

Number = Annotated[int, Field(ge=1)]


class SetWeight(SpecPart):
    """The weight from an ``input`` into a ``unit`` of a ``layer``, or the unit's bias without one.

    All are counted from 1, as the network is drawn: the inputs of the first layer are the
    features, those of a later one the units before it. The last layer answers. Of two classes it
    has one unit: what speaks for the second less what speaks for the first.
    """

    layer: Number
    unit: Number
    input: Number | None = None
    value: Annotated[float, Field(ge=-MOST_WEIGHT, le=MOST_WEIGHT)]

    @property
    def place(self) -> tuple[int, int, int | None]:
        """Which weight it is."""
        return self.layer, self.unit, self.input


def check_weights(
    weights: Sequence[SetWeight], config: Mapping[str, Value], info: DatasetInfo, field: str
) -> None:
    """Raises SpecError for a weight that a network of this configuration does not have.

    What is not known before the data is loaded is left to the one who trains. ``field`` is where
    the weights stand.
    """
    if weights and "blocks" in config:
        raise SpecError(field, "a convolutional network's are set by training alone; leave it out.")
    hidden = layer_widths(config)
    answers = 1 if info.task == "regression" or info.outputs == 2 else info.outputs
    widths = [math.prod(info.row_shape), *hidden, answers]
    for place, one in enumerate(weights):
        at = f"{field}.{place}"
        if one.layer > len(hidden) + 1:
            raise expected(f"{at}.layer", f"1 to {len(hidden) + 1}, the last answers", one.layer)
        if config.get("batch_normalization") and one.layer <= len(hidden):
            raise SpecError(
                f"{at}.layer",
                "its weights are normalised anew with each batch; set one of the last layer, or "
                "turn batch_normalization off.",
            )
        for name, count in (("unit", widths[one.layer]), ("input", widths[one.layer - 1])):
            number = getattr(one, name)
            if number is not None and count and number > count:
                known = f"1 to {count}" if count > 1 else "1"
                raise expected(f"{at}.{name}", f"{known} in layer {one.layer}", number)
