"""The network of a configuration as a user of stock Keras writes it."""

from __future__ import annotations

from typing import Any

import keras


def build(config: dict[str, Any], inputs: int, outputs: int) -> keras.Model:
    """A compiled classifier; ``units_2`` is the width of the second hidden layer alone."""
    model = keras.Sequential([keras.Input((inputs,))])
    for layer in range(1, int(config["layers"]) + 1):
        width = config.get(f"units_{layer}", config.get("units"))
        model.add(keras.layers.Dense(width, activation=config["activation"]))
        if config["dropout"] > 0:
            model.add(keras.layers.Dropout(config["dropout"]))
    model.add(keras.layers.Dense(outputs, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=config["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
