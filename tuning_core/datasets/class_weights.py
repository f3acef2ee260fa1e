"""Weights that make every class count alike in the training loss."""

from __future__ import annotations

import numpy as np

from tuning_core.spec.dataset import DatasetSpec


def class_weights(spec: DatasetSpec, y: np.ndarray, train_y: np.ndarray) -> np.ndarray | None:
    """The weight of each row of ``y`` (n,), float32; None when the spec asks for none.

    Balanced: training rows / (classes * training rows of the class), so that the mean over the
    training rows is 1 (scikit-learn's ``compute_class_weight``; King and Zeng 2001, "Logistic
    Regression in Rare Events Data"). A class without training rows weighs nothing.
    """
    if spec.class_weights == "none":
        return None
    # Imported late: it takes a second, which a page that weighs nothing need not pay.
    from sklearn.utils.class_weight import compute_class_weight

    classes = np.unique(train_y)
    weights = np.zeros(max(int(y.max(initial=0)), int(classes.max())) + 1, np.float32)
    weights[classes] = compute_class_weight("balanced", classes=classes, y=train_y)
    return np.asarray(weights[y])
