"""Training by ``model.fit``, with Keras's own optimizers, for what the compiled epoch cannot take.

Slower, and TensorFlow keeps some memory of every model, but it trains any Keras model, from
arrays that stay where they are.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from typing_extensions import override

from tuning_core.catalog.architecture import loss_name
from tuning_core.catalog.hyperparameters import Value, of_optimizer
from tuning_core.models import ModelBuilder, derive_seed, with_activations
from tuning_core.training.checkpoints import ExecutionState
from tuning_core.training.execution import (
    PART_SECONDS,
    Execution,
    TrainingError,
    TrialTask,
    training_errors,
)
from tuning_core.training.losses_and_metrics import (
    LOSSES,
    Loss,
    original_errors,
    scale_of,
    smoothed_cross_entropy,
)
from tuning_core.training.rows import HostData

_FIRST_PART = 16


def hits(y: tf.Tensor, predictions: tf.Tensor) -> tf.Tensor:
    """Per row, 1 where the second class is the answer and the truth."""
    return _second(y) * _predicted(predictions)


def positives(y: tf.Tensor, predictions: tf.Tensor) -> tf.Tensor:
    """Per row, how many of answer and truth are the second class."""
    return _second(y) + _predicted(predictions)


def _second(y: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.reshape(y, [-1]), tf.float32)


def _predicted(predictions: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.argmax(predictions, -1), tf.float32)


_METRICS: dict[tuple[str, bool], list[Any]] = {
    ("classification", False): ["accuracy"],
    ("classification", True): ["accuracy", hits, positives],
    ("regression", False): ["mae", "mse"],
}
"""What ``fit`` measures beside the loss, by task and whether it has two classes: means over rows,
in the order of a task's sums."""

_VALIDATION_BATCH = 2048


def _metrics_of(data: HostData) -> list[Any]:
    log = data.target.log
    if log is None:
        return _METRICS[data.task, data.task_metrics.ranks]
    scale = scale_of(data.target)

    def mae(y: tf.Tensor, predictions: tf.Tensor) -> tf.Tensor:
        return tf.abs(original_errors(log, y, predictions, scale))

    def mse(y: tf.Tensor, predictions: tf.Tensor) -> tf.Tensor:
        return tf.square(original_errors(log, y, predictions, scale))

    return [mae, mse]


def state_of(model: keras.Model) -> list[Any]:
    """Variables beside the weights: of optimizers, and the states of random generators."""
    weights = {id(weight) for weight in model.weights}
    generators = [v for v in model.non_trainable_variables if id(v) not in weights]
    return [*(v for optimizer in optimizers_of(model) for v in optimizer.variables), *generators]


def optimizers_of(model: keras.Model) -> list[keras.optimizers.Optimizer]:
    """The model's optimizer, and those that a model of several keeps beside it."""
    found = [getattr(model, "optimizer", None), *vars(model).values()]
    kept = {id(one): one for one in found if isinstance(one, keras.optimizers.Optimizer)}
    return list(kept.values())


class ModelExecution(Execution):
    """One training of a trial on a Keras model, which ``_model`` is."""

    _model: keras.Model

    @override
    def read_weights(self) -> list[np.ndarray]:
        return [np.array(weight) for weight in self._model.get_weights()]

    @override
    def read_slots(self) -> list[np.ndarray]:
        return [np.array(keras.ops.convert_to_numpy(v)) for v in state_of(self._model)]

    @override
    def predict(self, x: np.ndarray) -> np.ndarray:
        # ``Model.predict`` would trace a graph, which is never given back.
        parts = [
            keras.ops.convert_to_numpy(self._model(x[first : first + _VALIDATION_BATCH]))
            for first in range(0, len(x), _VALIDATION_BATCH)
        ]
        return np.concatenate(parts)

    def restore(self, state: ExecutionState, otherwise: str) -> None:
        """Goes on from a state; raises TrainingError, ``otherwise``, for one of another model."""
        remembered = state_of(self._model)
        if len(remembered) != len(state.slots):
            raise TrainingError(otherwise)
        self._model.set_weights(state.weights)
        for variable, value in zip(remembered, state.slots, strict=True):
            variable.assign(value)
        self._go_on(state)


class FitExecution(ModelExecution):
    """One training of a trial, on a stock Keras model of its own."""

    def __init__(
        self,
        data: HostData,
        build: ModelBuilder,
        task: TrialTask,
        number: int,
        *,
        shuffle: bool,
    ) -> None:
        with training_errors():
            super().__init__(task, number, data.rows)
            self._data = data
            self._metrics = _metrics_of(data)
            self._shuffle = shuffle
            self._part = _FIRST_PART
            seed = derive_seed(self.seed, "weights")
            self._model = build(task.config, data.row_shape, data.outputs, data.task, seed)
            self._optimizer = stock_optimizer(task.config)
            self._model.compile(
                self._optimizer,
                loss=stock_loss(task.config, data.task),
                metrics=self._metrics,
            )
            self._optimizer.build(self._model.trainable_variables)
            state = task.state(number)
            if state is not None:
                self.restore(
                    state,
                    "On rows that do not fit into memory dropout, noise and momentum cannot "
                    "be turned on or off under way. Change how much there is, or train anew.",
                )

    @override
    def activations(self, x: np.ndarray) -> list[np.ndarray]:
        with training_errors():
            found = tf.nest.flatten(with_activations(self._model)(x))
            return [keras.ops.convert_to_numpy(output) for output in found]

    @override
    def parts(self) -> Iterator[float]:
        if self._batches > self._part:
            self._unfinished = self.state()
        order = self._order()
        sums = np.zeros(self._data.task_metrics.count)
        start = 0
        while start < self._batches and np.isfinite(sums).all():
            if start:
                yield start / self._batches
            stop = min(start + self._part, self._batches)
            sums += self._fit(order, start, stop)
            start = stop
        validated, scores = self._validate()
        self.finish_epoch(self._data.metrics(np.concatenate([sums, validated]), scores))

    def _order(self) -> np.ndarray:
        order = np.arange(self._data.rows)
        if self._shuffle:
            seed = derive_seed(self.seed, "shuffle", self.epoch)
            order = np.random.default_rng(seed).permutation(order)
        return self._data.train_rows(order)

    def _fit(self, order: np.ndarray, start: int, stop: int) -> np.ndarray:
        rows = order[start * self.batch_size : stop * self.batch_size]
        data = self._data
        batches = _Batches(data.x, data.y, rows, self.batch_size, data.weights)
        rates = _Rates(self._optimizer, self._rates(start, stop))
        started = time.perf_counter()
        with training_errors():
            history = self._model.fit(batches, shuffle=False, verbose=0, callbacks=[rates]).history
            sums = self._sums({name: values[-1] for name, values in history.items()}, len(rows))
        seconds = time.perf_counter() - started
        self._part = max(1, int((stop - start) * PART_SECONDS / max(seconds, 1e-6)))
        return sums

    def _validate(self) -> tuple[np.ndarray, np.ndarray]:
        """Sums over the validation rows, and of two classes the probabilities of the second."""
        data = self._data
        if not data.validation_rows:
            return np.zeros(data.task_metrics.count), np.empty(0)
        rows = data.held_from + np.arange(data.validation_rows)
        batches = _Batches(data.validation_x, data.validation_y, rows, _VALIDATION_BATCH)
        with training_errors():
            means = self._model.evaluate(batches, verbose=0, return_dict=True)
            sums = self._sums(means, len(rows))
            if not data.task_metrics.ranks:
                return sums, np.empty(0)
            return sums, self._model.predict(batches, verbose=0)[:, 1]

    def _sums(self, means: dict[str, float], rows: int) -> np.ndarray:
        names = [name if isinstance(name, str) else name.__name__ for name in self._metrics]
        return np.array([means[name] * rows for name in ("loss", *names)])


class _Batches(keras.utils.PyDataset):
    """Batches of some rows, cut from the arrays when they are needed."""

    def __init__(
        self,
        x: np.ndarray,
        y: np.ndarray,
        rows: np.ndarray,
        size: int,
        weights: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        self._x, self._y, self._rows, self._size = x, y, rows, size
        self._weights = weights

    def __len__(self) -> int:
        return -(-len(self._rows) // self._size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        rows = self._rows[index * self._size : (index + 1) * self._size]
        weights = () if self._weights is None else (self._weights[rows],)
        return self._x[rows], self._y[rows, np.newaxis], *weights


class _Rates(keras.callbacks.Callback):
    """Gives each batch its learning rate."""

    def __init__(self, optimizer: keras.optimizers.Optimizer, rates: np.ndarray) -> None:
        super().__init__()
        self._optimizer, self._rates = optimizer, rates

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        self._optimizer.learning_rate = float(self._rates[batch])


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
    return lambda y, predictions: loss(tf.cast(tf.reshape(y, [-1]), kind), predictions)


def _smoothed(smoothing: float) -> Loss:
    return lambda y, predictions: smoothed_cross_entropy(y, predictions, tf.constant(smoothing))
