"""Users' own models: what their files declare, found by a worker of its own that may be ended.

A file is run there, never in the process that asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from tuning_core.home.home import Home, ManagerError
from tuning_core.home.model_files import (
    ModelFile,
    keep_model,
    kept_model,
    offered_models,
    python_files,
)
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.workers.requests import BackgroundRequests, RefusedError, answered
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.resources import ray_address
from tuning_core.space import SpecError
from tuning_core.spec.dataset import OWN_DATA
from tuning_core.spec.model import OWN, ModelSpec
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.validation import MAX_NAME
from tuning_core.store import StudyRow

DESCRIBE_SECONDS = 180.0
"""How long importing a file, loading its data and building its models may take."""
MOST_KEPT = 100
"""Descriptions that are remembered."""


@dataclass(frozen=True)
class Description:
    """What a file has: hyperparameters and metrics as a spec writes them.

    ``trained_by`` is "compiled", or a sentence on why it is ``model.fit``; ``parameters`` are those
    of the model of the default values. ``data`` is what a spec says of what ``load_data`` gives,
    None where it was asked about other data.
    """

    declared: dict[str, Any]
    metrics: dict[str, str]
    trained_by: str = ""
    parameters: int = 0
    data: dict[str, Any] | None = None


_DESCRIPTION = TypeAdapter(Description)

Idle = Callable[[str], AbstractContextManager[tuple[StudyRow, StudyFiles]]]
FOR_ONE_MACHINE = (
    "A model of your own trains on this machine alone: leave --ray and TUNESCAPE_RAY out."
)


def describe(
    worker: WorkerProcess, model: ModelFile, dataset: Mapping[str, Any] | None, home: Path
) -> Description:
    """What a model's file has, with the data of a spec's ``dataset`` or, where None, its own.

    Raises SpecError with one sentence; the worker is ended where the file does not come to an end.
    """
    request = uuid4().hex
    worker.send(
        command="describe_model",
        request=request,
        home=str(home),
        path=str(model.path),
        name=model.name,
        dataset=dataset,
    )
    try:
        reply = answered(worker, request, DESCRIBE_SECONDS)
    except ManagerError:
        ended = worker.exit_words
        how, advice = f"ended the process ({ended})", ""
        if worker.killed:
            how = f"did not come to an end within {DESCRIBE_SECONDS:.0f} s"
            advice = " Import nothing that trains or waits."
        raise SpecError(
            "model",
            f"{model.path} {how} while it was imported, loaded its data or built {model.name}."
            + advice,
        ) from None
    if not reply.get("ok"):
        raise SpecError("model", str(reply.get("error")))
    return _DESCRIPTION.validate_python(reply["result"])


def refuse_family(document: Mapping[str, Any], model: ModelFile) -> None:
    """Raises SpecError for a spec of another model than the one that is named beside it."""
    given = document.get("model", {})
    family = given.get("family", OWN) if isinstance(given, Mapping) else given
    if family != OWN:
        raise SpecError(
            "model.family", f'expected "{OWN}", as --model is given, received {str(family)[:80]!r}.'
        )
    name = given.get("name", model.name) if isinstance(given, Mapping) else model.name
    if name != model.name:
        raise SpecError("model.name", f"expected {model.name!r}, received {str(name)[:80]!r}.")


def completed(document: Mapping[str, Any], model: ModelFile, found: Description) -> dict[str, Any]:
    """A spec's document with what a model's file has."""
    dataset = document.get("dataset", {"id": OWN_DATA})
    if isinstance(dataset, Mapping) and dataset.get("id") == OWN_DATA:
        dataset = {**dataset, **(found.data or {})}
    return {
        "name": f"{model.name} of {model.path.name}"[:MAX_NAME],
        **document,
        "dataset": dataset,
        "model": {"family": OWN, "name": model.name, "declared": found.declared},
        "metrics": found.metrics,
    }


def missing_file(study_id: str) -> str:
    """What to do about a study whose model is not here."""
    return (
        f"Study {study_id} is of a model of somebody's own, whose file is not in this home. Name "
        f"it: python -m tuning_core resume {study_id} --model FILE.py:NAME"
    )


def refuse_without_file(study_id: str, spec: Mapping[str, Any], files: StudyFiles) -> None:
    """Raises ManagerError where a study of an own model has lost, or never had, its file."""
    model = spec.get("model")
    own = isinstance(model, Mapping) and model.get("family") == OWN
    if own and kept_model(files) is None:
        raise ManagerError(missing_file(study_id))


class OwnModels:
    """The models that whoever runs this server offers, each described once until its file changes.

    ``wrong`` has a sentence for each that cannot be offered.
    """

    def __init__(self, home: Home, idle: Idle) -> None:
        self._home = home
        self._idle = idle
        self._requests = BackgroundRequests("own model", lasting=RefusedError)
        self._lock = Lock()
        self._known: dict[str, Description] = {}
        models, self.wrong = offered_models()
        self.offered = {model.key: model for model in models}

    def described(self, key: str, dataset: Mapping[str, Any] | None) -> Description | None:
        """What an offered model has on this data; None before it is known."""
        return self._known.get(self._name(key, dataset))

    def refused(self, key: str, dataset: Mapping[str, Any] | None) -> str:
        """Why a model cannot be described, "" where nothing speaks against it."""
        return self._requests.refusal(self._name(key, dataset))

    def begin(self, key: str, dataset: Mapping[str, Any] | None) -> None:
        """Have a model described beside the caller, unless it is or was."""
        name = self._name(key, dataset)
        if name not in self._known and not self._requests.refusal(name):
            self._requests.begin(name, partial(self._describe, name, key, dataset))

    def refuse_launch(self, spec: StudySpec, model: ModelFile | None) -> None:
        """Raises ManagerError for a study of an own model that cannot be trained here."""
        if spec.model.own and model is None:
            raise ManagerError("A model of your own needs its file: run SPEC --model FILE.py:NAME.")
        if spec.model.own and ray_address():
            raise ManagerError(FOR_ONE_MACHINE)

    def adopt(self, study_id: str, model: ModelFile) -> None:
        """Have a study that came without its model's file go on with one that declares the same.

        Raises ManagerError; SpecError for what is wrong with the file.
        """
        with self._idle(study_id) as (row, files):
            spec = parse_spec(row.spec, local_files=True)
            if not spec.model.own or spec.source is not None:
                raise ManagerError(f"Study {study_id} is not of a model of your own: no --model.")
            if kept_model(files) is not None:
                raise ManagerError(
                    f"Study {study_id} goes on with the file that it was launched with: leave "
                    "--model out, or launch a new study."
                )
        dataset = spec.dataset.model_dump(mode="json", exclude_none=True)
        found = self._found(model, None if spec.dataset.id == OWN_DATA else dataset)
        now = completed({"dataset": dataset}, model, found)["model"]
        if ModelSpec.model_validate(now) != spec.model:
            raise SpecError(
                "model",
                f"{model.path} declares other hyperparameters than study {study_id} searched. "
                "Name the file that it was launched with.",
            )
        with self._idle(study_id) as (_, files):
            keep_model(model, files)

    def _describe(self, name: str, key: str, dataset: Mapping[str, Any] | None) -> None:
        try:
            found = self._found(self.offered[key], dataset)
        except SpecError as error:
            raise RefusedError(str(error)) from None
        with self._lock:
            while len(self._known) >= MOST_KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[name] = found

    def _found(self, model: ModelFile, dataset: Mapping[str, Any] | None) -> Description:
        # A process of its own: whatever the file does to it, nobody trains in it afterwards.
        worker = WorkerProcess(self._home.worker_log)
        try:
            return describe(worker, model, dataset, self._home.path)
        finally:
            worker.kill()

    def _name(self, key: str, dataset: Mapping[str, Any] | None) -> str:
        """What a description depends on: the model, the files beside it, the data."""
        try:
            stats = [path.stat() for path in sorted(python_files(self.offered[key].path))]
        except OSError:
            stats = []  # Its description will say what is wrong.
        seen = [(stat.st_mtime_ns, stat.st_size) for stat in stats]
        return json.dumps([key, seen, dataset], default=str, sort_keys=True)
