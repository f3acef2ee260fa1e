"""What the best model says to rows that it never trained on, asked of a worker once."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import Literal

import numpy as np

from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.questions.artifacts import Artifacts, is_fresh
from tuning_core.store import Store

Part = Literal["validation", "test"]


@dataclass(frozen=True)
class Measured:
    """A metric over ``rows`` rows with the ends of its 95% interval."""

    value: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class BestAnswers:
    """The answers of trial ``trial`` to the rows of a part.

    ``truth`` and ``said`` (n,) are classes by number, or values in their own unit; ``sure`` (n,)
    is the probability of the class that was said, None for values. ``shown`` (k,) are the places
    of rows that are kept: as ``pictures`` uint8 (k, height, width[, 3]), or by ``columns``, (k,)
    numbers or texts each. ``metrics`` by name. ``classes`` are the names of the classes.
    """

    trial: int
    classes: tuple[str, ...]
    truth: np.ndarray
    said: np.ndarray
    sure: np.ndarray | None
    shown: np.ndarray
    pictures: np.ndarray | None
    columns: Mapping[str, np.ndarray]
    metrics: Mapping[str, Measured]


class Answers:
    """Asks for answers on a thread of its own and remembers why there are none."""

    def __init__(self, home: Home, store: Store, artifacts: Artifacts) -> None:
        self._home = home
        self._store = store
        self._artifacts = artifacts
        self._lock = Lock()
        self._asking: set[tuple[str, Part]] = set()
        self._refused: dict[tuple[str, Part, int | None], str] = {}

    def kept(self, study_id: str, part: Part) -> Path | None:
        """The file of the answers of the best model so far, None before there is one."""
        files = self._home.study(study_id)
        path = files.answers(part)
        return path if is_fresh(path, [files.best]) else None

    def asking(self, study_id: str, part: Part) -> bool:
        """Whether a worker is at it."""
        return (study_id, part) in self._asking

    def refused(self, study_id: str, part: Part) -> str:
        """Why there are no answers of the best model, "" when nothing speaks against them."""
        return self._refused.get((study_id, part, self._best(study_id)), "")

    def begin(self, study_id: str, part: Part) -> None:
        """Ask a worker for the answers unless they are kept; returns at once."""
        key = (study_id, part)
        with self._lock:
            if key in self._asking or self.kept(study_id, part) is not None:
                return
            self._asking.add(key)
        Thread(target=self._ask, args=key, name=f"answers-{study_id}", daemon=True).start()

    def drop(self, study_id: str, part: Part) -> None:
        """Forget a file that cannot be read, so that it can be made again."""
        self._home.study(study_id).answers(part).unlink(missing_ok=True)

    def make(self, study_id: str, part: Part) -> Path:
        """The file of the answers, made now unless it is kept. Raises ManagerError."""
        row = self._store.study(study_id)
        if row is None:
            raise ManagerError(f"There is no study {study_id!r}.")
        return self._artifacts.answers(row, part)

    def _ask(self, study_id: str, part: Part) -> None:
        best = self._best(study_id)
        self._refused.pop((study_id, part, best), None)
        try:
            self.make(study_id, part)
        except ManagerError as error:
            self._refused[study_id, part, best] = str(error)
        finally:
            self._asking.discard((study_id, part))

    def _best(self, study_id: str) -> int | None:
        row = self._store.study(study_id)
        return None if row is None else row.best_trial


def read_answers(path: Path) -> BestAnswers | None:
    """The answers in a file; None when it is missing, torn or of another version."""
    try:
        with np.load(path, allow_pickle=False) as file:
            meta = json.loads(file["meta"].tobytes())
            groups = meta["groups"]
            truth, said, shown = (file[f"{name}_0"] for name in ("truth", "said", "shown"))
            columns = {
                str(name): file[f"columns_{place}"] for place, name in enumerate(meta["columns"])
            }
            return BestAnswers(
                trial=int(meta["trial"]),
                classes=tuple(map(str, meta["classes"])),
                truth=truth,
                said=said,
                sure=file["sure_0"] if "sure" in groups else None,
                shown=shown,
                pictures=file["pictures_0"] if "pictures" in groups else None,
                columns=columns,
                metrics={name: Measured(*values) for name, values in meta["metrics"].items()},
            )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None
