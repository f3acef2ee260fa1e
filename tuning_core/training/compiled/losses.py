"""The loss of a network at many weights, by one graph that goes from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from tuning_core.catalog.hyperparameters import Value
from tuning_core.training.compiled.answers import CHUNK
from tuning_core.training.compiled.step import KNOBS, knob_values
from tuning_core.training.compiled.traced_layers import TracedKit
from tuning_core.training.execution import training_errors
from tuning_core.training.rows import ResidentData

Part = Literal["training", "validation"]
RowLoss = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
"""(y, predictions, weights of the rows) to the mean loss of rows with what penalties add."""


class Losses:
    """The graph on the layers of a traced model, whose weights are ``variables``.

    It is traced at its first call, and leaves the weights as they were.
    """

    def __init__(
        self,
        model: keras.Model,
        kit: TracedKit,
        variables: Sequence[tf.Variable],
        loss: RowLoss,
        target_type: tf.DType,
    ) -> None:
        self._model = model
        self._kit = kit
        self._variables = variables
        self._loss = loss
        self._target_type = target_type

    @property
    def trained(self) -> list[bool]:
        """Of each weight, whether it is trained: moving statistics are not."""
        return [bool(variable.trainable) for variable in self._variables]

    def constants(self, values: Sequence[np.ndarray]) -> list[tf.Tensor]:
        """Arrays that stand for the weights, on the device."""
        pairs = zip(values, self._variables, strict=True)
        return [tf.constant(value, variable.dtype) for value, variable in pairs]

    @cached_property
    def graph(self) -> Callable[..., tf.Tensor]:
        """(x, y, their weights in the loss, knobs, places, centre, directions) to losses (n,).

        Those at the centre + the sum of ``places`` (n, k) times the directions, of which there is
        one (k, ...) for each weight. Dropout and noise are off, as when a training validates.
        """
        shapes = [[None] * len(variable.shape) for variable in self._variables]
        kinds = [variable.dtype for variable in self._variables]
        signature = [
            tf.TensorSpec([None, None], tf.float32),
            tf.TensorSpec([None], self._target_type),
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([len(KNOBS)], tf.float32),
            tf.TensorSpec([None, None], tf.float32),
            [tf.TensorSpec(s, kind) for s, kind in zip(shapes, kinds, strict=True)],
            [tf.TensorSpec([None, *s], kind) for s, kind in zip(shapes, kinds, strict=True)],
        ]
        graph: Callable[..., tf.Tensor] = tf.function(
            self._run, autograph=False, input_signature=signature
        )
        return graph

    def _run(
        self,
        x: tf.Tensor,
        y: tf.Tensor,
        weights: tf.Tensor,
        knobs: tf.Tensor,
        places: tf.Tensor,
        centre: list[tf.Tensor],
        directions: list[tf.Tensor],
    ) -> tf.Tensor:
        self._kit.knobs, self._kit.step = dict(zip(KNOBS, tf.unstack(knobs), strict=True)), None
        rows, count = tf.shape(x)[0], tf.shape(places)[0]

        def part(first: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            last = tf.minimum(first + CHUNK, rows)
            predictions = self._model(x[first:last], training=False)
            loss = self._loss(y[first:last], predictions, weights[first:last])
            share = tf.cast(last - first, tf.float64)
            return last, total + tf.cast(loss, tf.float64) * share

        def place(number: tf.Tensor, found: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            parts = zip(self._variables, centre, directions, strict=True)
            for variable, start, steps in parts:
                variable.assign(start + tf.tensordot(places[number], steps, 1))
            start = [tf.constant(0), tf.constant(0.0, tf.float64)]
            _, total = tf.while_loop(lambda first, _: first < rows, part, start)
            return number + 1, found.write(number, total / tf.cast(rows, tf.float64))

        before = [variable.read_value() for variable in self._variables]
        start = [tf.constant(0), tf.TensorArray(tf.float64, size=count)]
        found = tf.while_loop(lambda number, _: number < count, place, start)[1].stack()
        for variable, value in zip(self._variables, before, strict=True):
            variable.assign(value)
        return found


class RowLosses:
    """The loss of one configuration on ``rows`` of the ``of`` rows of a ``part``, at any weights.

    Where ``most`` are fewer than there are, as many are taken evenly; without validation rows the
    training rows stand for them, with their weights in the loss.
    """

    def __init__(
        self,
        data: ResidentData,
        losses: Losses,
        config: Mapping[str, Value],
        part: Part,
        most: int,
    ) -> None:
        self.part: Part = part if data.validation_rows else "training"
        self.trained = losses.trained
        training = self.part == "training"
        x, y = (data.x, data.y) if training else (data.validation_x, data.validation_y)
        self.of = int(x.shape[0])
        self.rows = min(self.of, most)
        taken = np.linspace(0, self.of - 1, self.rows).round().astype(int)
        weights = data.weights if training and data.weights is not None else tf.ones(self.of)
        self._rows = [tf.gather(values, taken) for values in (x, y, weights)]
        self._knobs = tf.constant(knob_values(config), tf.float32)
        self._losses = losses

    def at(
        self,
        centre: Sequence[np.ndarray],
        directions: Sequence[np.ndarray] | None = None,
        places: np.ndarray | None = None,
    ) -> np.ndarray:
        """The losses (n,) at the centre + the sum of ``places`` (n, k) times ``directions``.

        There is one direction (k, ...) for each weight. Without directions the one at the centre.
        Raises TrainingError.
        """
        if directions is None or places is None:
            directions, places = [value[np.newaxis] for value in centre], np.zeros((1, 1))
        with training_errors():
            found = self._losses.graph(
                *self._rows,
                self._knobs,
                tf.constant(places, tf.float32),
                self._losses.constants(centre),
                self._losses.constants(directions),
            )
            return np.asarray(found.numpy())
