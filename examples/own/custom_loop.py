"""A training loop of one's own: the model is not compiled, and what is minimised is our number.

What Keras Tuner's guide to custom training does. The objective is ``val_my_loss``.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from digits import load_data

__all__ = ["CustomLoop", "load_data"]

Rows = tuple[np.ndarray, np.ndarray]


class CustomLoop(keras_tuner.HyperModel):
    """One hidden layer, trained by a gradient tape."""

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """A model that gives a logit for each digit."""
        inputs = keras.Input((8, 8, 1))
        x = keras.layers.Flatten()(inputs)
        x = keras.layers.Dense(hp.Choice("units", [16, 32, 64]), activation="relu")(x)
        return keras.Model(inputs, keras.layers.Dense(10)(x))

    def fit(
        self,
        hp: keras_tuner.HyperParameters,
        model: keras.Model,
        x: np.ndarray,
        y: np.ndarray,
        validation_data: Rows,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        epochs: int = 2,
        **_: object,
    ) -> float:
        """Train, tell the callbacks of each epoch, and return the lowest loss."""
        size = hp.Int("batch_size", 32, 128, step=32, default=64)
        rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(size)
        held = tf.data.Dataset.from_tensor_slices(validation_data).batch(size)
        rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
        optimizer = keras.optimizers.Adam(rate)
        optimizer.build(model.trainable_variables)
        loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        mean = keras.metrics.Mean()

        @tf.function
        def train(pictures: tf.Tensor, digits: tf.Tensor) -> None:
            with tf.GradientTape() as tape:
                loss = loss_of(digits, model(pictures, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

        @tf.function
        def validate(pictures: tf.Tensor, digits: tf.Tensor) -> None:
            mean.update_state(loss_of(digits, model(pictures)))

        for callback in callbacks:
            callback.set_model(model)
        best = float("inf")
        for epoch in range(epochs):
            for pictures, digits in rows:
                train(pictures, digits)
            for pictures, digits in held:
                validate(pictures, digits)
            loss = float(mean.result())
            mean.reset_state()
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"val_my_loss": loss})
            best = min(best, loss)
        return best
