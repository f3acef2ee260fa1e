"""The datasets that need no network: scikit-learn's, and points in a plane."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.planes import load_plane
from tuning_core.datasets.raw import RawData
from tuning_core.spec.dataset import DatasetSpec


@lru_cache
def _arrays(dataset_id: str) -> tuple[np.ndarray, np.ndarray]:
    # Imported late: it takes a second, which a page that shows no data need not pay.
    from sklearn import datasets

    x, y = getattr(datasets, f"load_{dataset_id}")(return_X_y=True)
    return np.asarray(x, dtype=np.float64), np.asarray(y)


def load_embedded(info: DatasetInfo) -> RawData:
    """The rows of scikit-learn in its own order and units, or the points of a plane."""
    if info.kind == "plane":
        return load_plane(DatasetSpec(id=info.id))
    x, y = _arrays(info.id)
    dtype = np.int64 if info.task == "classification" else np.float64
    return RawData(info, x.reshape(-1, *info.input_shape).copy(), y.astype(dtype))
