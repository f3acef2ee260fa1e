"""``--model FILE.py:NAME``: a study of a model of one's own, from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tuning_core.child_process import start_worker
from tuning_core.home.home import HomeFiles, ManagerError
from tuning_core.home.model_files import ModelFile, model_file
from tuning_core.manager.questions.own_models import (
    FOR_ONE_MACHINE,
    completed,
    describe,
    refuse_family,
)
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.resources import ray_address

Change = Callable[[dict[str, Any]], dict[str, Any]]
"""What completes a spec's document."""


def add_model_option(command: argparse.ArgumentParser) -> None:
    """Add the option to a command."""
    command.add_argument(
        "--model",
        metavar="FILE.py:NAME",
        help="a model of your own: a function of hp, or a keras_tuner.HyperModel",
    )


def chosen_model(options: argparse.Namespace) -> ModelFile | None:
    """The model that the option names, None where it is left out.

    Raises SpecError, ManagerError on a cluster.
    """
    if options.model is None:
        return None
    if ray_address():
        raise ManagerError(FOR_ONE_MACHINE)
    return model_file(options.model)


def with_model(
    options: argparse.Namespace, model: ModelFile, home: Path, document: dict[str, Any]
) -> dict[str, Any]:
    """A spec's document with what a model's file has, by the worker that is going to train it.

    ``options.worker`` is that worker, or becomes it. Nothing is made on the disk. Raises SpecError.
    """
    refuse_family(document, model)
    if not isinstance(options.worker, WorkerProcess):
        try:
            started = options.worker or start_worker()
        except OSError as error:
            raise ManagerError(f"The worker process cannot be started: {error}.") from error
        options.worker = WorkerProcess(HomeFiles(home).worker_log, started=started)
    dataset = document.get("dataset")
    given = dataset if isinstance(dataset, Mapping) else None
    return completed(document, model, describe(options.worker, model, given, home.absolute()))
