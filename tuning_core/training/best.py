"""The best weights a study has so far: ``best.npz``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tuning_core.training.npz import read_arrays, write_arrays


def save_best(path: Path, weights: Sequence[np.ndarray], meta: dict[str, Any]) -> None:
    """Writes weights and ``meta`` in one step that is seen whole or not at all.

    ``meta`` is plain JSON: ``config``, ``trial``, ``execution``, ``score``, ``best_epoch``,
    ``seed``.
    """
    write_arrays(path, {"weights": weights}, meta)


def load_best(path: Path) -> tuple[list[np.ndarray], dict[str, Any]]:
    """The weights, in the order of ``Model.get_weights``, and the metadata."""
    groups, meta = read_arrays(path)
    return groups["weights"], meta
