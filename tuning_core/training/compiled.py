"""The compiled epoch: one graph that trains a range of batches and validates.

A graph is traced once per architecture and kept. Widths, batch sizes, rows and classes are open
shapes, other hyperparameters are tensors, so that a trial of a known architecture never traces.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import numpy as np
import tensorflow as tf

from tuning_core.catalog.hyperparameters import Value
from tuning_core.datasets import TargetScale
from tuning_core.models import build_model
from tuning_core.training.architecture import KNOBS, Architecture, architecture
from tuning_core.training.optimizers import OPTIMIZERS
from tuning_core.training.resident import ResidentData
from tuning_core.training.step import Step, TracedKit
from tuning_core.training.tasks import TASKS
from tuning_core.training.variables import open_variable, open_weights, write

POSITION: tuple[str, ...] = (
    "batch_size",
    "start",
    "stop",
    "validation_rows",
    "epoch",
    "steps",
    "shuffle_seed",
    "noise_seed",
)
"""What the whole numbers of one call mean. Batches [start, stop) of an epoch are trained;
``steps`` updates were made before. With ``validation_rows`` 0 nothing is validated."""

_VALIDATION_CHUNK = 2048
"""Rows validated at once: enough to fill a device, few enough to bound the memory."""

_CACHED = 64


class CompiledEpoch:
    """The graph of one architecture, with the weights and optimizer slots it works on.

    Whoever trains writes ``weights`` and ``slots`` first. One training at a time.
    """

    def __init__(self, config: Mapping[str, Value], task: str, *, shuffle: bool = True) -> None:
        self._name = task
        self._task = TASKS[task]
        self._shuffle = shuffle
        self._kit = TracedKit()
        self._optimizer = OPTIMIZERS[str(config["optimizer"])]
        outputs = 2 if task == "classification" else 1
        self._model = build_model(_narrow(config), 2, outputs, task, 0, self._kit)
        self.weights, self._trained = open_weights(self._model)
        self._slots_of = [
            tuple(
                open_variable(np.full(weight.shape, value, np.float32), trainable=False)
                for value in self._optimizer.slots
            )
            for weight in (variable.numpy() for variable in self._trained)
        ]
        self.slots = [slot for slots in self._slots_of for slot in slots]
        self._function = tf.function(
            self._run, autograph=False, input_signature=_signature(task, self._task.count)
        )

    @property
    def count(self) -> int:
        """Sums that a part adds up, for training rows and again for validation rows."""
        return self._task.count

    @property
    def traces(self) -> int:
        """How often the graph was traced: once, or not yet."""
        return int(self._function.experimental_get_tracing_count())

    def fresh(self, weights: list[np.ndarray]) -> None:
        """Starts from these weights with an optimizer that has seen nothing."""
        write(self.weights, weights)
        values = self._optimizer.slots
        for trained, slots in zip(self._trained, self._slots_of, strict=True):
            shape = tf.shape(trained)
            for slot, value in zip(slots, values, strict=True):
                slot.assign(tf.fill(shape, value))

    def run(
        self,
        data: ResidentData,
        position: Mapping[str, int],
        knobs: Mapping[str, tf.Tensor],
        sums: np.ndarray,
    ) -> np.ndarray:
        """Trains a range of batches; returns training sums (added to ``sums``), validation sums.

        ``position`` has a number for every name in ``POSITION``, ``knobs`` a float32 scalar for
        every name in ``KNOBS``.
        """
        result = self._function(
            data.x,
            data.y,
            data.validation_x,
            data.validation_y,
            tf.constant([position[name] for name in POSITION], tf.int32),
            dict(knobs),
            tf.constant(sums, tf.float64),
        )
        return np.array(result.numpy())

    def warm(self) -> None:
        """Traces and runs once, so that the first trial does not have to."""
        x, y = np.zeros((2, 2)), np.zeros(2)
        data = ResidentData.of_arrays(x, y, x, y, self._name, TargetScale())
        knobs = {name: tf.constant(value, tf.float32) for name, value in KNOBS.items()}
        position = dict.fromkeys(POSITION, 0) | {"batch_size": 2, "stop": 1, "validation_rows": 2}
        self.run(data, position, knobs, np.zeros(self.count))

    def _run(
        self,
        x: tf.Tensor,
        y: tf.Tensor,
        validation_x: tf.Tensor,
        validation_y: tf.Tensor,
        position: tf.Tensor,
        knobs: dict[str, tf.Tensor],
        sums: tf.Tensor,
    ) -> tf.Tensor:
        at = dict(zip(POSITION, tf.unstack(position), strict=True))
        order = self._order(tf.shape(x)[0], at)

        def train(number: tf.Tensor, sums: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            first = number * at["batch_size"]
            rows = order[first : first + at["batch_size"]]
            step = Step(knobs, at["steps"] + number - at["start"], at["noise_seed"])
            return number + 1, sums + self._train(tf.gather(x, rows), tf.gather(y, rows), step)

        def validate(first: tf.Tensor, sums: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            last = tf.minimum(first + _VALIDATION_CHUNK, at["validation_rows"])
            rows = validation_x[first:last], validation_y[first:last]
            return last, sums + self._validate(*rows)

        _, trained = tf.while_loop(lambda n, _: n < at["stop"], train, [at["start"], sums])
        _, validated = tf.while_loop(
            lambda n, _: n < at["validation_rows"], validate, [0, tf.zeros_like(sums)]
        )
        return tf.concat([trained, validated], 0)

    def _order(self, rows: tf.Tensor, at: dict[str, tf.Tensor]) -> tf.Tensor:
        """The epoch's permutation of the rows, the same for every part of the epoch."""
        if not self._shuffle:
            return tf.range(rows)
        seed = tf.stack([at["shuffle_seed"], at["epoch"]])
        keys = tf.random.stateless_uniform([rows], seed, alg="philox")
        return tf.argsort(keys, stable=True)

    def _train(self, x: tf.Tensor, y: tf.Tensor, step: Step) -> tf.Tensor:
        self._kit.step = step
        with tf.GradientTape() as tape:
            answers = self._model(x, training=True)
            loss = tf.reduce_mean(self._task.losses(y, answers))
        gradients = tape.gradient(loss, self._trained)
        for weight, slots, gradient in zip(self._trained, self._slots_of, gradients, strict=True):
            self._optimizer.update(weight, slots, gradient, step)
        return self._sums(x, y, answers, loss)

    def _validate(self, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        answers = self._model(x, training=False)
        return self._sums(x, y, answers, tf.reduce_mean(self._task.losses(y, answers)))

    def _sums(self, x: tf.Tensor, y: tf.Tensor, answers: tf.Tensor, loss: tf.Tensor) -> tf.Tensor:
        # Double precision: an epoch of single rows would lose digits of an exact mean.
        rows = tf.cast(tf.shape(x)[0], tf.float64)
        return tf.stack([tf.cast(loss, tf.float64) * rows, *self._task.sums(y, answers)])


def _narrow(config: Mapping[str, Value]) -> dict[str, Value]:
    """The configuration with layers of two units: the widths of a trace are open."""
    kept = {name: value for name, value in config.items() if not name.startswith("units")}
    return {**kept, "units": 2}


def _signature(task: str, count: int) -> tuple[object, ...]:
    x = tf.TensorSpec([None, None], tf.float32)
    y = tf.TensorSpec([None], TASKS[task].target_type)
    return (
        x,
        y,
        x,
        y,
        tf.TensorSpec([len(POSITION)], tf.int32),
        {name: tf.TensorSpec([], tf.float32) for name in KNOBS},
        tf.TensorSpec([count], tf.float64),
    )


_cache: OrderedDict[tuple[Architecture, bool], CompiledEpoch] = OrderedDict()


def compiled_epoch(
    config: Mapping[str, Value], task: str, *, shuffle: bool = True
) -> CompiledEpoch:
    """The compiled epoch of a configuration's architecture, kept from one trial to the next.

    A dropped graph gives back almost nothing of its 4 MB, so many are kept.
    """
    key = (architecture(config, task), shuffle)
    if key not in _cache:
        _cache[key] = CompiledEpoch(config, task, shuffle=shuffle)
    _cache.move_to_end(key)
    while len(_cache) > _CACHED:
        _cache.popitem(last=False)
    return _cache[key]


def warm(configs: Iterable[Mapping[str, Value]], task: str) -> None:
    """Has the architectures of these configurations traced before a trial needs them."""
    for config in configs:
        compiled_epoch(config, task).warm()
