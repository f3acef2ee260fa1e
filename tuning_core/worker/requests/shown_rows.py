"""The few rows of a part that a page shows, as pictures or as columns of a table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tuning_core.datasets import RawData

MOST_ROWS = 2_400
LEAST_OF_KIND = 4
MOST_OF_KIND = 60
"""Rows of one kind of answer, such as "a 4 taken for a 9", where there are several kinds."""
ALL_SPREAD = 800
"""Rows of the only kind there is: half the worst, half from all over."""
MOST_VALUES = 1_000_000
MOST_COLUMNS = 60
_TEXT = 80


def shown_places(kinds: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Places (k,) of the rows worth showing: of each kind those with the most ``weight``, and
    some from all over.

    ``kinds`` (n,) numbers the kind of answer that a row got.
    """
    heaviest = np.argsort(-weight, kind="stable")
    names, counts = np.unique(kinds, return_counts=True)
    share = MOST_ROWS // (2 * len(names))
    each = ALL_SPREAD // 2 if len(names) == 1 else min(MOST_OF_KIND, max(LEAST_OF_KIND, share))
    if counts.max() > each:
        sorted_kinds = kinds[heaviest]
        # The place of each row among those of its kind.
        order = np.argsort(sorted_kinds, kind="stable")
        starts = np.repeat(np.cumsum(counts) - counts, counts)
        rank = np.empty(len(kinds), dtype=int)
        rank[order] = np.arange(len(kinds)) - starts
        heaviest = heaviest[rank < each]
    spread = np.linspace(0, len(kinds) - 1, min(len(kinds), ALL_SPREAD // 2)).astype(int)
    return np.unique(np.concatenate([heaviest[:MOST_ROWS], spread]))


def shown_rows(rows: Any, raw: RawData) -> tuple[Mapping[str, list[np.ndarray]], list[str]]:
    """Arrays of the rows, and the names of their columns; pictures have none.

    Pictures are uint8 (k, height, width) or (k, height, width, 3); columns float64 (k,) or texts.
    """
    info = raw.info
    if info.kind == "image":
        bright = np.asarray(rows, dtype=np.float64) * (255 / (info.full_scale or 255))
        return {"pictures": [np.rint(bright).astype(np.uint8).reshape(-1, *info.row_shape)]}, []
    names = [str(name) for name in info.feature_names] or [
        f"x{number + 1}" for number in range(math.prod(info.input_shape))
    ]
    if isinstance(rows, pd.DataFrame):
        names = [str(name) for name in rows.columns]
    names = names[: min(MOST_COLUMNS, max(1, MOST_VALUES // max(1, len(rows))))]
    columns = []
    for place, name in enumerate(names):
        if isinstance(rows, pd.DataFrame):
            columns.append(_column(rows.iloc[:, place], name in raw.date_forms))
        else:
            columns.append(np.asarray(rows[:, place], dtype=np.float64))
    return {"columns": columns}, names


def _column(values: pd.Series, date: bool) -> np.ndarray:
    if date:
        days = pd.to_datetime(values.astype(float), unit="D", errors="coerce")
        return np.array([_cut(day) for day in days.dt.strftime("%Y-%m-%d").fillna("")], dtype=str)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64)
    texts = values.astype(object).where(values.notna(), "")
    return np.array([_cut(text) for text in texts], dtype=str)


def _cut(text: object) -> str:
    words = str(text)
    return words if len(words) <= _TEXT else f"{words[: _TEXT - 1]}…"
