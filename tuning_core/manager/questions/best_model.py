"""What only a worker can make of a study's best model: files, test metrics, predictions."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np

from tuning_core.catalog.model_formats import KERAS, MODEL_FORMATS, ModelFormat
from tuning_core.home.home import Home, ManagerError, no_study
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.access import Access
from tuning_core.manager.searches.journal_catch_up import catch_up
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.requests import BackgroundRequests, ask
from tuning_core.spec.model import Ability
from tuning_core.store import Store, StudyRow

Part = Literal["validation", "test", "held_out"]

ANSWERS = "with probabilities"
"""What a file of answers has since the last change of its form."""


@dataclass(frozen=True)
class Measured:
    """A metric over ``rows`` rows with the ends of its 95% interval."""

    value: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class BestPredictions:
    """What the model of trial ``trial`` predicts for the rows of a part.

    ``truth`` and ``predicted`` (n,) are classes by number, or values in their own unit;
    ``confidence`` (n,) is the probability of the class that was predicted, ``probabilities``
    float32 (n, classes) are those of all; both None for values, the latter also for very many rows.
    ``shown`` (k,) are the places of rows that are in the file: as ``pictures`` uint8 (k, height,
    width[, 3]), or by ``columns``, (k,) numbers or texts each. ``metrics`` by name.
    ``classes`` are the names of the classes.
    """

    trial: int
    classes: tuple[str, ...]
    truth: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray | None
    probabilities: np.ndarray | None
    shown: np.ndarray
    pictures: np.ndarray | None
    columns: Mapping[str, np.ndarray]
    metrics: Mapping[str, Measured]


class BestModel:
    """Makes each file once and again only when the study has moved on.

    Methods raise ManagerError; one request is answered at a time.
    """

    def __init__(self, home: Home, store: Store, access: Access, pool: WorkerPool) -> None:
        self._home = home
        self._store = store
        self._access = access
        self._pool = pool
        self._asking = Lock()

    def export_model(self, study_id: str) -> Path:
        """File of the best model so far, in Keras's own format; raw inputs in."""
        row, files = self._found(study_id)
        return self._made(row, files, "export_model", files.model, files.made_of)

    def export_bundle(self, study_id: str, format: str = KERAS.id) -> Path:
        """Zip of the best model so far with the spec, the configuration and the history.

        A ``format`` of :data:`MODEL_FORMATS` other than Keras's puts a file of it beside Keras's
        own, once it has answered as the model; the zip has their :class:`Comparison`.
        """
        known = _known_format(format)
        row, files = self._found(study_id)
        if known.missing:
            raise ManagerError(known.missing)
        path, sources = files.bundle_as(known.id), [*files.made_of, files.journal]
        return self._made(row, files, "export_bundle", path, sources, format=known.id)

    def test(self, study_id: str) -> dict[str, float]:
        """Metrics of the best model on the test split, recorded in journal and store."""
        with self._asking:
            row, files = self._found(study_id)
            if row.test is None or row.test_trial != row.best_trial:
                ask(self._pool, "test", row.id, self._home.path)
                catch_up(self._store, row.id, files)
                row = self._store.study(row.id) or row
        if row.test is None:
            raise ManagerError("The worker has evaluated the test split but recorded nothing.")
        return row.test

    def score(self, study_id: str, table: Path) -> Path:
        """CSV of the rows of ``table`` with what the best model predicts for each."""
        self._access.refuse_unable(study_id, Ability.ROWS)
        row, files = self._found(study_id)
        path = files.predictions / f"{table.stem}.csv"
        return self._made(row, files, "score", path, [*files.made_of, table], table=str(table))

    def predict(self, study_id: str, part: Part) -> Path:
        """File of what the best model predicts for the rows of a part."""
        self._access.refuse_unable(study_id, Ability.ROWS)
        row, files = self._found(study_id)
        path = files.answers(part)
        return self._made(row, files, "answers", path, [files.best], ANSWERS, part=part)

    def _found(self, study_id: str) -> tuple[StudyRow, StudyFiles]:
        files = self._home.study(study_id)
        row = self._store.study(study_id)
        if row is None:
            raise no_study(study_id, self._home.path)
        self._access.refuse_unable(study_id, Ability.MODEL)
        self._access.refuse_data(study_id)
        if row.best_trial is None or not files.best.exists():
            raise ManagerError(
                f"Study {row.id} has no model yet: no trial has ended with a score. Run it first."
            )
        return row, files

    def _made(
        self,
        row: StudyRow,
        files: StudyFiles,
        command: str,
        path: Path,
        sources: Sequence[Path],
        form: str = "",
        **details: Any,
    ) -> Path:
        with self._asking:
            if not is_fresh(path, sources, form):
                # Before the work: what replaces a source meanwhile makes the result an old one.
                made_of = identity(sources, form)
                ask(self._pool, command, row.id, self._home.path, **details)
                note_sources(path, made_of)
        if not path.exists():
            raise ManagerError(f"The worker made no {path.name}; its log says why: {files.log}.")
        return path


def _known_format(id: str) -> ModelFormat:
    if id not in MODEL_FORMATS:
        raise ManagerError(
            f"format: expected one of {', '.join(MODEL_FORMATS)}, received {id[:40]!r}."
        )
    return MODEL_FORMATS[id]


class Predictions:
    """What the best model predicts for rows that it never trained on, asked of a worker once."""

    def __init__(self, home: Home, store: Store, best_model: BestModel) -> None:
        self._home = home
        self._store = store
        self._best_model = best_model
        self._requests = BackgroundRequests("predictions")

    def cached(self, study_id: str, part: Part) -> Path | None:
        """The file of the best model so far, None before there is one."""
        files = self._home.study(study_id)
        path = files.answers(part)
        return path if is_fresh(path, [files.best], ANSWERS) else None

    def asking(self, study_id: str, part: Part) -> bool:
        """Whether a worker is at it."""
        return self._requests.running(self._key(study_id, part))

    def refused(self, study_id: str, part: Part) -> str:
        """Why the best model has no predictions, "" when nothing speaks against them."""
        return self._requests.refusal(self._key(study_id, part))

    def begin(self, study_id: str, part: Part) -> None:
        """Ask a worker unless they are cached; returns at once."""
        if self.cached(study_id, part) is None:
            ask = partial(self._best_model.predict, study_id, part)
            self._requests.begin(self._key(study_id, part), ask)

    def drop(self, study_id: str, part: Part) -> None:
        """Forget a file that cannot be read, so that it can be made again."""
        self._home.study(study_id).answers(part).unlink(missing_ok=True)

    def _key(self, study_id: str, part: Part) -> tuple[str, Part, int | None]:
        """What was refused for one best trial may be done for the next."""
        row = self._store.study(study_id)
        return study_id, part, None if row is None else row.best_trial


class Conversions:
    """Bundles with a model file of another format, each asked of a worker once.

    They are offered when they are there: then the file has answered as the model does.
    """

    def __init__(self, home: Home, store: Store, best_model: BestModel) -> None:
        self._home = home
        self._store = store
        self._best_model = best_model
        self._requests = BackgroundRequests("conversions")

    def cached(self, study_id: str, format: str) -> Path | None:
        """The bundle of the best model as it is now, None before there is one."""
        files = self._home.study(study_id)
        path = files.bundle_as(format)
        return path if is_fresh(path, [*files.made_of, files.journal]) else None

    def asking(self, study_id: str, format: str) -> bool:
        """Whether a worker is at it."""
        return self._requests.running(self._key(study_id, format))

    def refused(self, study_id: str, format: str) -> str:
        """Why the best model cannot leave in this format, "" when nothing speaks against it."""
        missing = _known_format(format).missing
        return missing or self._requests.refusal(self._key(study_id, format))

    def begin(self, study_id: str, format: str) -> None:
        """Ask a worker unless it is there; returns at once."""
        if self.cached(study_id, format) is None:
            ask = partial(self._best_model.export_bundle, study_id, format)
            self._requests.begin(self._key(study_id, format), ask)

    def _key(self, study_id: str, format: str) -> tuple[str, str, int | None]:
        row = self._store.study(study_id)
        return study_id, format, None if row is None else row.best_trial


def read_predictions(path: Path) -> BestPredictions | None:
    """The predictions in a file; None when it is missing, torn or of another version."""
    try:
        with np.load(path, allow_pickle=False) as file:
            meta = json.loads(file["meta"].tobytes())
            groups = meta["groups"]
            truth, predicted, shown = (file[f"{name}_0"] for name in ("truth", "said", "shown"))
            columns = {
                str(name): file[f"columns_{place}"] for place, name in enumerate(meta["columns"])
            }
            return BestPredictions(
                trial=int(meta["trial"]),
                classes=tuple(map(str, meta["classes"])),
                truth=truth,
                predicted=predicted,
                confidence=file["sure_0"] if "sure" in groups else None,
                probabilities=file["probabilities_0"] if "probabilities" in groups else None,
                shown=shown,
                pictures=file["pictures_0"] if "pictures" in groups else None,
                columns=columns,
                metrics={name: Measured(*values) for name, values in meta["metrics"].items()},
            )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None


def identity(sources: Sequence[Path], form: str = "") -> str:
    """What tells these files from those that replace them, and what is made of them in a ``form``.

    A file of an earlier form is made again.
    """
    return " ".join([*map(_identity, sources), form]).rstrip()


def is_fresh(path: Path, sources: Sequence[Path], form: str = "") -> bool:
    """Whether a file is there and was made, in its form, of the sources as they are now."""
    try:
        return path.exists() and _note(path).read_text() == identity(sources, form)
    except OSError:
        return False


def note_sources(path: Path, made_of: str) -> None:
    """Note beside a file of what it was made; where that cannot be written, it is made again."""
    with suppress(OSError):
        _note(path).write_text(made_of)


def _identity(source: Path) -> str:
    try:
        found = source.stat()
    except OSError:
        return "-"
    return f"{found.st_ino}.{found.st_mtime_ns}.{found.st_size}"


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.of")
