"""A model for anybody's pictures, as a library would bring it, with a search space of its own."""

from __future__ import annotations

import keras
import keras_tuner


class ReadyMade(keras_tuner.HyperModel):
    """A classifier of pictures, dense or convolutional."""

    def __init__(self, input_shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.input_shape = input_shape
        self.classes = classes

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """A compiled model; how wide it is depends on what kind it is."""
        inputs = keras.Input(self.input_shape)
        x = inputs
        kind = hp.Choice("kind", ["dense", "convolutional"])
        with hp.conditional_scope("kind", ["dense"]):
            if kind == "dense":
                x = keras.layers.Flatten()(x)
                x = keras.layers.Dense(hp.Int("units", 32, 512, step=32), activation="relu")(x)
        with hp.conditional_scope("kind", ["convolutional"]):
            if kind == "convolutional":
                filters = hp.Int("filters", 8, 64, step=8)
                x = keras.layers.Conv2D(filters, 3, activation="relu")(x)
                x = keras.layers.GlobalAveragePooling2D()(x)
        x = keras.layers.Dropout(hp.Float("dropout", 0.0, 0.5, step=0.1))(x)
        outputs = keras.layers.Dense(self.classes, activation="softmax")(x)
        model = keras.Model(inputs, outputs)
        rate = hp.Choice("learning_rate", [0.1, 0.01, 0.001])
        model.compile(
            optimizer=keras.optimizers.Adam(rate),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model
