"""Dense layers whose number, width, activation, dropout and learning rate are searched.

What Keras Tuner's guide for beginners does. ``build_model`` is a function; the class also tunes
how the model is trained.
"""

from __future__ import annotations

import keras
import keras_tuner
from digits import load_data

__all__ = ["DenseModel", "build_model", "load_data"]


def build_model(hp: keras_tuner.HyperParameters) -> keras.Model:
    """A compiled model; each layer has a width of its own."""
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    activation = hp.Choice("activation", ["relu", "tanh"])
    for layer in range(hp.Int("layers", 1, 3)):
        units = hp.Int(f"units_{layer}", 16, 96, step=16)
        model.add(keras.layers.Dense(units, activation=activation))
    if hp.Boolean("dropout"):
        model.add(keras.layers.Dropout(0.25))
    model.add(keras.layers.Dense(10, activation="softmax"))
    rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


class DenseModel(keras_tuner.HyperModel):
    """The same models, and how many rows a batch has and whether rows are shuffled."""

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """As ``build_model``."""
        return build_model(hp)

    def fit(
        self, hp: keras_tuner.HyperParameters, model: keras.Model, *args: object, **kwargs: object
    ) -> keras.callbacks.History:
        """Train with a batch size and an order of rows that are searched, too."""
        return model.fit(
            *args,
            **{
                **kwargs,
                "batch_size": hp.Choice("batch_size", [16, 32, 64]),
                "shuffle": hp.Boolean("shuffle", default=True),
            },
        )
