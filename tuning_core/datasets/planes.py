"""Points in a plane: drawn on the spot, answered by a formula, or painted.

They are the same on every machine: NumPy promises that the streams of ``RandomState`` never
change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tuning_core.catalog import DATASETS
from tuning_core.catalog.planes import FEATURES
from tuning_core.datasets.raw import RawData
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.plane import POINTS_SEED, formula_rows, painted_rows

_SPIRAL_TURNS = 1.5


def _moons(rows: int, random: np.random.RandomState, noise: float) -> np.ndarray:
    """Two half circles, the lower one moved right and up; (2, rows, 2), one block per class."""
    angle = np.linspace(0, np.pi, rows)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return np.stack([upper, lower]) + random.normal(0, noise, (2, rows, 2))


def _circles(rows: int, random: np.random.RandomState, noise: float) -> np.ndarray:
    """A ring of radius 1 around a disc of radius 0.5."""
    angle = random.uniform(0, 2 * np.pi, (2, rows))
    radius = np.stack([np.ones(rows), 0.5 * np.sqrt(random.uniform(0, 1, rows))])
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
    return points + random.normal(0, noise, (2, rows, 2))


def _spirals(rows: int, random: np.random.RandomState, noise: float) -> np.ndarray:
    """Two arms of one and a half turns each, half a turn apart."""
    radius = np.sqrt(np.linspace(0.01, 1, rows))
    angle = 2 * np.pi * _SPIRAL_TURNS * radius
    arm = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return np.stack([arm, -arm]) + random.normal(0, noise, (2, rows, 2))


def _xor(rows: int, random: np.random.RandomState, noise: float) -> np.ndarray:
    """A blob in each corner of a square; opposite corners have the same class."""
    side = np.where(np.arange(rows) % 2 == 0, 1.0, -1.0)
    same = np.stack([side, side], axis=1)
    opposite = np.stack([side, -side], axis=1)
    return np.stack([same, opposite]) + random.normal(0, noise, (2, rows, 2))


PLANES: dict[str, Callable[[int, np.random.RandomState, float], np.ndarray]] = {
    "moons": _moons,
    "circles": _circles,
    "spirals": _spirals,
    "xor": _xor,
}


def load_plane(spec: DatasetSpec) -> RawData:
    """The points of a spec in mixed order; of drawn ones, half of each class."""
    info, plain = spec.info, DATASETS[spec.id]
    if "points" in plain.shapes:
        points, answers = painted_rows(spec.points, plain.example, info.task)
        return RawData(info, points.copy(), answers.copy())
    noise = plain.noise if spec.noise is None else spec.noise
    if "formula" in plain.shapes:
        points, answers = formula_rows(spec.formula or plain.example, info.rows, spec.draw or 0)
        moved = np.random.RandomState([POINTS_SEED, spec.draw or 0]).normal(0, 1, points.shape)
        return RawData(info, points + noise * moved, answers.copy())
    random = np.random.RandomState(POINTS_SEED + (spec.draw or 0))
    half = -(-info.rows // 2)
    points = PLANES[spec.id](half, random, noise).reshape(-1, 2)
    classes = np.repeat(np.arange(2, dtype=np.int64), half)
    order = random.permutation(2 * half)[: info.rows]
    return RawData(info, points[order], classes[order])


def with_features(points: np.ndarray, features: Sequence[str]) -> np.ndarray:
    """The features (n, k) of points (n, 2); the points themselves where none are named."""
    if not features:
        return points
    x, y = points.T
    return np.stack([FEATURES[name].of(x, y, np.sin) for name in features], axis=1)
