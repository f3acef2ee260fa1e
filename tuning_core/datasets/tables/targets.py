"""What there is to predict: classes or a value."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.cells import Cells
from tuning_core.datasets.tables.kinds import whole
from tuning_core.spec.dataset import MAX_CLASSES

Task = Literal["classification", "regression"]
_FEW = 20
_GRADES = 10
_ORDERED = 5
_UNEVEN = 0.1
_PARTS = 3
_LISTED = 5


def infer_task(target: Cells) -> Task:
    """Classification for texts and for few whole numbers, else regression.

    Many whole numbers with hardly a gap are an amount, such as marks from 0 to 20.
    """
    if target.numbers is None:
        return "classification"
    values = pd.unique(target.numbers[~target.absent])
    few = whole(values) and len(values) <= _FEW and len(values) * 4 <= len(target)
    amount = len(values) > _GRADES and _adjacent(values)
    return "classification" if len(values) <= 2 or (few and not amount) else "regression"


def graded(target: Cells) -> str:
    """A sentence on classes that are whole numbers in a row, empty when they are not."""
    if target.numbers is None:
        return ""
    values = pd.unique(target.numbers[~target.absent])
    if len(values) < _ORDERED or not whole(values) or not _adjacent(values):
        return ""
    return (
        f"The {len(values)} values of {target.name!r} are whole numbers, taken for classes without "
        "an order: choose regression if a larger one means more."
    )


def _adjacent(values: np.ndarray) -> bool:
    """Whether at least three in four of the whole numbers between the ends are there."""
    return len(values) * 4 >= (values.max() - values.min() + 1) * 3


def class_labels(target: Cells) -> list[str]:
    """The classes in sorted order, whole numbers without decimals; raises DataError."""
    return check_labels(target.name, labels_of(target))


def labels_of(target: Cells) -> list[str]:
    """The different values in sorted order, as many as there are."""
    words = target.as_texts()
    return [str(words.categories[code]) for code in np.unique(words.codes[words.codes >= 0])]


def check_labels(name: str, labels: list[str]) -> list[str]:
    """The labels, when they are classes to tell apart; raises DataError."""
    if len(labels) < 2:
        held = f"all values of {name!r} are the same, {labels[0]!r}" if labels else ""
        raise DataError(
            f"dataset.target: {held or f'{name!r} has no value at all'}, so there is nothing to "
            "predict: choose another column."
        )
    if len(labels) > MAX_CLASSES:
        raise DataError(
            f"dataset.target: {name!r} has {len(labels):,} classes, more than the "
            f"{MAX_CLASSES:,} that can be told apart: choose another column, or regression for "
            "numbers."
        )
    return labels


def imbalance(target: Cells) -> str:
    """A sentence on how uneven the classes are, empty when they are not."""
    words = target.as_texts()
    counts = np.bincount(words.codes[words.codes >= 0], minlength=len(words.categories))
    if not len(counts):
        return ""
    least, most = int(counts.argmin()), int(counts.argmax())
    if counts[least] >= _UNEVEN * counts[most]:
        return ""
    if counts[least] < _PARTS:
        rare = [str(words.categories[place]) for place in np.flatnonzero(counts < _PARTS).tolist()]
        listed = ", ".join(map(repr, rare[:_LISTED])) + (" and others" * (len(rare) > _LISTED))
        return (
            f"Too few rows are of {listed} to be in training, validation and test alike: find more "
            "of them, or leave them out."
        )
    return (
        f"The classes are uneven: {counts[least]:,} rows of {words.categories[least]!r} against "
        f"{counts[most]:,} of {words.categories[most]!r}. Class weights make up for it."
    )
