"""What there is to predict: classes or a value."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.cells import Cells
from tuning_core.spec_dataset import MAX_CLASSES

Task = Literal["classification", "regression"]
_FEW = 20
_UNEVEN = 0.1


def infer_task(target: Cells) -> Task:
    """Classification for texts and for few whole numbers, else regression."""
    if target.numbers is None:
        return "classification"
    values = pd.unique(target.numbers[~target.absent])
    whole = bool(np.equal(np.mod(values, 1), 0).all())
    few = len(values) <= 2 or (whole and len(values) <= _FEW and len(values) * 4 <= len(target))
    return "classification" if few else "regression"


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
        held = f"only {labels[0]!r}" if labels else "no value at all"
        raise DataError(
            f"dataset.target: {name!r} holds {held}, and two classes are needed: choose "
            "another column."
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
    return (
        f"The classes are uneven: {counts[least]:,} rows of {words.categories[least]!r} against "
        f"{counts[most]:,} of {words.categories[most]!r}. Class weights make up for it."
    )
