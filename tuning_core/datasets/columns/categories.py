"""A column of categories: a slot for each frequent one; of many, the mean answer of each too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from tuning_core.catalog.columns import ColumnPlan

if TYPE_CHECKING:
    import pandas as pd

MAX_CATEGORIES = 100
"""Categories of a column with a slot of their own; the others share one with what is missing."""

MOST_MEANS = 20
"""Classes up to which the mean answers of a category are learnt from: a number for each."""

MEANS_SEED = 0
_FOLDS = 5


@dataclass(frozen=True)
class CategoryMeans:
    """Of each category of the training rows the mean answer, standardised.

    ``words`` are the categories, the frequent ones with a slot first, "" for what is missing.
    ``table`` float32 (len(words) + 1, k) begins with the row of what is none of them.
    """

    words: tuple[str, ...]
    table: np.ndarray

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, CategoryMeans)
            and self.words == other.words
            and np.array_equal(self.table, other.table)
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class CategoryColumn:
    """One-hot: slot 0 for anything else and what is missing, then the ``vocabulary``.

    ``width`` depends on the categories of the whole table, so that it is the same for every
    split; slots that the training rows have no category for stay 0. ``other`` is the slot of
    anything else: 0, or that of the most frequent category where no training row was in slot 0,
    whose weights are then those that were drawn. ``means`` come behind the slots.
    """

    name: str
    vocabulary: tuple[str, ...]
    width: int
    other: int = 0
    means: CategoryMeans | None = None

    kind: ClassVar[Literal["category"]] = "category"

    @property
    def slots(self) -> int:
        """Numbers of the width that are slots."""
        return self.width - (0 if self.means is None else self.means.table.shape[1])

    @property
    def words(self) -> tuple[str, ...]:
        """All categories that answers differ by."""
        return self.vocabulary if self.means is None else self.means.words

    def encoded(self, values: pd.Series) -> np.ndarray:
        """Raw values (n,) as float32 (n, width)."""
        found = np.zeros((len(values), self.width), np.float32)
        place = {word: number for number, word in enumerate(self.vocabulary, start=1)}
        places = [place.get(str(word), self.other) for word in values.cat.categories]
        slots = np.array([*places, self.other])[values.cat.codes.to_numpy()]
        found[np.arange(len(values)), slots] = 1.0
        if self.means is not None:
            known = {word: number for number, word in enumerate(self.means.words, start=1)}
            rows = [known.get(str(word), 0) for word in values.cat.categories]
            taken = np.array([*rows, known.get("", 0)])[values.cat.codes.to_numpy()]
            found[:, self.slots :] = self.means.table[taken]
        return found


def category_width(plan_means: int, categories: int) -> int:
    """Numbers that a column with so many categories becomes."""
    return min(categories, MAX_CATEGORIES) + 1 + plan_means


def fit_category(
    plan: ColumnPlan, column: pd.Series, answers: np.ndarray | None
) -> tuple[CategoryColumn, np.ndarray | None]:
    """(the column, the means of its own training rows (n, k) where it has means).

    ``answers`` (n, k) are the numbers whose means are taken. A training row's own answer is no
    part of its mean, see :func:`_mean_answers`.
    """
    codes = column.cat.codes.to_numpy()
    words = [str(word) for word in column.cat.categories]
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    # Equally frequent categories in their alphabetical order.
    frequent = np.argsort(-counts, kind="stable")[:MAX_CATEGORIES]
    vocabulary = sorted(words[code] for code in frequent if counts[code])
    other = 0
    if len(codes) and counts[frequent].sum() == len(codes):
        other = 1 + vocabulary.index(words[frequent[0]])
    slots = CategoryColumn(plan.name, tuple(vocabulary), plan.width, other)
    if not plan.means or answers is None:
        return slots, None
    rest = sorted({words[code] for code in np.flatnonzero(counts)} - {*vocabulary})
    known = [*vocabulary, *rest, *([""] if (codes < 0).any() else [])]
    place = {word: number for number, word in enumerate(known)}
    numbers = np.array([*(place.get(word, -1) for word in words), place.get("", -1)])
    own, table = _mean_answers(numbers[codes], answers, len(known))
    mean, scale = own.mean(axis=0), own.std(axis=0)
    scale[scale == 0] = 1.0
    means = CategoryMeans(tuple(known), ((table - mean) / scale).astype(np.float32))
    return (
        CategoryColumn(plan.name, tuple(vocabulary), plan.width, other, means),
        ((own - mean) / scale).astype(np.float32),
    )


def _mean_answers(
    numbers: np.ndarray, answers: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """(mean answers of each row's category, of each category): float64 (n, k), (count + 1, k).

    Of a row they are those in the other folds, five at random, as of scikit-learn's
    ``TargetEncoder``; before the categories stands the mean of all.
    """
    # Imported late: it takes a second.
    from sklearn.model_selection import KFold

    own = np.empty(answers.shape)
    folds = KFold(min(_FOLDS, len(numbers)), shuffle=True, random_state=MEANS_SEED)
    for train, held in folds.split(numbers):
        own[held] = shrunk_means(numbers[train], answers[train], count)[numbers[held] + 1]
    return own, shrunk_means(numbers, answers, count)


def shrunk_means(numbers: np.ndarray, answers: np.ndarray, count: int) -> np.ndarray:
    """The mean of ``answers`` (n, k) by category, ``numbers`` (n,): (count + 1, k), all first.

    A mean of n rows with variance s2 is taken for n v / (n v + s2) and that of all for the rest,
    v being the variance of all: empirical Bayes (Micci-Barreca 2001, "A Preprocessing Scheme for
    High-Cardinality Categorical Attributes", section 3), "auto" of scikit-learn's TargetEncoder.
    """
    rows = np.bincount(numbers, minlength=count)
    table = np.empty((count + 1, answers.shape[1]))
    for place, answer in enumerate(answers.T):
        mean, spread = answer.mean(), answer.var()
        means = np.bincount(numbers, answer, count) / np.maximum(rows, 1)
        squares = np.bincount(numbers, (answer - means[numbers]) ** 2, count)
        trust = np.zeros(count)
        within = rows * spread + squares / np.maximum(rows, 1)
        np.divide(rows * spread, within, out=trust, where=within > 0)
        table[:, place] = [mean, *(trust * means + (1 - trust) * mean)]
    return table
