"""Calling somebody's ``fit`` with what Keras Tuner would give it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import keras_tuner
import numpy as np

from tuning_core.own_models.data import OwnData
from tuning_core.own_models.loading import OwnModel

_TWICE = "got multiple values for keyword argument 'epochs'"


class EnoughError(BaseException):
    """Ends a training from within; not an ``Exception``, which the code around may catch."""


def call_fit(
    own: OwnModel,
    hp: keras_tuner.HyperParameters,
    model: keras.Model,
    data: OwnData,
    epochs: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> Any:
    """What the model's ``fit`` returns, called as by ``tuner.search(x, y, ...)``; raises as it."""
    rows = data.train.for_fit
    positional = [rows.pop(name) for name in ("x", "y") if name in rows]
    named: dict[str, Any] = {**rows, "epochs": epochs, "callbacks": list(callbacks)}
    if data.validation is not None:
        named["validation_data"] = data.validation.for_validation
    parameters = inspect.signature(own.fit_function).parameters.values()
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        known = {parameter.name for parameter in parameters}
        named = {name: value for name, value in named.items() if name in known}
    try:
        return own.fit(hp, model, *positional, **named)
    except TypeError as error:
        if _TWICE not in str(error):
            raise
        # It says itself for how many: a hyperparameter of its own, or a number.
        del named["epochs"]
    return own.fit(hp, model, *positional, **named)


def numbers_of(reported: Mapping[str, Any] | None) -> dict[str, float]:
    """What an epoch reports, but for what is no number or several, as a score of each class."""
    values = {str(name): np.asarray(value) for name, value in (reported or {}).items()}
    return {
        name: float(value.item())
        for name, value in values.items()
        if value.size == 1 and value.dtype.kind not in "OSU"
    }
