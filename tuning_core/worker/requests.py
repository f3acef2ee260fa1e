"""What others ask of a worker because it takes Keras: model files and the test score."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuning_core.datasets import DataError
from tuning_core.export import ExportError, evaluate_test, export_bundle, export_model
from tuning_core.space import SpecError
from tuning_core.spec import StudySpec
from tuning_core.training import load_best
from tuning_core.worker.inbox import Command
from tuning_core.worker.journal import Journal, read_events
from tuning_core.worker.pipe import EventPipe
from tuning_core.worker.recall import recall
from tuning_core.worker.run import explained, read_spec
from tuning_core.worker.study_lock import StudyBusyError, StudyLock

_LOG = logging.getLogger(__name__)


def answer(command: Command, folder: Path, home: Path, pipe: EventPipe) -> dict[str, Any]:
    """The reply to a request about the study in ``folder``."""
    reply: dict[str, Any] = {"kind": "reply", "request": command.get("request")}
    try:
        spec = read_spec(folder / "spec.json")
        result = REQUESTS[command["command"]](command, folder, spec, home, pipe)
    except (ExportError, StudyBusyError, DataError, SpecError) as error:
        return {**reply, "ok": False, "error": str(error)}
    except OSError as error:
        _LOG.exception("%s failed", command["command"])
        return {**reply, "ok": False, "error": explained(error, folder)}
    except Exception as error:
        _LOG.exception("%s failed", command["command"])
        what = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return {**reply, "ok": False, "error": f"This did not work ({what}); the log says more."}
    return {**reply, "ok": True, "result": result}


def _model(
    command: Command, folder: Path, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    return {"path": str(export_model(folder, spec, home))}


def _bundle(
    command: Command, folder: Path, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    rows = [
        {
            "trial": event["trial"],
            "execution": event["execution"],
            "epoch": event["epoch"],
            **event["metrics"],
            "seconds": event["seconds"],
        }
        for event in read_events(folder / "events.jsonl")
        if event["kind"] == "epoch"
    ]
    return {"path": str(export_bundle(folder, spec, home, rows))}


def _test(
    command: Command, folder: Path, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """The metrics of the best model on the test part, evaluated once and recorded."""
    study = str(command["study"])
    with StudyLock(folder, command.get("server")):
        journal = Journal(folder / "events.jsonl", study, pipe)
        try:
            trial = load_best(folder / "best.npz")[1]["trial"]
            revealed = recall(journal.recorded, spec.objective_info).revealed
            if revealed is not None and revealed["trial"] == trial:
                metrics: dict[str, Any] = revealed["metrics"]
            else:
                metrics = evaluate_test(folder, spec, home)
                journal.append("test_revealed", trial=trial, metrics=metrics)
        finally:
            journal.close()
    return metrics


REQUESTS: dict[str, Callable[[Command, Path, StudySpec, Path, EventPipe], dict[str, Any]]] = {
    "export_model": _model,
    "export_bundle": _bundle,
    "test": _test,
}
