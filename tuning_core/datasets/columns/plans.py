"""What each column of a table becomes: found of the whole table, so that all splits agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np

from tuning_core.catalog.columns import DAY, WEEK, YEAR, ColumnPlan
from tuning_core.datasets.columns.categories import (
    MAX_CATEGORIES,
    MOST_MEANS,
    category_width,
)
from tuning_core.datasets.columns.texts import MOST_NUMBERS, MOST_TERMS, text_width, unspaced

if TYPE_CHECKING:
    import pandas as pd

_SPREAD = 0.1
"""Standard deviation of a sine or cosine below which dates hardly differ within a period."""


def plan_columns(
    frame: pd.DataFrame,
    texts: Collection[str] = (),
    *,
    extended: bool = False,
    classes: int = 0,
    date_forms: Mapping[str, str] | None = None,
) -> tuple[ColumnPlan, ...]:
    """What the columns of a whole table become.

    ``texts`` are columns of texts to be read word by word. ``extended`` adds what a missing value
    says, when in a period a date is, and the mean answers of the categories of a column that has
    many, for each of the ``classes`` where there are more than two.
    """
    most = max(1, min(MOST_TERMS, MOST_NUMBERS // max(1, len(frame) * max(1, len(texts)))))
    means = (1 if classes <= 2 else classes if classes <= MOST_MEANS else 0) * extended
    return tuple(
        _text(name, column, most)
        if name in texts
        else _category(name, column, means)
        if holds_words(column)
        else _number(name, column, extended, name in (date_forms or {}))
        for name, column in ((str(name), frame[name]) for name in frame.columns)
    )


def holds_words(column: pd.Series) -> bool:
    """Whether a column holds words, and not numbers."""
    # Imported late: most datasets have no table of texts.
    import pandas as pd

    return isinstance(column.dtype, pd.CategoricalDtype)


def _text(name: str, column: pd.Series, most: int) -> ColumnPlan:
    characters = unspaced(map(str, column.cat.categories))
    return ColumnPlan(name, "text", text_width(column, characters, most), characters=characters)


def _category(name: str, column: pd.Series, means: int) -> ColumnPlan:
    categories = len(column.cat.categories)
    means = means if categories > MAX_CATEGORIES else 0
    return ColumnPlan(name, "category", category_width(means, categories), means=means)


def _number(name: str, column: pd.Series, extended: bool, date: bool) -> ColumnPlan:
    if not extended:
        return ColumnPlan(name, "number")
    values = column.to_numpy(np.float64)
    known = np.isfinite(values)
    gaps = bool(known.any() and not known.all())
    periods = _periods(values[known]) if date else ()
    return ColumnPlan(name, "number", 1 + gaps + 2 * len(periods), gaps, periods)


def _periods(days: np.ndarray) -> tuple[float, ...]:
    """The periods that dates (days since 1970) go through at least once, and vary in."""
    if not len(days):
        return ()
    span = days.max() - days.min()
    found = [period for period in (DAY, WEEK, YEAR) if span >= period and _vary(days, period)]
    if WEEK in found and _first_of_months(days):
        found.remove(WEEK)
    if not found and days.min() >= 0 and days.max() < DAY and _vary(days, DAY):
        found = [DAY]  # times of the day, without a date
    return tuple(found)


def _vary(days: np.ndarray, period: float) -> bool:
    angle = 2 * np.pi / period * (days % period)
    return bool(max(np.sin(angle).std(), np.cos(angle).std()) > _SPREAD)


def _first_of_months(days: np.ndarray) -> bool:
    """Whether all are the same day of a month: what weekday that is means nothing."""
    dates = np.unique(np.floor(days)).astype("int64").astype("datetime64[D]")
    inside = (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(int)
    return len(np.unique(inside)) == 1
