"""The rows of a study of one's own model, in whatever shape its author has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuning_core.datasets import FoldedData, PreparedData
from tuning_core.own_models.errors import OwnModelError

FEW_ROWS = 32
"""With which a model is tried out."""


@dataclass(frozen=True)
class OwnPart:
    """Rows as ``fit`` takes them: ``x``, ``y``, ``weights``, or ``batches`` that give them.

    ``x`` and ``y`` are arrays, or lists, tuples or dicts of arrays where a model has several inputs
    or outputs; ``y`` and ``weights`` may be None.
    """

    x: Any = None
    y: Any = None
    weights: Any = None
    batches: tf.data.Dataset | keras.utils.PyDataset | None = None

    @property
    def rows(self) -> int | None:
        """How many there are; None where the batches do not say."""
        return None if self.batches is not None else len(tf.nest.flatten(self.x)[0])

    @property
    def plain(self) -> bool:
        """Whether there is one array of inputs, and one of targets."""
        return isinstance(self.x, np.ndarray) and isinstance(self.y, np.ndarray)

    @property
    def size(self) -> int:
        """Bytes of the arrays."""
        return sum(array.nbytes for array in tf.nest.flatten(self.triple) if array is not None)

    @property
    def triple(self) -> tuple[Any, ...]:
        """``x``, ``y`` and, where there are any, ``weights``, as ``validation_data`` has them."""
        return (self.x, self.y) if self.weights is None else (self.x, self.y, self.weights)

    @property
    def for_fit(self) -> dict[str, Any]:
        """The arguments of ``fit`` that these rows are."""
        if self.batches is not None:
            return {"x": self.batches}
        given = {"x": self.x, "y": self.y, "sample_weight": self.weights}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def for_validation(self) -> Any:
        """What ``validation_data`` is when they validate."""
        return self.triple if self.batches is None else self.batches

    def taken(self, rows: np.ndarray) -> OwnPart:
        """The rows of these numbers, in their order."""
        return OwnPart(*(_each(lambda a: a[rows], v) for v in (self.x, self.y, self.weights)))

    def few(self, rows: int = FEW_ROWS) -> OwnPart:
        """The first rows, or the first batches."""
        if isinstance(self.batches, tf.data.Dataset):
            return OwnPart(batches=self.batches.take(1))
        if self.batches is not None:
            return OwnPart(batches=_Few(self.batches))
        return self.taken(np.arange(min(rows, self.rows or 0)))

    def with_rows(self, other: OwnPart) -> OwnPart:
        """These rows and others after them."""
        if isinstance(self.batches, tf.data.Dataset) and isinstance(other.batches, tf.data.Dataset):
            return OwnPart(batches=self.batches.concatenate(other.batches))
        if self.batches is not None or other.batches is not None:
            raise OwnModelError("Rows that come in batches cannot be put together with others.")
        joined = (
            None if a is None else tf.nest.map_structure(lambda *b: np.concatenate(b), a, b)
            for a, b in zip(
                (self.x, self.y, self.weights), (other.x, other.y, other.weights), strict=True
            )
        )
        return OwnPart(*joined)


@dataclass(frozen=True)
class OwnData:
    """What ``load_data()`` returned, or rows of the catalog; ``validation`` None: there are none.

    Where a fold of a cross-validation is meant, ``train`` and ``validation`` are its own.
    """

    train: OwnPart
    validation: OwnPart | None
    test: OwnPart | None = None

    @classmethod
    def of(cls, loaded: Any) -> OwnData:
        """What a ``load_data()`` has returned; raises OwnModelError."""
        if not isinstance(loaded, Sequence) or len(loaded) not in (2, 3):
            raise OwnModelError(
                "load_data() must return (x, y), (x_val, y_val) and optionally (x_test, y_test), "
                f"or as many tf.data sets; it returned {_shown(loaded)}."
            )
        names = ("the training part", "the validation part", "the test part")
        parts = [_part(part, name) for part, name in zip(loaded, names, strict=False)]
        return cls(parts[0], parts[1], parts[2] if len(parts) > 2 else None)

    @classmethod
    def of_catalog(cls, data: PreparedData | FoldedData) -> list[OwnData]:
        """Preprocessed rows of the catalog, each of the shape that it has: one, or each fold."""
        shape = data.row_shape
        if isinstance(data, FoldedData):
            found = []
            for fold in data.folds:
                part = OwnPart(fold.x.reshape(-1, *shape), fold.y, fold.weights)
                held = replace(part, weights=None).taken(np.arange(fold.first, fold.last))
                found.append(cls(part.taken(fold.train_rows), held))
            return found
        rows, others = data.train, data.validation
        return [
            cls(
                OwnPart(rows.x.reshape(-1, *shape), rows.y, data.weights),
                OwnPart(others.x.reshape(-1, *shape), others.y) if len(others.x) else None,
            )
        ]

    @property
    def sizes(self) -> dict[str, int]:
        """Rows of the parts that there are, 0 where a data set does not say."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: part.rows or 0 for name, part in parts.items() if part is not None}

    def folds(self, count: int, seed: int = 0) -> list[OwnData]:
        """A cross-validation over training and validation rows; raises OwnModelError.

        Each fold validates on other rows; they are dealt out at random, always alike.
        """
        if self.train.batches is not None or self.validation is None:
            raise OwnModelError(
                "Folds need arrays: load_data() returns data sets, whose rows cannot be divided. "
                "Return arrays, or search without folds."
            )
        rows = self.train.with_rows(self.validation)
        order = np.random.default_rng(seed).permutation(rows.rows or 0)
        dealt = [np.sort(part) for part in np.array_split(order, count)]
        return [
            OwnData(rows.taken(np.setdiff1d(order, held)), rows.taken(held), self.test)
            for held in dealt
        ]

    def whole(self) -> OwnData:
        """Training and validation rows to train on, and none to validate on."""
        if self.validation is None:
            return self
        return OwnData(self.train.with_rows(self.validation), None, self.test)

    def first_inputs(self) -> Any:
        """The inputs of one row, or of one batch."""
        if self.train.batches is None:
            return self.train.few(1).x
        batch = next(iter(self.train.batches))
        return batch[0] if isinstance(batch, tuple | list) else batch

    def few(self) -> OwnData:
        """A handful of rows, to try a model out."""
        held = self.validation.few() if self.validation else None
        return OwnData(self.train.few(), held)


class _Few(keras.utils.PyDataset):
    """The first batch of another data set."""

    def __init__(self, batches: keras.utils.PyDataset) -> None:
        super().__init__()
        self._batches = batches

    def __len__(self) -> int:
        return min(1, len(self._batches))

    def __getitem__(self, index: int) -> Any:
        return self._batches[index]


def _part(part: Any, name: str) -> OwnPart:
    if isinstance(part, tf.data.Dataset | keras.utils.PyDataset):
        return OwnPart(batches=part)
    if not isinstance(part, Sequence) or len(part) not in (2, 3):
        raise OwnModelError(
            f"load_data(): expected (x, y), or a tf.data set, as {name}, received {_shown(part)}."
        )
    found = OwnPart(*(_each(_array, value) for value in part))
    counts = {len(array) for array in tf.nest.flatten(found.triple) if array is not None}
    if counts <= {0}:
        raise OwnModelError(f"load_data(): expected rows in {name}, received none.")
    if len(counts) != 1:
        raise OwnModelError(
            f"load_data(): expected as many inputs as targets in {name}, received "
            f"{' and '.join(f'{count:,}' for count in sorted(counts))} rows."
        )
    return found


def _array(value: Any) -> np.ndarray:
    """An array of what Keras takes for one: numbers of NumPy, TensorFlow or pandas."""
    if hasattr(value, "to_numpy"):
        return np.asarray(value.to_numpy())
    return value if isinstance(value, np.ndarray) else np.asarray(value)


def _each(change: Any, value: Any) -> Any:
    """A value, or each of several, changed."""
    if value is None or not isinstance(value, Mapping | list | tuple):
        return value if value is None else change(value)
    if isinstance(value, Mapping):
        return {name: _each(change, part) for name, part in value.items()}
    if value and np.isscalar(value[0]):
        return change(value)
    return type(value)(_each(change, part) for part in value)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    return f"an object of type {type(value).__name__}" if value is not None else "None"
