"""What one would write by hand for a table: pandas, the encoding, `model.fit` three times."""

from __future__ import annotations

import sys

import keras
import numpy as np
import pandas as pd

RATES = (3e-4, 1e-3, 3e-3)


def main() -> None:
    """Read, split, encode, train and test: ``table_script CSV BATCH EPOCHS``."""
    path, batch, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    table = pd.read_csv(path)
    y = table.pop("answer").astype("category").cat.codes.to_numpy(np.int32)
    x = pd.get_dummies(table, dtype=np.float32).to_numpy(np.float32)
    order = np.random.default_rng(0).permutation(len(x))
    test, held, train = np.split(order, [len(x) // 10, len(x) * 3 // 10])
    x = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
    for rate in RATES:
        model = keras.Sequential(
            [
                keras.Input((x.shape[1],)),
                keras.layers.Dense(64, activation="relu"),
                keras.layers.Dense(64, activation="relu"),
                keras.layers.Dense(2, activation="softmax"),
            ]
        )
        loss = "sparse_categorical_crossentropy"
        model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
        model.fit(
            x[train],
            y[train],
            batch_size=batch,
            epochs=epochs,
            validation_data=(x[held], y[held]),
            verbose=0,
        )
    print(model.evaluate(x[test], y[test], batch_size=2048, verbose=0))


if __name__ == "__main__":
    main()
