"""The model that is exported: raw rows in, answers in original units out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import reduce
from typing import Any

import keras
import numpy as np
import pandas as pd

from tuning_core.catalog.planes import FEATURES
from tuning_core.datasets import Preprocessing, TargetScale
from tuning_core.datasets.preprocessing import (
    CategoryColumn,
    NumberColumn,
    TablePreprocessing,
)
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
    TensorFlow and takes {column: (n, 1)}, or is ``coded``: then it takes :func:`coded_rows`.
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
    if target != TargetScale(0.0, 1.0):
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


_NO_WORD = "(no category in the training rows)"
"""StringLookup needs a vocabulary; this stands in for an empty one."""


def encoded_table(pre: TablePreprocessing, taken: Set[str]) -> tuple[Any, keras.KerasTensor]:
    """(inputs, encoded rows) of a table.

    Numbers alone are one input "raw" (n, columns), NaN where a value is missing. With columns of
    text the inputs are {column: (n, 1)}, text as strings. Columns that single precision would
    blur are taken, and standardised, in double precision. Layers get no name of ``taken``.
    """
    if pre.numeric:
        numbers = [column for column in pre.columns if isinstance(column, NumberColumn)]
        entry = keras.Input((len(numbers),), name="raw", dtype=_precision(numbers))
        return entry, _standardised(entry, numbers, "columns")
    inputs: dict[str, keras.KerasTensor] = {}
    encoded = []
    used = set(taken)
    for number, column in enumerate(pre.columns, start=1):
        name = column.name.replace("/", "_")
        while name in used or not name:
            name += "_"
        used.add(name)
        kind = _precision([column]) if isinstance(column, NumberColumn) else "string"
        inputs[column.name] = entry = keras.Input((1,), name=name, dtype=kind)
        if isinstance(column, NumberColumn):
            encoded.append(_standardised(entry, [column], f"column_{number}"))
        else:
            encoded.append(_one_hot(entry, column, f"column_{number}"))
    return inputs, _joined(encoded)


def table_inputs(pre: TablePreprocessing, rows: pd.DataFrame) -> Any:
    """Raw rows as a model of ``encoded_table`` takes them."""
    numbers = [column for column in pre.columns if isinstance(column, NumberColumn)]
    if pre.numeric:
        return rows[[column.name for column in numbers]].to_numpy(_precision(numbers))
    # Imported late: only text needs more than Keras.
    import tensorflow as tf

    inputs = {}
    for column in pre.columns:
        values = rows[column.name]
        if isinstance(column, NumberColumn):
            inputs[column.name] = tf.constant(values.to_numpy(_precision([column]))[:, None])
        else:
            words = _words(values)
            inputs[column.name] = tf.constant(words, tf.string, shape=(len(words), 1))
    return inputs


def coded_table(pre: TablePreprocessing) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """(input, encoded rows) of a table whose texts are numbers already, see :func:`coded_rows`."""
    entry = keras.Input((len(pre.columns),), name="raw", dtype=_coded_precision(pre))
    encoded = []
    for place, column in enumerate(pre.columns):
        tensor = entry[:, place : place + 1]
        if isinstance(column, NumberColumn):
            tensor = keras.ops.cast(tensor, _precision([column]))
            encoded.append(_standardised(tensor, [column], f"column_{place + 1}"))
        else:
            encoded.append(_slots(keras.ops.cast(tensor, "int32"), column, f"column_{place + 1}"))
    return entry, _joined(encoded)


def _joined(encoded: list[keras.KerasTensor]) -> keras.KerasTensor:
    return encoded[0] if len(encoded) == 1 else keras.layers.Concatenate(name="joined")(encoded)


def coded_rows(pre: TablePreprocessing, rows: pd.DataFrame) -> np.ndarray:
    """Raw rows as one array (n, columns): of texts their code in :func:`codes`, 0 for others."""
    columns = [
        rows[column.name].to_numpy(np.float64)
        if isinstance(column, NumberColumn)
        else np.array([codes(column).get(word, 0) for word in _words(rows[column.name])])
        for column in pre.columns
    ]
    return np.column_stack(columns).astype(_coded_precision(pre))


def codes(column: CategoryColumn) -> dict[str, int]:
    """The number of each category: 1 for the first that the training rows had, and so on."""
    return {word: code for code, word in enumerate(column.vocabulary, start=1)}


def _coded_precision(pre: TablePreprocessing) -> str:
    return _precision([column for column in pre.columns if isinstance(column, NumberColumn)])


def _words(values: pd.Series) -> list[str]:
    found: list[str] = values.astype(object).where(values.notna(), "").tolist()
    return found


def _precision(columns: list[NumberColumn]) -> str:
    return "float64" if any(column.double for column in columns) else "float32"


def _standardised(
    tensor: keras.KerasTensor, columns: list[NumberColumn], name: str
) -> keras.KerasTensor:
    """Missing values become ``fill``: what lies 0 away from it; then mean and scale.

    Not Keras's Normalization, which takes any scale below 1e-7 for 1e-7 and squares large ones,
    nor its Rescaling, which rounds its own numbers to single precision in every case.
    """
    precision, ops = _precision(columns), keras.ops
    fill, mean, scale = np.array([(c.fill, c.mean, c.scale) for c in columns], precision).T
    tensor = ops.nan_to_num(ops.subtract(tensor, fill), nan=0.0, posinf=0.0, neginf=0.0)
    tensor = ops.divide(ops.subtract(tensor, mean - fill), scale)
    return tensor if precision == "float32" else ops.cast(tensor, "float32")


def _one_hot(tensor: keras.KerasTensor, column: CategoryColumn, name: str) -> keras.KerasTensor:
    words = list(column.vocabulary) or [_NO_WORD]
    found = keras.layers.StringLookup(vocabulary=words, num_oov_indices=1, name=f"{name}_place")
    return _slots(found(tensor), column, name)


def _slots(place: keras.KerasTensor, column: CategoryColumn, name: str) -> keras.KerasTensor:
    slots = keras.layers.CategoryEncoding(
        num_tokens=max(column.width, len(column.vocabulary) + 1, 2),
        output_mode="one_hot",
        name=f"{name}_slots",
    )
    if column.other:
        place = keras.ops.where(keras.ops.equal(place, 0), column.other, place)
    return slots(place)
