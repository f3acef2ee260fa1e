"""One new row for a trained model: what it says, which training rows are near, what changes it.

It is the very model that is exported, preprocessing and all.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras

from tuning_core.datasets import PreparedData, load_rows
from tuning_core.home.study_files import StudyFiles
from tuning_core.model_export import best_model_and_data, exported_network
from tuning_core.spec.decision import read_decision
from tuning_core.spec.study import StudySpec
from tuning_core.spec.training_request import TrainingRequest, parse_training
from tuning_core.worker.pipes import Command
from tuning_core.worker.requests.known_rows import MOST_NUMBERS, KnownRows, answer_to
from tuning_core.worker.requests.on_demand import OnDemand
from tuning_core.worker.search.refit import refit_best

MOST_KEPT = 3
"""Models kept ready; the one that was asked longest ago makes room."""


@dataclass(frozen=True)
class _Ready:
    """A model with the training rows that a new one is compared with.

    ``made_of`` tells what it was made of from what replaces it, such as a file of weights.
    """

    made_of: tuple[int, ...]
    model: keras.Model
    trial: int
    rows: KnownRows


class NewRows:
    """Answers questions about rows; keeps the models that were asked last, to answer at once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Ready] = OrderedDict()

    def answer(
        self, command: Command, files: StudyFiles, spec: StudySpec, home: Path
    ) -> dict[str, Any]:
        """Answers ``new_row``, of a study's best model.

        ``{"form": RowForm}``, or ``{"answer": RowAnswer}`` where the command has a ``question`` as
        ``answer_to`` takes it. Raises ExportError, DataError.
        """

        def made() -> _Ready:
            refit_best(files, spec, home)
            loaded = load_rows(spec.dataset, home)
            made_of = _identity(files) or (0,)
            decision = read_decision(files.decision)
            model, meta, data = best_model_and_data(files.best, spec, home, loaded, decision)
            rows = KnownRows.of(spec.dataset, loaded, data, folds=spec.folds)
            return _Ready(made_of, model, meta["trial"], rows)

        now = _identity(files)
        return _reply(command, self._ready(str(command["study"]), now, made))

    def answer_trained(self, command: Command, on_demand: OnDemand) -> dict[str, Any]:
        """Answers ``trained_row`` as ``answer`` does, of what ``train`` has trained.

        It is the network after the command's ``epochs`` of its ``training``, which is trained
        again where it is not kept. Raises DataError, SpecError, TrainingError.
        """
        request, home = parse_training(command.get("training") or {}), Path(str(command["home"]))
        epochs, key = int(command["epochs"]), request.training_key

        def made() -> _Ready:
            state, data = on_demand.trained(request, epochs, home, str(command["request"]))
            model = exported_network(state.weights, request.config, state.seed, data)
            return _Ready((epochs, 0, 0), model, request.trial, self._rows(request, data, home))

        return _reply(command, self._ready(key, (epochs, 0, 0), made))

    def _rows(self, request: TrainingRequest, data: PreparedData, home: Path) -> KnownRows:
        """The rows of a training; those of an earlier one on the same data if they are kept."""
        for ready in self._kept.values():
            if (ready.rows.dataset, ready.rows.folds) == (request.dataset, 1):
                return ready.rows
        return KnownRows.of(request.dataset, load_rows(request.dataset, home), data)

    def _ready(
        self, key: str, made_of: tuple[int, ...] | None, made: Callable[[], _Ready]
    ) -> _Ready:
        ready = self._kept.pop(key, None)
        if ready is None or ready.made_of != made_of:
            ready = None  # Before another takes its room.
            ready = made()
        self._kept[key] = ready
        while len(self._kept) > MOST_KEPT or (
            len(self._kept) > 1
            and sum(kept.rows.data.train.x.size for kept in self._kept.values()) > MOST_NUMBERS
        ):
            self._kept.popitem(last=False)
        return ready


def _reply(command: Command, ready: _Ready) -> dict[str, Any]:
    question = command.get("question")
    if not isinstance(question, dict):
        return {"form": asdict(ready.rows.form)}
    return {"answer": asdict(answer_to(question, ready.rows, ready.model, ready.trial))}


def _identity(files: StudyFiles) -> tuple[int, ...] | None:
    try:
        found = [path.stat() for path in files.made_of]
    except OSError:
        return None
    return tuple(n for each in found for n in (each.st_ino, each.st_mtime_ns, each.st_size))
