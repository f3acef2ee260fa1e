"""Colour pictures in the binary version of CIFAR-10."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SIDE = 32
_CHANNELS = 3


def pictures(records: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, 32, 32, 3) and labels (n,), both uint8, of records (n, 3073).

    A record is a label, then all of red, of green and of blue, row by row.
    """
    joined = np.concatenate(records)
    planes = joined[:, 1:].reshape(-1, _CHANNELS, SIDE, SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), joined[:, 0].copy()
