"""The values of a hyperparameter at which an explanation evaluates a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuning_core.catalog import Value
from tuning_core.space import Choice, Parameter
from tuning_core.strategies.encoding import Array

PLACES = 41
"""Values of a range that are evaluated; a list of no more is evaluated whole."""


def values_along(parameter: Parameter, chosen: Value | None) -> tuple[Value, ...]:
    """Values from one end of a hyperparameter's scale to the other, the chosen one among them."""
    listed = parameter.values()
    if listed is None:
        shares = {*np.linspace(0.0, 1.0, PLACES).tolist()}
        if chosen is not None:
            shares.add(parameter.position(chosen))
        return tuple(dict.fromkeys(parameter.quantile(share) for share in sorted(shares)))
    if len(listed) <= PLACES or isinstance(parameter, Choice):
        return listed
    picked: set[Value] = {listed[i] for i in np.linspace(0, len(listed) - 1, PLACES).astype(int)}
    return tuple(value for value in listed if value in picked or value == chosen)


def numbers(values: Sequence[float] | Array) -> tuple[float, ...]:
    """Numbers of an array as they are written down: seven digits are more than a chart shows."""
    return tuple(float(f"{value:.7g}") for value in values)
