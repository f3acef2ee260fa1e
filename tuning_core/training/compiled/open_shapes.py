"""What makes one trace serve every width: layers of two units, in variables of open shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from tuning_core.catalog.hyperparameters import HYPERPARAMETERS, Value


def open_variable(initial: np.ndarray, *, trainable: bool) -> tf.Variable:
    """A variable of the rank and type of ``initial`` that takes values of any shape."""
    return tf.Variable(initial, trainable=trainable, shape=[None] * initial.ndim)


def open_weights(model: keras.Model) -> tuple[list[tf.Variable], list[tf.Variable]]:
    """Gives every weight of a model an open shape; returns (all, the trainable ones).

    Keras has no public way to say that a weight's shape may change, so its backing variable is
    exchanged. Only the graph traced afterwards sees it; such a model is never saved.
    """
    for weight in model.weights:
        weight._value = open_variable(weight.numpy(), trainable=weight.trainable)
    return (
        [weight.value for weight in model.weights],
        [weight.value for weight in model.trainable_weights],
    )


def read(variables: Sequence[tf.Variable]) -> list[np.ndarray]:
    """Copies of the values."""
    # A variable's own methods take ten times as long as reading it.
    return [
        np.asarray(tf.raw_ops.ReadVariableOp(resource=v.handle, dtype=v.dtype).numpy())
        for v in variables
    ]


def write(variables: Sequence[tf.Variable], values: Sequence[np.ndarray]) -> None:
    """Gives each variable a copy of its value."""
    for variable, value in zip(variables, values, strict=True):
        tf.raw_ops.AssignVariableOp(
            resource=variable.handle, value=tf.constant(value, variable.dtype)
        )


def narrow(config: Mapping[str, Value]) -> dict[str, Value]:
    """The configuration with layers of two units: the widths of a trace are open."""
    fixed = {n: value for n, value in config.items() if HYPERPARAMETERS[n].traced != "shape"}
    dense = 2 if float(config.get("dense_units", 0)) > 0 else 0
    return {**fixed, "units": 2, "filters": 2, "kernel_size": 1, "dense_units": dense}
