"""A dataset as it comes: raw rows and answers, nothing scaled; or why it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo

RawRows = Any
"""Raw rows: an array (n, *input_shape), or a pandas DataFrame where columns hold text."""


class DataError(Exception):
    """Data that cannot be had or used; ``str()`` is one sentence that says what to do next."""


@dataclass(frozen=True)
class RawData:
    """``x`` (n, *input_shape) raw, ``y`` (n,) int64 classes or float64 values.

    A table with text is a DataFrame instead: numbers and days since 1970 as float64 with NaN for
    missing, texts as Categorical. ``test`` is the test part that the dataset comes with, as
    (x, y), or None. ``groups`` (n,) int64 names rows that have to stay in one part. ``ordered``
    says that rows come in the order of time, oldest first, and are to be split in it.
    ``date_forms`` says how columns of dates were written, ``units`` what stood behind
    the numbers of a column.
    """

    info: DatasetInfo
    x: RawRows
    y: np.ndarray
    test: tuple[np.ndarray, np.ndarray] | None = None
    groups: np.ndarray | None = None
    ordered: bool = False
    date_forms: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def rows(self, indices: np.ndarray) -> RawRows:
        """The raw rows of these numbers."""
        return take_rows(self.x, indices)

    def pooled(self) -> RawData:
        """All rows together, those of the own test part last."""
        if self.test is None:
            return self
        x, y = self.test
        return RawData(self.info, np.concatenate([self.x, x]), np.concatenate([self.y, y]))


def take_rows(x: RawRows, indices: np.ndarray) -> RawRows:
    """Rows of an array or of a table by their numbers."""
    return x[indices] if isinstance(x, np.ndarray) else x.iloc[indices]
