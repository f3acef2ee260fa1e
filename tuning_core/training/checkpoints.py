"""What outlives a training: the state an execution goes on from, and a study's best weights."""

from __future__ import annotations

import json
import logging
import shutil
import zipfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tuning_core.files import drafts_in, whole

_LOG = logging.getLogger(__name__)


@dataclass
class ExecutionState:
    """An execution after ``epoch`` epochs and ``steps`` updates.

    ``weights`` are in the order of ``Model.get_weights``, ``slots`` are the optimizer's.
    ``best_weights`` (empty while there is no best) belong to ``best_epoch`` and ``best_score``.
    ``seed`` is the execution's own, ``counters`` are those of early stopping and plateaus.
    """

    weights: list[np.ndarray]
    slots: list[np.ndarray]
    epoch: int
    steps: int
    seed: int
    best_weights: list[np.ndarray] = field(default_factory=list)
    best_score: float | None = None
    best_epoch: int | None = None
    counters: dict[str, float | None] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes the state in one step that is seen whole or not at all; raises OSError."""
        groups = {"weights": self.weights, "slots": self.slots, "best": self.best_weights}
        meta = {
            "epoch": self.epoch,
            "steps": self.steps,
            "seed": self.seed,
            "best_score": self.best_score,
            "best_epoch": self.best_epoch,
            "counters": self.counters,
        }
        write_arrays(path, groups, meta)

    @classmethod
    def load(cls, path: Path) -> ExecutionState:
        """The state that ``save`` wrote."""
        groups, meta = read_arrays(path)
        return cls(groups["weights"], groups["slots"], best_weights=groups["best"], **meta)


class StateFiles:
    """States of trials that may go on, a file ``<trial>-<execution>.npz`` each in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, trial: int, execution: int, state: ExecutionState) -> None:
        """Write a state, whole or not at all; raises OSError."""
        self._folder.mkdir(exist_ok=True)
        state.save(self._path(trial, execution))

    def load(self, trial: int, execution: int) -> ExecutionState | None:
        """The state, None when there is none that can be read."""
        path = self._path(trial, execution)
        if not path.exists():
            return None
        try:
            return ExecutionState.load(path)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            _LOG.exception("%s cannot be read; the trial starts from its seed", path.name)
            return None

    def keep_only(self, trials: Collection[int]) -> None:
        """Delete the states of all other trials, and what a killed process left half written."""
        for draft in drafts_in(self._folder):
            shutil.rmtree(draft, ignore_errors=True)
        for path in filter(Path.is_file, self._folder.glob("*")):
            number = path.name.partition("-")[0]
            if path.suffix != ".npz" or not number.isdigit() or int(number) not in trials:
                path.unlink(missing_ok=True)
        if not trials:
            with suppress(OSError):
                self._folder.rmdir()

    def _path(self, trial: int, execution: int) -> Path:
        return self._folder / f"{trial}-{execution}.npz"


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


_META = "meta"


def write_arrays(
    path: Path, groups: Mapping[str, Sequence[np.ndarray]], meta: Mapping[str, Any]
) -> None:
    """Writes groups of arrays and ``meta``, whole or not at all.

    Raises OSError when the disk does not take it; ``path`` is then as it was.
    """
    arrays = {
        f"{group}_{index}": array
        for group, members in groups.items()
        for index, array in enumerate(members)
    }
    document = json.dumps({**meta, "groups": {g: len(members) for g, members in groups.items()}})
    arrays[_META] = np.frombuffer(document.encode(), dtype=np.uint8)
    with whole(path, durable=True) as draft, draft.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def read_arrays(path: Path) -> tuple[dict[str, list[np.ndarray]], dict[str, Any]]:
    """The groups of arrays and the ``meta`` that ``write_arrays`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        meta = json.loads(file[_META].tobytes())
        groups = {
            group: [file[f"{group}_{index}"] for index in range(count)]
            for group, count in meta.pop("groups").items()
        }
    return groups, meta
