"""The same training by ``model.fit`` and stock Keras classes, to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tests.training.small_data import Watch
from tuning_core.catalog import Value
from tuning_core.datasets import PreparedData
from tuning_core.models import build_model, derive_seed
from tuning_core.training import Trainer, TrialOutcome, TrialTask

OPTIMIZERS: dict[str, tuple[type, tuple[str, ...]]] = {
    "adam": (keras.optimizers.Adam, ("beta_1", "beta_2")),
    "adamw": (keras.optimizers.AdamW, ("beta_1", "beta_2", "weight_decay")),
    "nadam": (keras.optimizers.Nadam, ("beta_1", "beta_2")),
    "sgd": (keras.optimizers.SGD, ("momentum", "nesterov")),
    "rmsprop": (keras.optimizers.RMSprop, ("rho", "momentum")),
    "adagrad": (keras.optimizers.Adagrad, ()),
    "adadelta": (keras.optimizers.Adadelta, ("rho",)),
    "lion": (keras.optimizers.Lion, ("beta_1", "weight_decay")),
}
CLASS_LOSSES = {
    "auto": keras.losses.CategoricalCrossentropy,
    "cross_entropy": keras.losses.CategoricalCrossentropy,
    "kl_divergence": keras.losses.KLDivergence,
    "mse": keras.losses.MeanSquaredError,
    "focal": keras.losses.CategoricalFocalCrossentropy,
    "hinge": keras.losses.CategoricalHinge,
}
VALUE_LOSSES = {
    "auto": keras.losses.MeanSquaredError,
    "mse": keras.losses.MeanSquaredError,
    "mae": keras.losses.MeanAbsoluteError,
    "huber": keras.losses.Huber,
    "log_cosh": keras.losses.LogCosh,
}


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A straight rise to a schedule that begins after it."""

    def __init__(self, schedule: Any, rate: float, steps: int) -> None:
        self._schedule, self._rate, self._steps = schedule, rate, steps

    def __call__(self, step: Any) -> Any:
        step = tf.cast(step, tf.float32)
        later = self._schedule(step - self._steps) if self._schedule else self._rate
        return tf.where(step < self._steps, self._rate * step / self._steps, later)


def learning_rate(config: Mapping[str, Value], batches: int) -> Any:
    """A number, or a schedule of Keras."""
    schedules = keras.optimizers.schedules
    rate, kind = float(config["learning_rate"]), config.get("schedule", "constant")
    left = float(config.get("decay_rate", 1.0))
    steps = int(config.get("decay_epochs", 1)) * batches
    schedule = None
    if kind in ("exponential", "step"):
        schedule = schedules.ExponentialDecay(rate, steps, left, staircase=kind == "step")
    elif kind == "cosine":
        schedule = schedules.CosineDecay(rate, steps, alpha=left)
    warm = int(config.get("warmup_epochs", 0)) * batches
    return WarmUp(schedule, rate, warm) if warm else schedule or rate


def keras_history(
    data: PreparedData, task: TrialTask, number: int = 1
) -> tuple[dict[str, list[float]], list[np.ndarray]]:
    """Metrics by epoch and last weights of ``model.fit``, in original units, rows in order.

    ``number`` is that of the execution whose initial weights are taken.
    """
    kind, config = data.info.task, task.config
    seed = derive_seed(derive_seed(task.seed, "execution", number), "weights")
    model = build_model(config, data.row_shape, data.outputs, kind, seed)
    batch_size = int(config["batch_size"])
    optimizer, names = OPTIMIZERS[str(config["optimizer"])]
    options: dict[str, Any] = {name: config[name] for name in names if name in config}
    if config.get("clipnorm"):
        options["clipnorm"] = config["clipnorm"]
    name = str(config.get("loss", "auto"))
    y, validation_y = data.train.y, data.validation.y
    if kind == "classification":
        smoothing = {k: v for k, v in config.items() if k == "label_smoothing"}
        loss = CLASS_LOSSES[name](**smoothing)
        metrics: list[str] = ["accuracy"]
        y, validation_y = (np.eye(data.outputs)[part] for part in (y, validation_y))
    else:
        loss, metrics = VALUE_LOSSES[name](), ["mae", "mse", "r2_score"]
    rate = learning_rate(config, -(-len(y) // batch_size))
    model.compile(optimizer(rate, **options), loss=loss, metrics=metrics)
    # What fit would create within its graph, which is traced a second time for that.
    model.optimizer.build(model.trainable_variables)
    model.compute_metrics(data.train.x[:1], y[:1], model(data.train.x[:1]))
    model.reset_metrics()
    history = model.fit(
        data.train.x,
        y,
        validation_data=(data.validation.x, validation_y),
        epochs=task.epochs,
        batch_size=batch_size,
        callbacks=callbacks(config, task),
        class_weight=class_weight(data),
        shuffle=False,
        verbose=0,
    ).history
    units = {"mae": data.target.std, "mse": data.target.std**2}
    named = {
        key.replace("r2_score", "r2"): [
            value * units.get(key.removeprefix("val_"), 1.0) for value in values
        ]
        for key, values in history.items()
        if key != "learning_rate"
    }
    return named, model.get_weights()


def class_weight(data: PreparedData) -> dict[int, float] | None:
    """The weight of each class, where the data has weights."""
    if data.weights is None:
        return None
    return {int(y): float(w) for y, w in zip(data.train.y, data.weights, strict=True)}


def callbacks(config: Mapping[str, Value], task: TrialTask) -> list[keras.callbacks.Callback]:
    """Early stopping and plateaus, where the configuration asks for them."""
    monitor = {"monitor": task.objective.id, "mode": task.objective.direction}
    found: list[keras.callbacks.Callback] = []
    if config.get("patience"):
        options = {"patience": config["patience"], "min_delta": config.get("min_delta", 0.0)}
        found.append(keras.callbacks.EarlyStopping(**monitor, **options))
    if config.get("schedule") == "reduce_on_plateau":
        options = {"factor": config["decay_rate"], "patience": config["decay_epochs"]}
        found.append(keras.callbacks.ReduceLROnPlateau(**monitor, **options))
    return found


def assert_parity(
    data: PreparedData, task: TrialTask, *, weights_too: bool = True
) -> tuple[Watch, TrialOutcome]:
    """Trains both ways and compares every metric of every epoch, and the last weights."""
    watch = Watch()
    outcome = watch.run(Trainer(data, shuffle=False), task)
    assert not outcome.message.startswith(("Out of", "InvalidArgument"))
    expected, weights = keras_history(data, task)
    assert set(watch.reports[0].metrics) - {"f1", "val_f1", "val_auc"} == set(expected)
    for name, values in expected.items():
        measured = [report.metrics[name] for report in watch.reports]
        np.testing.assert_allclose(measured, values, rtol=1e-5, atol=1e-5, err_msg=name)
    if weights_too:
        assert outcome.executions[0].state is not None
        for ours, theirs in zip(outcome.executions[0].state.weights, weights, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    return watch, outcome
