"""Optimizers as one fused kernel per weight, with the mathematics and defaults of Keras's own.

Keras chains about a dozen small operations per weight and update; TensorFlow has each of these
rules as a single kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

from tuning_core.training.step import Step

EPSILON = 1e-7


@dataclass(frozen=True)
class Optimizer:
    """``slots`` are the initial values of the slots of one weight; ``update`` changes the
    weight and its slots, given the gradient and the step."""

    slots: tuple[float, ...]
    update: Callable[[tf.Variable, tuple[tf.Variable, ...], tf.Tensor, Step], None]


def _adam(
    weight: tf.Variable, slots: tuple[tf.Variable, ...], gradient: tf.Tensor, step: Step
) -> None:
    """Kingma & Ba 2015, with the learning rate corrected as at the end of section 2."""
    beta_1, beta_2 = 0.9, 0.999
    count = tf.cast(step.number + 1, tf.float32)
    tf.raw_ops.ResourceApplyAdam(
        var=weight.handle,
        m=slots[0].handle,
        v=slots[1].handle,
        beta1_power=tf.pow(beta_1, count),
        beta2_power=tf.pow(beta_2, count),
        lr=step.knobs["learning_rate"],
        beta1=beta_1,
        beta2=beta_2,
        epsilon=EPSILON,
        grad=gradient,
    )


def _sgd(
    weight: tf.Variable, slots: tuple[tf.Variable, ...], gradient: tf.Tensor, step: Step
) -> None:
    """velocity = momentum * velocity - learning_rate * gradient; without momentum plain SGD."""
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=weight.handle,
        accum=slots[0].handle,
        lr=step.knobs["learning_rate"],
        grad=gradient,
        momentum=step.knobs["momentum"],
    )


def _rmsprop(
    weight: tf.Variable, slots: tuple[tf.Variable, ...], gradient: tf.Tensor, step: Step
) -> None:
    """Hinton 2012, lecture 6e; without momentum the second slot is just the last update."""
    tf.raw_ops.ResourceApplyRMSProp(
        var=weight.handle,
        ms=slots[0].handle,
        mom=slots[1].handle,
        lr=step.knobs["learning_rate"],
        rho=0.9,
        momentum=step.knobs["momentum"],
        epsilon=EPSILON,
        grad=gradient,
    )


def _adagrad(
    weight: tf.Variable, slots: tuple[tf.Variable, ...], gradient: tf.Tensor, step: Step
) -> None:
    """Duchi et al. 2011; epsilon is inside the root, so the slot carries it from the start."""
    tf.raw_ops.ResourceApplyAdagrad(
        var=weight.handle,
        accum=slots[0].handle,
        lr=step.knobs["learning_rate"],
        grad=gradient,
    )


OPTIMIZERS: dict[str, Optimizer] = {
    "adam": Optimizer((0.0, 0.0), _adam),
    "sgd": Optimizer((0.0,), _sgd),
    "rmsprop": Optimizer((0.0, 0.0), _rmsprop),
    "adagrad": Optimizer((0.1 + EPSILON,), _adagrad),
}
