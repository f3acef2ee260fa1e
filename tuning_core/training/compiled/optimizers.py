"""Optimizers with the mathematics and defaults of Keras's own, fused where there is a kernel.

Keras chains about a dozen small operations per weight and update; TensorFlow has most of these
rules as a single kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import tensorflow as tf

from tuning_core.catalog.hyperparameters import Value
from tuning_core.training.compiled.step import Step

EPSILON = 1e-7
_NADAM_DECAY = 0.96
_LION_BETA_2 = 0.99

Slots = tuple[tf.Variable, ...]
Update = Callable[[tf.Variable, Slots, tf.Tensor, Step], None]


@dataclass(frozen=True)
class Optimizer:
    """One optimizer's slots and update.

    ``slots`` are the initial values of the slots of one weight, ``scalars`` those of further ones
    that are single numbers; ``update`` changes the weight and its slots, given the gradient and the
    step.
    """

    slots: tuple[float, ...]
    update: Update
    scalars: tuple[float, ...] = ()


def _adam(weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step) -> None:
    """Kingma & Ba 2015, with the learning rate corrected as at the end of section 2."""
    beta_1, beta_2 = step.knobs["beta_1"], step.knobs["beta_2"]
    count = tf.cast(step.number + 1, tf.float32)
    tf.raw_ops.ResourceApplyAdam(
        var=weight.handle,
        m=slots[0].handle,
        v=slots[1].handle,
        beta1_power=tf.pow(beta_1, count),
        beta2_power=tf.pow(beta_2, count),
        lr=step.rate,
        beta1=beta_1,
        beta2=beta_2,
        epsilon=EPSILON,
        grad=gradient,
    )


def _nadam(weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step) -> None:
    """Dozat 2016, with the momentum's own warm-up; the last slot is the product of momenta."""
    momentum, velocity, product = slots
    beta_1, beta_2 = step.knobs["beta_1"], step.knobs["beta_2"]
    count = tf.cast(step.number + 1, tf.float32)
    now = beta_1 * (1.0 - 0.5 * tf.pow(_NADAM_DECAY, count))
    later = beta_1 * (1.0 - 0.5 * tf.pow(_NADAM_DECAY, count + 1.0))
    product_now = product.assign(product * now)
    m = momentum.assign(momentum + (gradient - momentum) * (1.0 - beta_1))
    v = velocity.assign(velocity + (tf.square(gradient) - velocity) * (1.0 - beta_2))
    mean = later * m / (1.0 - product_now * later) + (1.0 - now) * gradient / (1.0 - product_now)
    std = tf.sqrt(v / (1.0 - tf.pow(beta_2, count)))
    weight.assign_sub(step.rate * mean / (std + EPSILON))


def _sgd(weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step) -> None:
    """Adds the velocity, momentum * velocity - learning_rate * gradient.

    Without momentum this is plain SGD.
    """
    _momentum(weight, slots, gradient, step, nesterov=False)


def _nesterov(weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step) -> None:
    """Nesterov 1983, in the form of Sutskever et al. 2013."""
    _momentum(weight, slots, gradient, step, nesterov=True)


def _momentum(
    weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step, *, nesterov: bool
) -> None:
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=weight.handle,
        accum=slots[0].handle,
        lr=step.rate,
        grad=gradient,
        momentum=step.knobs["momentum"],
        use_nesterov=nesterov,
    )


def _rmsprop(weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step) -> None:
    """Hinton 2012, lecture 6e; without momentum the second slot is just the last update."""
    tf.raw_ops.ResourceApplyRMSProp(
        var=weight.handle,
        ms=slots[0].handle,
        mom=slots[1].handle,
        lr=step.rate,
        rho=step.knobs["rho"],
        momentum=step.knobs["momentum"],
        epsilon=EPSILON,
        grad=gradient,
    )


def _adagrad(weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step) -> None:
    """Duchi et al. 2011; epsilon is inside the root, so the slot carries it from the start."""
    tf.raw_ops.ResourceApplyAdagrad(
        var=weight.handle, accum=slots[0].handle, lr=step.rate, grad=gradient
    )


def _adadelta(weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step) -> None:
    """Zeiler 2012, algorithm 1."""
    tf.raw_ops.ResourceApplyAdadelta(
        var=weight.handle,
        accum=slots[0].handle,
        accum_update=slots[1].handle,
        lr=step.rate,
        rho=step.knobs["rho"],
        epsilon=EPSILON,
        grad=gradient,
    )


def _lion(weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step) -> None:
    """Chen et al. 2023, algorithm 2."""
    (momentum,) = slots
    beta_1 = step.knobs["beta_1"]
    weight.assign_sub(step.rate * tf.sign(momentum * beta_1 + gradient * (1.0 - beta_1)))
    momentum.assign(momentum * _LION_BETA_2 + gradient * (1.0 - _LION_BETA_2))


def _decaying(update: Update) -> Update:
    """Loshchilov & Hutter 2019: the weight shrinks on its own, beside the gradient's step."""

    def decayed(weight: tf.Variable, slots: Slots, gradient: tf.Tensor, step: Step) -> None:
        weight.assign_sub(weight * (step.knobs["weight_decay"] * step.rate))
        update(weight, slots, gradient, step)

    return decayed


OPTIMIZERS: dict[str, Optimizer] = {
    "adam": Optimizer((0.0, 0.0), _adam),
    "adamw": Optimizer((0.0, 0.0), _decaying(_adam)),
    "nadam": Optimizer((0.0, 0.0), _nadam, scalars=(1.0,)),
    "sgd": Optimizer((0.0,), _sgd),
    "sgd, nesterov": Optimizer((0.0,), _nesterov),
    "rmsprop": Optimizer((0.0, 0.0), _rmsprop),
    "adagrad": Optimizer((0.1 + EPSILON,), _adagrad),
    "adadelta": Optimizer((0.0, 0.0), _adadelta),
    "lion": Optimizer((0.0,), _decaying(_lion)),
}


def optimizer_name(config: Mapping[str, Value]) -> str:
    """The entry of ``OPTIMIZERS`` that a configuration asks for."""
    name = str(config["optimizer"])
    return f"{name}, nesterov" if config.get("nesterov") else name


def clipped(gradient: tf.Tensor, norm: tf.Tensor) -> tf.Tensor:
    """A gradient no longer than ``norm``, as Keras's ``clipnorm`` does with each weight's own."""
    return gradient * norm / tf.maximum(tf.norm(gradient), norm)
