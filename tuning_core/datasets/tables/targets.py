"""What there is to predict: which column, classes or a value, and what gives it away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np
import pandas as pd

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables import numbers
from tuning_core.datasets.tables.kinds import ColumnInfo, mostly_numbers, whole
from tuning_core.datasets.tables.table import Cells
from tuning_core.spec.dataset import MAX_CLASSES

Task = Literal["classification", "regression"]
_FEW = 20
_GRADES = 10
_ORDERED = 5
_UNEVEN = 0.1
_PARTS = 3
_LISTED = 5
_SIGNED_CLASSES = 20
_USUAL_TARGETS = ("target", "label", "class", "y", "outcome", "answer", "result")

LEAK = "Predicts the target almost alone: is it known before the target is?"

_LEAK_ROWS = 4_000
_ENOUGH = 40
_SOLVED = 0.995
_SAME = 0.999
_DEPTH = 6


def suggested_target(infos: Mapping[str, ColumnInfo], codes: Collection[str]) -> str:
    """A column with a usual name for a target, else the last that is good for anything.

    Codes, such as those of places, are seldom what is asked for.
    """
    for usual in _USUAL_TARGETS:
        for name in infos:
            if name.lower() == usual:
                return name
    usable = [name for name, info in infos.items() if info.kind != "ignore"]
    others = [name for name in usable if name not in codes]
    return (others or usable or list(infos))[-1]


def find_task(target: Cells, decimal: str, thousands: str) -> Task:
    """The task; a column that would be numbers but for a few values or a sign is one of numbers."""
    if target.texts is None:
        return _infer_task(target)
    words = list(target.texts.categories)
    if mostly_numbers(target, decimal, thousands):
        values = numbers.numbers_of(words, decimal, thousands)
        return _infer_task(Cells(target.name, numbers=np.append(values, np.nan)[target.codes]))
    if len(words) > _SIGNED_CLASSES and numbers.signs_around(words):
        return "regression"
    return _infer_task(target)


def _infer_task(target: Cells) -> Task:
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


def leak_sample(absent: np.ndarray) -> np.ndarray:
    """Numbers of a few thousand rows, in mixed order, whose target is there."""
    known = np.flatnonzero(~absent)
    return np.random.RandomState(0).permutation(known)[:_LEAK_ROWS]


def leaks(answers: Cells, column: Cells, task: Task, rows: np.ndarray) -> bool:
    """Whether a column gives the target almost alone on these rows: often known only afterwards."""
    if task == "regression" and answers.numbers is None:
        return False
    y = answers.numbers if answers.numbers is not None else answers.codes
    x = column.numbers if column.numbers is not None else column.codes
    return _predicts_alone(
        x[rows].astype(np.float64), y[rows].astype(np.float64), task == "classification"
    )


def _predicts_alone(column: np.ndarray, target: np.ndarray, classes: bool) -> bool:
    """Whether a shallow tree on ``column`` alone gives the target of rows it has not seen.

    Both are float64 (n,) without missing targets; texts come as codes.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if len(target) < _ENOUGH or (classes and len(np.unique(target)) * 4 > len(target)):
        return False
    # Codes: scikit-learn takes no classes that are numbers with decimals.
    x, y = column, np.unique(target, return_inverse=True)[1] if classes else target
    known = np.isfinite(x)
    if not known.any():
        return False
    # Ranks: trees take single precision. What is missing is a value of its own, below all others.
    ranks = np.zeros((len(x), 1))
    ranks[known, 0] = 1 + np.unique(x[known], return_inverse=True)[1]
    half = len(y) // 2
    if not classes:
        if np.std(x[known]) == 0 or np.std(y[known]) == 0:
            return False
        if abs(float(np.corrcoef(x[known], y[known])[0, 1])) > _SAME and known.mean() > 0.5:
            return True
        tree = DecisionTreeRegressor(max_depth=_DEPTH).fit(ranks[:half], y[:half])
        return bool(tree.score(ranks[half:], y[half:]) > _SAME)
    base = float(np.unique(y[half:], return_counts=True)[1].max() / len(y[half:]))
    tree = DecisionTreeClassifier(max_depth=_DEPTH).fit(ranks[:half], y[:half])
    right = float(tree.score(ranks[half:], y[half:]))
    return base < 1 and (right - base) / (1 - base) > _SOLVED
