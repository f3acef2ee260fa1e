"""The model that is exported: raw rows in, answers in original units out."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tuning_core.datasets import Preprocessing, TargetScale
from tuning_core.datasets.tables.encoding import TablePreprocessing
from tuning_core.models.raw_table import encoded_table


def raw_model(
    core: keras.Model, data_pre: Preprocessing | TablePreprocessing, target: TargetScale
) -> keras.Model:
    """``core`` between its preprocessing and the way back to original units.

    The layers of ``core`` are shared, not copied. Every layer is one of Keras's own, so the
    saved model loads with nothing but Keras, on any backend; one for columns of text needs
    TensorFlow and takes {column: (n, 1)}.
    """
    entry: Any
    if isinstance(data_pre, TablePreprocessing):
        taken = {layer.name for layer in core.layers}
        entry, tensor = encoded_table(data_pre, taken)
    else:
        tensor = entry = keras.Input(data_pre.input_shape, name="raw")
        if len(data_pre.input_shape) > 1:
            tensor = keras.layers.Flatten(name="flatten")(tensor)
        tensor = _scaling(data_pre)(tensor)
    for layer in core.layers[1:]:
        tensor = layer(tensor)
    if target != TargetScale(0.0, 1.0):
        if target.double:
            tensor = keras.ops.cast(tensor, "float64")
            tensor = keras.ops.add(keras.ops.multiply(tensor, target.std), target.mean)
        else:
            back = keras.layers.Rescaling(target.std, offset=target.mean, name="original_units")
            tensor = back(tensor)
    return keras.Model(entry, tensor, name="tunescape")


def _scaling(pre: Preprocessing) -> keras.layers.Layer:
    scale = np.unique(pre.scale)
    if not pre.offset.any() and len(scale) == 1:
        return keras.layers.Rescaling(1.0 / float(scale[0]), name="rescale")
    # Keras divides by the square root: of the variance in double precision little is lost.
    variance = np.square(pre.scale.astype(np.float64))
    return keras.layers.Normalization(
        mean=pre.offset.tolist(), variance=variance.tolist(), name="standardise"
    )
