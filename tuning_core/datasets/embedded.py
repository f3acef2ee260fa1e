"""The datasets that need no network: scikit-learn's, and points in the plane drawn on the spot.

The points are the same on every machine: NumPy promises that the streams of ``RandomState`` never
change.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.raw import RawData

_SEED = 20_240_229
_SPIRAL_TURNS = 1.5


@lru_cache
def _arrays(dataset_id: str) -> tuple[np.ndarray, np.ndarray]:
    # Imported late: it takes a second, which a page that shows no data need not pay.
    from sklearn import datasets

    x, y = getattr(datasets, f"load_{dataset_id}")(return_X_y=True)
    return np.asarray(x, dtype=np.float64), np.asarray(y)


def _moons(rows: int, random: np.random.RandomState) -> np.ndarray:
    """Two half circles, the lower one moved right and up; (2, rows, 2), one block per class."""
    angle = np.linspace(0, np.pi, rows)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return np.stack([upper, lower]) + random.normal(0, 0.15, (2, rows, 2))


def _circles(rows: int, random: np.random.RandomState) -> np.ndarray:
    """A ring of radius 1 around a disc of radius 0.5."""
    angle = random.uniform(0, 2 * np.pi, (2, rows))
    radius = np.stack([np.ones(rows), 0.5 * np.sqrt(random.uniform(0, 1, rows))])
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
    return points + random.normal(0, 0.08, (2, rows, 2))


def _spirals(rows: int, random: np.random.RandomState) -> np.ndarray:
    """Two arms of one and a half turns each, half a turn apart."""
    radius = np.sqrt(np.linspace(0.01, 1, rows))
    angle = 2 * np.pi * _SPIRAL_TURNS * radius
    arm = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return np.stack([arm, -arm]) + random.normal(0, 0.025, (2, rows, 2))


def _xor(rows: int, random: np.random.RandomState) -> np.ndarray:
    """A blob in each corner of a square; opposite corners have the same class."""
    side = np.where(np.arange(rows) % 2 == 0, 1.0, -1.0)
    same = np.stack([side, side], axis=1)
    opposite = np.stack([side, -side], axis=1)
    return np.stack([same, opposite]) + random.normal(0, 0.4, (2, rows, 2))


PLANES: dict[str, Callable[[int, np.random.RandomState], np.ndarray]] = {
    "moons": _moons,
    "circles": _circles,
    "spirals": _spirals,
    "xor": _xor,
}


def load_embedded(info: DatasetInfo) -> RawData:
    """The rows of scikit-learn in its own order and units, or the points of a plane."""
    if info.id in PLANES:
        return _load_embedded(info)
    x, y = _arrays(info.id)
    dtype = np.int64 if info.task == "classification" else np.float64
    return RawData(info, x.reshape(-1, *info.input_shape).copy(), y.astype(dtype))


def _load_embedded(info: DatasetInfo) -> RawData:
    """``info.rows`` points, half of each class, in mixed order."""
    random = np.random.RandomState(_SEED)
    rows = info.rows // 2
    points = PLANES[info.id](rows, random).reshape(-1, 2)
    classes = np.repeat(np.arange(2, dtype=np.int64), rows)
    order = random.permutation(len(points))
    return RawData(info, points[order], classes[order])
