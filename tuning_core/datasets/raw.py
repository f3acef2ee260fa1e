"""A dataset as it comes: raw rows and answers, nothing scaled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo


@dataclass(frozen=True)
class RawData:
    """``x`` (n, *input_shape) raw, ``y`` (n,) int64 classes or float64 values.

    ``test`` is the test part that the dataset comes with, as (x, y), or None.
    """

    info: DatasetInfo
    x: np.ndarray
    y: np.ndarray
    test: tuple[np.ndarray, np.ndarray] | None = None

    def pooled(self) -> RawData:
        """All rows together, those of the own test part last."""
        if self.test is None:
            return self
        x, y = self.test
        return RawData(self.info, np.concatenate([self.x, x]), np.concatenate([self.y, y]))
