"""The columns of a table in the exported model: what ``tuning_core/datasets/columns`` fitted."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import keras
import numpy as np
import pandas as pd

from tuning_core.datasets.columns import (
    CategoryColumn,
    NumberColumn,
    TablePreprocessing,
    TextColumn,
)

_NO_WORD = "(no category in the training rows)"
"""A lookup needs a vocabulary; this stands in for an empty one."""

_SHORTEST = 1e-6
"""Shorter than any text with a known term."""


def encoded_table(pre: TablePreprocessing, taken: Set[str]) -> tuple[Any, keras.KerasTensor]:
    """(inputs, encoded rows) of a table.

    Numbers alone are one input "raw" (n, columns), NaN where a value is missing. With columns of
    text the inputs are {column: (n, 1)}, text as strings. Columns that single precision would
    blur are taken, and standardised, in double precision. Layers get no name of ``taken``.
    """
    if pre.numeric:
        entry = keras.Input((len(pre.columns),), name="raw", dtype=_precision(pre.columns))
        return entry, _numbers(entry, pre.columns)
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
        layer = f"column_{number}"
        if isinstance(column, NumberColumn):
            encoded += _number(entry, column, layer)
        elif isinstance(column, TextColumn):
            encoded.append(_weighed(_counted(entry, column, layer), column))
        else:
            words = list(column.words) or [_NO_WORD]
            lookup = keras.layers.StringLookup(
                vocabulary=words, num_oov_indices=1, name=f"{layer}_place"
            )
            encoded += _category(lookup(entry), column, layer)
    return inputs, _joined(encoded)


def table_inputs(pre: TablePreprocessing, rows: pd.DataFrame) -> Any:
    """Raw rows as a model of ``encoded_table`` takes them."""
    if pre.numeric:
        names = [column.name for column in pre.columns]
        return rows[names].to_numpy(_precision(pre.columns))
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
    width = sum(_coded_width(column) for column in pre.columns)
    entry = keras.Input((width,), name="raw", dtype=_precision(pre.columns))
    encoded, first = [], 0
    for number, column in enumerate(pre.columns, start=1):
        last, layer = first + _coded_width(column), f"column_{number}"
        tensor = entry[:, first:last]
        if isinstance(column, NumberColumn):
            encoded += _number(keras.ops.cast(tensor, _precision([column])), column, layer)
        elif isinstance(column, TextColumn):
            encoded.append(_weighed(keras.ops.cast(tensor, "float32"), column))
        else:
            encoded += _category(keras.ops.cast(tensor, "int32"), column, layer)
        first = last
    return entry, _joined(encoded)


def coded_rows(pre: TablePreprocessing, rows: pd.DataFrame) -> np.ndarray:
    """Raw rows as one array: of categories their code in :func:`codes`, 0 for others.

    Of a column of texts how often each term of its vocabulary is in it; one number for others.
    """
    columns: list[np.ndarray] = []
    for column in pre.columns:
        values = rows[column.name]
        if isinstance(column, NumberColumn):
            columns.append(values.to_numpy(np.float64))
        elif isinstance(column, TextColumn):
            columns.append(column.counts(values).toarray())
        else:
            known = codes(column)
            columns.append(np.array([known.get(word, 0) for word in _words(values)]))
    return np.column_stack(columns).astype(_precision(pre.columns))


def codes(column: CategoryColumn) -> dict[str, int]:
    """The number of each category: 1 for the first that the training rows had, and so on."""
    return {word: code for code, word in enumerate(column.words, start=1)}


def _coded_width(column: NumberColumn | CategoryColumn | TextColumn) -> int:
    return max(1, len(column.vocabulary)) if isinstance(column, TextColumn) else 1


def _joined(encoded: list[keras.KerasTensor]) -> keras.KerasTensor:
    return encoded[0] if len(encoded) == 1 else keras.layers.Concatenate(name="joined")(encoded)


def _words(values: pd.Series) -> list[str]:
    found: list[str] = values.astype(object).where(values.notna(), "").tolist()
    return found


def _precision(columns: Sequence[NumberColumn | CategoryColumn | TextColumn]) -> str:
    double = any(isinstance(column, NumberColumn) and column.double for column in columns)
    return "float64" if double else "float32"


def _numbers(entry: keras.KerasTensor, columns: Sequence[Any]) -> keras.KerasTensor:
    """All columns at once where each is one number."""
    if all(column.width == 1 for column in columns):
        return _standardised(entry, columns)
    parts = [
        _number(entry[:, place : place + 1], column, f"column_{place + 1}")
        for place, column in enumerate(columns)
    ]
    return _joined([tensor for part in parts for tensor in part])


def _number(tensor: keras.KerasTensor, column: NumberColumn, name: str) -> list[keras.KerasTensor]:
    """A number standardised; then whether it is missing, and where in each period it is."""
    found, ops = [_standardised(tensor, [column])], keras.ops
    if column.missing is None and not column.periods:
        return found
    gap = ops.logical_not(ops.isfinite(tensor))
    if column.missing is not None:
        found.append(ops.multiply(ops.cast(gap, "float32"), float(column.missing)))
    # Not by "where": in other formats NaN comes through it.
    known = ops.nan_to_num(tensor, nan=0.0, posinf=0.0, neginf=0.0)
    there = ops.cast(ops.logical_not(gap), tensor.dtype)
    for period in column.periods:
        turns = ops.floor(ops.divide(known, period))
        angle = ops.multiply(ops.subtract(known, ops.multiply(turns, period)), 2 * np.pi / period)
        for wave in (ops.sin, ops.cos):
            found.append(ops.cast(ops.multiply(wave(angle), there), "float32"))
    return found


def _standardised(tensor: keras.KerasTensor, columns: Sequence[NumberColumn]) -> keras.KerasTensor:
    """Missing values become ``fill``: what lies 0 away from it; then mean and scale.

    Not Keras's Normalization, which takes any scale below 1e-7 for 1e-7 and squares large ones,
    nor its Rescaling, which rounds its own numbers to single precision in every case.
    """
    precision, ops = _precision(columns), keras.ops
    fill, mean, scale = np.array([(c.fill, c.mean, c.scale) for c in columns], precision).T
    tensor = ops.nan_to_num(ops.subtract(tensor, fill), nan=0.0, posinf=0.0, neginf=0.0)
    tensor = ops.divide(ops.subtract(tensor, mean - fill), scale)
    return tensor if precision == "float32" else ops.cast(tensor, "float32")


def _category(
    code: keras.KerasTensor, column: CategoryColumn, name: str
) -> list[keras.KerasTensor]:
    """The slots of a category and, where there are many, what its training rows answered."""
    frequent = len(column.vocabulary)
    slots = keras.layers.CategoryEncoding(
        num_tokens=max(column.slots, frequent + 1, 2), output_mode="one_hot", name=f"{name}_slots"
    )
    if column.means is None:
        place = code
        if column.other:
            place = keras.ops.where(keras.ops.equal(place, 0), column.other, place)
        return [slots(place)]
    # The categories with a slot of their own have the first codes.
    place = keras.ops.where(keras.ops.greater(code, frequent), 0, code)
    place = keras.ops.where(keras.ops.equal(place, 0), column.other, place)
    table = column.means.table
    means = keras.layers.Embedding(*table.shape, trainable=False, name=f"{name}_means")
    means.build()
    means.set_weights([table])
    return [slots(place), keras.layers.Reshape((table.shape[1],), name=f"{name}_flat")(means(code))]


def _counted(tensor: keras.KerasTensor, column: TextColumn, name: str) -> keras.KerasTensor:
    """How often each term of the vocabulary is in a text; one number, 0, where there is none."""
    words = list(column.vocabulary) or [_NO_WORD]
    counter = keras.layers.TextVectorization(
        standardize="lower_and_strip_punctuation",
        split="character" if column.characters else "whitespace",
        ngrams=2,
        output_mode="count",
        vocabulary=words,
        name=f"{name}_terms",
    )
    # Keras takes its counts for (n, 1, terms + 1); they are (n, terms + 1).
    flat = keras.layers.Reshape((len(words) + 1,), name=f"{name}_counts")
    # Before the terms it counts what is none of them.
    return keras.ops.cast(flat(counter(tensor))[:, 1:], "float32")


def _weighed(counts: keras.KerasTensor, column: TextColumn) -> keras.KerasTensor:
    """Terms weighed by how rare they are, texts brought to one length; see ``TextColumn``."""
    idf = np.array(column.idf or [0.0], np.float32)
    tensor = keras.ops.multiply(counts, idf)
    # Not Keras's UnitNormalization: other formats make NaN of its zeros.
    length = keras.ops.sqrt(keras.ops.sum(keras.ops.square(tensor), axis=1, keepdims=True))
    tensor = keras.ops.multiply(
        keras.ops.divide(tensor, keras.ops.maximum(length, _SHORTEST)), column.scale
    )
    empty = column.width - len(idf)
    return keras.ops.pad(tensor, [[0, 0], [0, empty]]) if empty else tensor
