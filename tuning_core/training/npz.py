"""Arrays and a JSON document in one .npz file, without pickle, written all or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_META = "meta"


def write_arrays(
    path: Path, groups: Mapping[str, Sequence[np.ndarray]], meta: Mapping[str, Any]
) -> None:
    """Writes groups of arrays and ``meta`` to a temporary name beside ``path``, then renames.

    Raises OSError when the disk does not take it; ``path`` is then as it was.
    """
    arrays = {
        f"{group}_{index}": array
        for group, members in groups.items()
        for index, array in enumerate(members)
    }
    document = json.dumps({**meta, "groups": {g: len(members) for g, members in groups.items()}})
    arrays[_META] = np.frombuffer(document.encode(), dtype=np.uint8)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_arrays(path: Path) -> tuple[dict[str, list[np.ndarray]], dict[str, Any]]:
    """The groups of arrays and the ``meta`` that ``write_arrays`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        meta = json.loads(file[_META].tobytes())
        groups = {
            group: [file[f"{group}_{index}"] for index in range(count)]
            for group, count in meta.pop("groups").items()
        }
    return groups, meta
