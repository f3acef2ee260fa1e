"""The pictures of handwritten digits that scikit-learn brings along, for the models beside it."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

Part = tuple[np.ndarray, np.ndarray]

TRAIN_ROWS, VALIDATION_ROWS = 1000, 400


def load_data() -> tuple[Part, Part, Part]:
    """Rows to train on, to validate on and to test on: pictures (rows, 8, 8, 1), digits (rows,)."""
    pictures, digits = load_digits(return_X_y=True)
    x = (pictures / 16).astype("float32").reshape(-1, 8, 8, 1)
    y = digits.astype("int32")
    order = np.random.default_rng(0).permutation(len(x))
    parts = np.split(order, [TRAIN_ROWS, TRAIN_ROWS + VALIDATION_ROWS])
    train, validation, test = ((x[rows], y[rows]) for rows in parts)
    return train, validation, test
