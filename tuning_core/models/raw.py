"""The model that is exported: raw rows in, answers in original units out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import keras
import numpy as np

from tuning_core.catalog.planes import FEATURES
from tuning_core.datasets import Preprocessing, TargetScale
from tuning_core.datasets.columns import TablePreprocessing
from tuning_core.datasets.preprocessing import FARTHEST
from tuning_core.models.columns import coded_table, encoded_table
from tuning_core.models.kit import AUGMENTING


@dataclass(frozen=True)
class Ensemble:
    """Networks on the same preprocessed rows, by name, and the weight of each in the mean."""

    members: Mapping[str, keras.Model]
    weights: Sequence[float]

    def __call__(self, tensor: keras.KerasTensor) -> keras.KerasTensor:
        """The weighted mean of what the members say; each is a model within the model."""
        said = []
        for (name, core), weight in zip(self.members.items(), self.weights, strict=True):
            entry = keras.Input(core.input_shape[1:])
            member = keras.Model(entry, _through(core, entry), name=name)
            said.append(keras.ops.multiply(member(tensor), weight))
        return reduce(keras.ops.add, said)


def raw_model(
    core: keras.Model | Ensemble,
    data_pre: Preprocessing | TablePreprocessing,
    target: TargetScale,
    coded: bool = False,
) -> keras.Model:
    """``core`` between its preprocessing and the way back to original units.

    The layers of ``core`` are shared, not copied, but for those that change pictures while
    training: they are left out. Of an :class:`Ensemble` each member is a model within the model.
    Every layer is one of Keras's own, so the
    saved model loads with nothing but Keras, on any backend; one for columns of text needs
    TensorFlow and takes {column: (n, 1)}, or is ``coded``: then it takes ``coded_rows``.
    """
    entry: Any
    if isinstance(data_pre, TablePreprocessing):
        ours = core.members if isinstance(core, Ensemble) else [x.name for x in core.layers]
        taken = {*ours}
        entry, tensor = coded_table(data_pre) if coded else encoded_table(data_pre, taken)
    else:
        tensor = entry = keras.Input(data_pre.input_shape, name="raw")
        if len(data_pre.input_shape) > 1:
            tensor = keras.layers.Flatten(name="flatten")(tensor)
        if data_pre.features:
            x, y = tensor[:, 0:1], tensor[:, 1:2]
            seen = [FEATURES[name].of(x, y, keras.ops.sin) for name in data_pre.features]
            tensor = keras.ops.concatenate(seen, axis=1)
        tensor = _scaling(data_pre)(tensor)
    tensor = core(tensor) if isinstance(core, Ensemble) else _through(core, tensor)
    if target.log is not None:
        ops = keras.ops
        tensor = ops.clip(tensor, -FARTHEST, FARTHEST)
        tensor = ops.add(ops.multiply(tensor, target.std), target.mean)
        tensor = (ops.exp if target.log == "log" else ops.expm1)(tensor)
    elif target != TargetScale(0.0, 1.0):
        if target.double:
            tensor = keras.ops.cast(tensor, "float64")
            tensor = keras.ops.add(keras.ops.multiply(tensor, target.std), target.mean)
        else:
            back = keras.layers.Rescaling(target.std, offset=target.mean, name="original_units")
            tensor = back(tensor)
    return keras.Model(entry, tensor, name="tunescape")


def _through(core: keras.Model, tensor: keras.KerasTensor) -> keras.KerasTensor:
    """What a network says to rows, without what changes pictures while training."""
    for layer in core.layers[1:]:
        if not isinstance(layer, AUGMENTING):
            tensor = layer(tensor)
    return tensor


def _scaling(pre: Preprocessing) -> keras.layers.Layer:
    scale = np.unique(pre.scale)
    if not pre.offset.any() and len(scale) == 1:
        return keras.layers.Rescaling(1.0 / float(scale[0]), name="rescale")
    # Keras divides by the square root: of the variance in double precision little is lost.
    variance = np.square(pre.scale.astype(np.float64))
    return keras.layers.Normalization(
        mean=pre.offset.tolist(), variance=variance.tolist(), name="standardise"
    )
