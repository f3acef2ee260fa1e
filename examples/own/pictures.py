"""A small convolutional network, as Keras Tuner's guide to distributed tuning searches it."""

from __future__ import annotations

import keras
import keras_tuner
from digits import load_data

__all__ = ["build_model", "load_data"]

POOLING = {
    "max": (keras.layers.MaxPooling2D, keras.layers.GlobalMaxPooling2D),
    "avg": (keras.layers.AveragePooling2D, keras.layers.GlobalAveragePooling2D),
}


def build_model(hp: keras_tuner.HyperParameters) -> keras.Model:
    """A compiled model of one to three convolutions."""
    inputs = keras.Input((8, 8, 1))
    x = inputs
    for layer in range(hp.Int("conv_layers", 1, 3, default=3)):
        x = keras.layers.Conv2D(
            filters=hp.Int(f"filters_{layer}", 4, 16, step=4, default=8),
            kernel_size=hp.Int(f"kernel_size_{layer}", 2, 3),
            activation="relu",
            padding="same",
        )(x)
        pooling, _ = POOLING[hp.Choice(f"pooling_{layer}", ["max", "avg"])]
        x = pooling(2)(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.ReLU()(x)
    _, pooling = POOLING[hp.Choice("global_pooling", ["max", "avg"])]
    outputs = keras.layers.Dense(10, activation="softmax")(pooling()(x))
    model = keras.Model(inputs, outputs)
    model.compile(
        hp.Choice("optimizer", ["adam", "sgd"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
