"""The rows of a study in files that all lanes map into their memory, so that there is one copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tuning_core.training import Trainer
from tuning_core.training.rows import HostData

_PAGE = 4096
"""Bytes below which there is nothing to share; an empty array cannot be mapped at all."""

_NOTHING = np.empty(0, np.float32)
_ARRAYS = ("x", "y", "validation_x", "validation_y", "weights")


@dataclass(frozen=True)
class SharedRows:
    """Turns of a study without their arrays, and the file of each array.

    ``files`` has the names of the five arrays of every fold, "" where a fold has no weights. Folds
    that share an array share its file.
    """

    folder: Path
    folds: tuple[HostData, ...]
    files: tuple[tuple[str, ...], ...]

    @classmethod
    def written(cls, folds: Sequence[HostData], folder: Path) -> SharedRows:
        """Writes the arrays into ``folder``, as the types that they have on the device.

        Raises OSError when the disk does not take them.
        """
        folder.mkdir(parents=True, exist_ok=True)
        names: dict[tuple[int, str], str] = {}

        def write(array: np.ndarray | None, kind: str) -> str:
            if array is None:
                return ""
            key = (id(array), kind)
            if key not in names:
                names[key] = f"{len(names)}.npy"
                np.save(folder / names[key], np.ascontiguousarray(array, dtype=kind))
            return names[key]

        files = tuple(
            tuple(
                write(getattr(fold, name), _kind_of(fold) if name.endswith("y") else "float32")
                for name in _ARRAYS
            )
            for fold in folds
        )
        return cls(folder, tuple(_with(fold, [_NOTHING] * 4 + [None]) for fold in folds), files)

    def trainer(self) -> Trainer:
        """A trainer on the mapped rows."""
        return Trainer(self.mapped())

    def mapped(self) -> list[HostData]:
        """The folds, their arrays mapped from the files, which all processes share."""
        arrays: dict[str, np.ndarray] = {}

        def read(name: str) -> np.ndarray | None:
            if name and name not in arrays:
                # Copy on write, because TensorFlow takes over no array that is read-only.
                path = self.folder / name
                whole = np.load(path) if path.stat().st_size < _PAGE else None
                arrays[name] = np.load(path, mmap_mode="c") if whole is None else whole
            return arrays.get(name)

        return [
            _with(fold, [read(file) for file in files])
            for fold, files in zip(self.folds, self.files, strict=True)
        ]


def _with(fold: HostData, arrays: Sequence[np.ndarray | None]) -> HostData:
    fields: dict[str, Any] = dict(zip(_ARRAYS, arrays, strict=True))
    return replace(fold, **fields)


def _kind_of(fold: HostData) -> str:
    return str(fold.task_metrics.target_type.name)
