"""The datasets that scikit-learn carries in its package: they need no network."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.raw import RawData

EMBEDDED = ("digits", "iris", "wine", "breast_cancer", "diabetes")


@lru_cache
def _arrays(dataset_id: str) -> tuple[np.ndarray, np.ndarray]:
    # Imported late: it takes a second, which a page that shows no data need not pay.
    from sklearn import datasets

    x, y = getattr(datasets, f"load_{dataset_id}")(return_X_y=True)
    return np.asarray(x, dtype=np.float64), np.asarray(y)


def load_embedded(info: DatasetInfo) -> RawData:
    """The rows in scikit-learn's own order and units."""
    x, y = _arrays(info.id)
    dtype = np.int64 if info.task == "classification" else np.float64
    return RawData(info, x.reshape(-1, *info.input_shape).copy(), y.astype(dtype))
