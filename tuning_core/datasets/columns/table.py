"""The encoding of a whole table, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tuning_core.catalog.columns import ColumnPlan
from tuning_core.datasets.columns.categories import CategoryColumn, fit_category
from tuning_core.datasets.columns.numbers import NumberColumn, fit_number
from tuning_core.datasets.columns.plans import plan_columns
from tuning_core.datasets.columns.texts import TextColumn, fit_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TablePreprocessing:
    """The encoding of every column, in the order of the table.

    ``own_means`` are, by column, the mean answers of the rows that it was fitted on, without the
    answer of the row itself.
    """

    columns: tuple[NumberColumn | CategoryColumn | TextColumn, ...]
    own_means: Mapping[str, np.ndarray] = field(default_factory=dict, compare=False, repr=False)

    @property
    def width(self) -> int:
        """Numbers in an encoded row."""
        return sum(column.width for column in self.columns)

    @property
    def numeric(self) -> bool:
        """Whether no column holds text."""
        return all(column.kind == "number" for column in self.columns)

    def apply(self, x: pd.DataFrame) -> np.ndarray:
        """Raw rows as float32 (n, width); a new array."""
        encoded = np.zeros((len(x), self.width), np.float32)
        start = 0
        for column in self.columns:
            values = x[column.name]
            encoded[:, start : start + column.width] = (
                column.encoded(values.to_numpy(np.float64))
                if isinstance(column, NumberColumn)
                else column.encoded(values)
            )
            start += column.width
        return encoded

    def without_own_answers(self, encoded: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
        """``encoded``, of which ``rows`` are those it was fitted on: changed in place."""
        start = 0
        for column in self.columns:
            if isinstance(column, CategoryColumn) and column.name in self.own_means:
                first, last = start + column.slots, start + column.width
                encoded[rows, first:last] = self.own_means[column.name]
            start += column.width
        return encoded


def fit_table(
    train_x: pd.DataFrame,
    plans: Sequence[ColumnPlan] = (),
    train_y: np.ndarray | None = None,
    classes: int = 0,
) -> TablePreprocessing:
    """Every column fitted to training rows by its plan; without plans, by what it holds.

    ``train_y`` (n,) are the answers, of so many ``classes`` or values.
    """
    fitted: list[NumberColumn | CategoryColumn | TextColumn] = []
    own: dict[str, np.ndarray] = {}
    for plan in plans or plan_columns(train_x):
        column = train_x[plan.name]
        if plan.kind == "number":
            fitted.append(fit_number(plan, column.to_numpy(np.float64)))
        elif plan.kind == "text":
            fitted.append(fit_text(plan, column))
        else:
            answers = _answers(train_y, classes) if plan.means and train_y is not None else None
            found, means = fit_category(plan, column, answers)
            fitted.append(found)
            if means is not None:
                own[plan.name] = means
    return TablePreprocessing(tuple(fitted), own)


def _answers(y: np.ndarray, classes: int) -> np.ndarray:
    """Numbers whose means say something of the answers: of each class whether it is that one."""
    if classes <= 2:
        return y.astype(np.float64)[:, None]
    return (y[:, None] == np.arange(classes)).astype(np.float64)
