"""Losses: Keras's own functions on our targets, a loss per row."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(y, answers) to a loss per row; y are class numbers (n,) or standardised targets (n,)."""


def _on_classes(loss: Loss) -> Loss:
    """A loss of two distributions, the true one being certain of its class."""
    return lambda y, answers: loss(tf.one_hot(y, tf.shape(answers)[-1]), answers)


def _on_values(loss: Loss) -> Loss:
    return lambda y, answers: loss(y[:, tf.newaxis], answers)


LOSSES: dict[str, dict[str, Loss]] = {
    "classification": {
        "cross_entropy": keras.losses.sparse_categorical_crossentropy,
        "kl_divergence": _on_classes(keras.losses.kl_divergence),
        "mse": _on_classes(keras.losses.mean_squared_error),
        "focal": _on_classes(keras.losses.categorical_focal_crossentropy),
        "hinge": _on_classes(keras.losses.categorical_hinge),
    },
    "regression": {
        "mse": _on_values(keras.losses.mean_squared_error),
        "mae": _on_values(keras.losses.mean_absolute_error),
        "huber": _on_values(keras.losses.huber),
        "log_cosh": _on_values(keras.losses.log_cosh),
    },
}


def smoothed_cross_entropy(y: tf.Tensor, answers: tf.Tensor, smoothing: tf.Tensor) -> tf.Tensor:
    """Cross-entropy with a share of certainty spread evenly over all classes.

    Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7.
    """
    classes = tf.shape(answers)[-1]
    certain = tf.one_hot(y, classes)
    targets = certain * (1.0 - smoothing) + smoothing / tf.cast(classes, tf.float32)
    return keras.losses.categorical_crossentropy(targets, answers)
