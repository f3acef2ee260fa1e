"""The compiled epoch: one graph that trains a range of batches and validates.

A graph is traced once per architecture and kept. Widths, batch sizes, rows and classes are open
shapes, other hyperparameters are tensors, so that a trial of a known architecture never traces.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from tuning_core.catalog.architecture import loss_name
from tuning_core.catalog.dataset import LogScale
from tuning_core.catalog.hyperparameters import Value
from tuning_core.datasets import TargetScale
from tuning_core.models import build_model, initial_weights
from tuning_core.training.compiled.answers import CHUNK, Answers
from tuning_core.training.compiled.losses import Losses
from tuning_core.training.compiled.noise import BatchNoise, Drawn
from tuning_core.training.compiled.open_shapes import narrow, open_variable, open_weights, write
from tuning_core.training.compiled.optimizers import OPTIMIZERS, clipped, optimizer_name
from tuning_core.training.compiled.step import KNOBS, POSITION, Step
from tuning_core.training.compiled.traced_layers import TracedKit
from tuning_core.training.losses_and_metrics import (
    LOSSES,
    metrics_of_task,
    scale_of,
    smoothed_cross_entropy,
)
from tuning_core.training.rows import HostData, ResidentData

Shape = tuple[int, ...]


class CompiledEpoch:
    """The graph of one architecture, with the weights and optimizer slots it works on.

    ``image`` is the shape of the picture that a row of a convolutional network is. Two classes
    are measured by more than many, and ``weighted`` rows count in the training loss by their
    weights. Values may be learnt on a scale of logarithms, ``log``. ``answers`` are those of the
    present weights, ``losses`` those of any. Whoever trains writes ``weights`` and ``slots`` first.
    One training at a time.
    """

    def __init__(
        self,
        config: Mapping[str, Value],
        task: str,
        *,
        shuffle: bool = True,
        image: Shape | None = None,
        two_classes: bool = False,
        weighted: bool = False,
        log: LogScale | None = None,
    ) -> None:
        started = time.perf_counter()
        self._task = task
        self._outputs = (2 if two_classes else 3) if task == "classification" else 1
        self._log = log
        self._metrics = metrics_of_task(task, self._outputs, log)
        self._weighted = weighted
        self._loss = LOSSES[task][loss_name(config, task)]
        self._smooths = float(config.get("label_smoothing", 0.0)) > 0
        self._clips = float(config.get("clipnorm", 0.0)) > 0
        self._shuffle = shuffle
        self._kit = TracedKit()
        self._optimizer = OPTIMIZERS[optimizer_name(config)]
        self._image = image or (2,)
        parts = (narrow(config), self._image, self._outputs, task, 0)
        self._model = build_model(*parts, self._kit)
        self._narrow_weights = initial_weights(*parts)
        self._limits = [weight.constraint for weight in self._model.trainable_weights]
        self.weights, self._trained = open_weights(self._model)
        self._slots_of = [self._open_slots(variable.numpy()) for variable in self._trained]
        self.slots = [slot for slots in self._slots_of for slot in slots]
        self._function = tf.function(self._run, autograph=False, input_signature=self._signature())
        self.answers = Answers(self._model, self._kit)
        self.losses = Losses(
            self._model, self._kit, self.weights, self._regularized_loss, self._metrics.target_type
        )
        self._made_in = time.perf_counter() - started
        self._traced_in: float | None = None

    def _open_slots(self, weight: np.ndarray) -> tuple[tf.Variable, ...]:
        return tuple(open_variable(s, trainable=False) for s in self._slot_starts(weight))

    def _slot_starts(self, weight: np.ndarray) -> list[np.ndarray]:
        starts = [np.full(weight.shape, value, np.float32) for value in self._optimizer.slots]
        return starts + [np.array(value, np.float32) for value in self._optimizer.scalars]

    @property
    def count(self) -> int:
        """Sums that a part adds up, for training rows and again for validation rows."""
        return self._metrics.count

    @property
    def traces(self) -> int:
        """How often the graph was traced: once, or not yet."""
        return int(self._function.experimental_get_tracing_count())

    @property
    def traced_in(self) -> float | None:
        """Seconds that making and tracing it took, the first call included; None before it."""
        return None if self._traced_in is None else self._made_in + self._traced_in

    def fresh(self, weights: list[np.ndarray]) -> None:
        """Starts from these weights with an optimizer that has seen nothing."""
        write(self.weights, weights)
        parts = zip(weights, self.weights, strict=True)
        trained = [weight for weight, variable in parts if variable.trainable]
        write(self.slots, [start for weight in trained for start in self._slot_starts(weight)])

    def run(
        self,
        data: ResidentData,
        position: Mapping[str, int],
        knobs: tf.Tensor,
        rates: np.ndarray,
        sums: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Trains a range of batches; returns sums of training (added to ``sums``) and validation.

        Of two classes, the second's probability for each validation row too. ``position`` has a
        number for each of ``POSITION``, ``knobs`` for each of ``KNOBS``, ``rates`` for each batch.
        """
        started = time.perf_counter()
        results = self._function(
            data.x,
            data.y,
            data.validation_x,
            data.validation_y,
            tf.constant([position[name] for name in POSITION], tf.int32),
            knobs,
            tf.constant(rates, tf.float32),
            tf.constant(sums, tf.float64),
            scale_of(data.target),
            *([data.weights] if self._weighted else []),
        )
        found = [np.array(result.numpy()) for result in results]
        if self._traced_in is None:
            self._traced_in = time.perf_counter() - started
        return found[0], found[1] if self._metrics.ranks else np.empty(0)

    def warm(self) -> None:
        """Traces and runs once, so that the first trial does not have to."""
        x, y = np.zeros((2, math.prod(self._image))), np.zeros(2)
        rows = HostData(
            rows=2,
            validation_rows=2,
            squares=(0.0, 0.0),
            labels=y,
            task=self._task,
            outputs=self._outputs,
            target=TargetScale(log=self._log),
            row_shape=x.shape[1:],
            x=x,
            y=y,
            validation_x=x,
            validation_y=y,
            weights=np.ones(2) if self._weighted else None,
        )
        knobs = tf.constant(list(KNOBS.values()), tf.float32)
        position = dict.fromkeys(POSITION, 0)
        position |= {"rows": 2, "batch_size": 2, "stop": 1, "validation_rows": 2}
        self.fresh(self._narrow_weights)
        [data] = ResidentData.placed([rows])
        self.run(data, position, knobs, np.zeros(1), np.zeros(self.count))

    def _signature(self) -> tuple[tf.TensorSpec, ...]:
        x = tf.TensorSpec([None, None], tf.float32)
        y = tf.TensorSpec([None], self._metrics.target_type)
        numbers = tf.TensorSpec([None], tf.float32)
        return (
            x,
            y,
            x,
            y,
            tf.TensorSpec([len(POSITION)], tf.int32),
            tf.TensorSpec([len(KNOBS)], tf.float32),
            numbers,
            tf.TensorSpec([self.count], tf.float64),
            tf.TensorSpec([2], tf.float32),
            *([numbers] if self._weighted else []),
        )

    def _run(
        self,
        x: tf.Tensor,
        y: tf.Tensor,
        validation_x: tf.Tensor,
        validation_y: tf.Tensor,
        position: tf.Tensor,
        knob_values: tf.Tensor,
        rates: tf.Tensor,
        sums: tf.Tensor,
        scale: tf.Tensor,
        *weights: tf.Tensor,
    ) -> list[tf.Tensor]:
        at = dict(zip(POSITION, tf.unstack(position), strict=True))
        self._kit.knobs = dict(zip(KNOBS, tf.unstack(knob_values), strict=True))
        self._scale = scale
        end = at["held_from"] + at["validation_rows"]

        def validate(first: tf.Tensor, sums: tf.Tensor, *scores: tf.Tensor) -> list[tf.Tensor]:
            last = tf.minimum(first + CHUNK, end)
            predictions, found = self._validate(validation_x[first:last], validation_y[first:last])
            return [last, sums + found, *(tf.concat([s, predictions[:, 1]], 0) for s in scores)]

        trained = self._train_batches([x, y, *weights], at, rates, sums)
        start = [at["held_from"], tf.zeros_like(sums)]
        shapes = [tf.TensorShape([]), sums.shape]
        if self._metrics.ranks:
            start.append(tf.zeros([0]))
            shapes.append(tf.TensorShape([None]))
        _, validated, *scores = tf.while_loop(lambda n, *_: n < end, validate, start, shapes)
        return [tf.concat([trained, validated], 0), *scores]

    def _train_batches(
        self, rows: list[tf.Tensor], at: dict[str, tf.Tensor], rates: tf.Tensor, sums: tf.Tensor
    ) -> tf.Tensor:
        """Adds the sums of all batches; noise is drawn for as many of them at once as may be."""
        order = self._order(at)
        knobs, before = self._kit.knobs, at["steps"] - at["start"]

        def batches(first: tf.Tensor, last: tf.Tensor, sums: tf.Tensor, drew: Drawn) -> tf.Tensor:
            def train(number: tf.Tensor, sums: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                row = number * at["batch_size"]
                taken = order[row : row + at["batch_size"]]
                noise = BatchNoise(drew, number - first) if drew else None
                step = Step(rates[number - at["start"]], knobs, before + number, noise)
                return number + 1, sums + self._train(step, *(tf.gather(r, taken) for r in rows))

            return tf.while_loop(lambda n, _: n < last, train, [first, sums])[1]

        if not self._kit.noisy:
            return batches(at["start"], at["stop"], sums, [])
        noise = self._kit.noise(self._model, rows[0], at["batch_size"], at["noise_seed"])

        def draw_and_train(first: tf.Tensor, sums: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            last = tf.minimum(first + noise.batches, at["stop"])
            drew = noise.draw(before + first, last - first, knobs)
            return last, batches(first, last, sums, drew)

        return tf.while_loop(lambda n, _: n < at["stop"], draw_and_train, [at["start"], sums])[1]

    def _order(self, at: dict[str, tf.Tensor]) -> tf.Tensor:
        """The epoch's permutation of the rows, the same for every part of the epoch."""
        order = tf.range(at["rows"])
        if self._shuffle:
            seed = tf.stack([at["shuffle_seed"], at["epoch"]])
            keys = tf.random.stateless_uniform([at["rows"]], seed, alg="philox")
            order = tf.argsort(keys, stable=True)
        return tf.where(order < at["held_from"], order, order + at["held_rows"])

    def _train(
        self, step: Step, x: tf.Tensor, y: tf.Tensor, weights: tf.Tensor | None = None
    ) -> tf.Tensor:
        self._kit.step = step
        with tf.GradientTape() as tape:
            predictions = self._model(x, training=True)
            loss = self._regularized_loss(y, predictions, weights)
        gradients = tape.gradient(loss, self._trained)
        for weight, slots, gradient, limit in zip(
            self._trained, self._slots_of, gradients, self._limits, strict=True
        ):
            if self._clips:
                gradient = clipped(gradient, step.knobs["clipnorm"])
            self._optimizer.update(weight, slots, gradient, step)
            if limit is not None:
                weight.assign(limit(weight))
        return self._sums(x, y, predictions, loss)

    def _validate(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        predictions = self._model(x, training=False)
        return predictions, self._sums(x, y, predictions, self._regularized_loss(y, predictions))

    def _regularized_loss(
        self, y: tf.Tensor, predictions: tf.Tensor, weights: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean loss of rows and, as in Keras, what regularisers add to it."""
        if self._smooths:
            losses = smoothed_cross_entropy(y, predictions, self._kit.knobs["label_smoothing"])
        else:
            losses = self._loss(y, predictions)
        if weights is not None:
            losses *= weights
        return tf.add_n([tf.reduce_mean(losses), *self._model.losses])

    def _sums(
        self, x: tf.Tensor, y: tf.Tensor, predictions: tf.Tensor, loss: tf.Tensor
    ) -> tf.Tensor:
        # Double precision: an epoch of single rows would lose digits of an exact mean.
        rows = tf.cast(tf.shape(x)[0], tf.float64)
        measured = self._metrics.sums(y, predictions, self._scale)
        return tf.stack([tf.cast(loss, tf.float64) * rows, *measured])
