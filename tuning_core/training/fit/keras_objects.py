"""Keras's own optimizers and losses for a configuration, for training by ``model.fit``."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from tuning_core.catalog.architecture import loss_name
from tuning_core.catalog.hyperparameters import Value, of_optimizer
from tuning_core.training.losses import LOSSES, Loss, smoothed_cross_entropy

KERAS_OPTIMIZERS: dict[str, type[keras.optimizers.Optimizer]] = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adagrad": keras.optimizers.Adagrad,
    "adadelta": keras.optimizers.Adadelta,
    "lion": keras.optimizers.Lion,
}


def stock_optimizer(config: Mapping[str, Value]) -> keras.optimizers.Optimizer:
    """The optimizer of a configuration; its learning rate is a variable."""
    name = str(config["optimizer"])
    options = {
        argument.id: config[argument.id]
        for argument in of_optimizer(name)
        if argument.id in config and not (argument.optional and not config[argument.id])
    }
    return KERAS_OPTIMIZERS[name](float(config["learning_rate"]), **options)


def stock_loss(config: Mapping[str, Value], task: str) -> Loss:
    """The loss of a configuration as ``compile`` takes it: targets may be (n,) or (n, 1)."""
    loss = LOSSES[task][loss_name(config, task)]
    smoothing = float(config.get("label_smoothing", 0.0))
    if smoothing > 0:
        loss = _smoothed(smoothing)
    kind = tf.int32 if task == "classification" else tf.float32
    return lambda y, answers: loss(tf.cast(tf.reshape(y, [-1]), kind), answers)


def _smoothed(smoothing: float) -> Loss:
    return lambda y, answers: smoothed_cross_entropy(y, answers, tf.constant(smoothing))
