"""Keras's own optimizers and losses for a configuration, for training by ``model.fit``."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from tuning_core.catalog.architecture import loss_name
from tuning_core.catalog.hyperparameters import Value
from tuning_core.training.losses import LOSSES, Loss, smoothed_cross_entropy

_OPTIMIZERS: dict[str, tuple[type[keras.optimizers.Optimizer], tuple[str, ...]]] = {
    "adam": (keras.optimizers.Adam, ("beta_1", "beta_2")),
    "adamw": (keras.optimizers.AdamW, ("beta_1", "beta_2", "weight_decay")),
    "nadam": (keras.optimizers.Nadam, ("beta_1", "beta_2")),
    "sgd": (keras.optimizers.SGD, ("momentum", "nesterov")),
    "rmsprop": (keras.optimizers.RMSprop, ("rho", "momentum")),
    "adagrad": (keras.optimizers.Adagrad, ()),
    "adadelta": (keras.optimizers.Adadelta, ("rho",)),
    "lion": (keras.optimizers.Lion, ("beta_1", "weight_decay")),
}
"""Class and the hyperparameters that are its arguments."""


def stock_optimizer(config: Mapping[str, Value]) -> keras.optimizers.Optimizer:
    """The optimizer of a configuration; its learning rate is a variable."""
    kind, names = _OPTIMIZERS[str(config["optimizer"])]
    options = {name: config[name] for name in names if name in config}
    clipnorm = float(config.get("clipnorm", 0.0))
    if clipnorm > 0:
        options["clipnorm"] = clipnorm
    return kind(float(config["learning_rate"]), **options)


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
