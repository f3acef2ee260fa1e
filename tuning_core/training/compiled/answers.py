"""What a network answers without training: its predictions and the activations behind them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuning_core.models import with_activations
from tuning_core.training.compiled.traced_layers import TracedKit

CHUNK = 2048
"""Rows answered at once: enough to fill a device, few enough to bound the memory."""


class Answers:
    """Two graphs on the layers of a traced model, for rows of whatever width and number.

    Each is traced at its first call, so that trainings nobody looks into do not pay for it.
    """

    def __init__(self, model: keras.Model, kit: TracedKit) -> None:
        self._model = model
        self._kit = kit

    def predict(self, x: np.ndarray) -> np.ndarray:
        """What the network says to rows (n, inputs) with its present weights; (n, outputs)."""
        parts = (tf.constant(x[at : at + CHUNK], tf.float32) for at in range(0, len(x), CHUNK))
        return np.concatenate([self._predictions(part).numpy() for part in parts])

    def activations(self, x: np.ndarray) -> list[np.ndarray]:
        """What each hidden layer puts out for rows (n, inputs), then the answers."""
        # Keras gives the only output of a model without hidden layers as it is.
        found = tf.nest.flatten(self._activations(tf.constant(x, tf.float32)))
        return [output.numpy() for output in found]

    @cached_property
    def _predictions(self) -> Callable[[tf.Tensor], Any]:
        return self._traced(self._model)

    @cached_property
    def _activations(self) -> Callable[[tf.Tensor], Any]:
        return self._traced(with_activations(self._model))

    def _traced(self, model: keras.Model) -> Callable[[tf.Tensor], Any]:
        def answer(x: tf.Tensor) -> Any:
            # The settings of the layers belong to the trace of training; answers need none.
            self._kit.knobs, self._kit.step = {}, None
            return model(x, training=False)

        rows = tf.TensorSpec([None, None], tf.float32)
        traced: Callable[[tf.Tensor], Any] = tf.function(
            answer, autograph=False, input_signature=[rows]
        )
        return traced
