"""What others ask of a worker because it takes Keras: model files and the test score."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuning_core.datasets import DataError
from tuning_core.home.home import StudyFiles
from tuning_core.home.locks import StudyBusyError, StudyLock
from tuning_core.journal.events import TestRevealed
from tuning_core.journal.writing import Journal
from tuning_core.model_export import ExportError, evaluate_test, export_model
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec
from tuning_core.strategies import RecordError
from tuning_core.training import load_best
from tuning_core.worker.inbox import Command
from tuning_core.worker.pipe import EventPipe
from tuning_core.worker.requests.answers import answers
from tuning_core.worker.requests.bundling import bundle
from tuning_core.worker.requests.calibration import CalibrationError
from tuning_core.worker.requests.explaining import explain
from tuning_core.worker.requests.scoring import score
from tuning_core.worker.search.edits import spec_in_effect
from tuning_core.worker.search.ending import explained
from tuning_core.worker.search.refit import refit_best
from tuning_core.worker.search.replay import replay

_LOG = logging.getLogger(__name__)


def answer(command: Command, folder: Path, home: Path, pipe: EventPipe) -> dict[str, Any]:
    """The reply to a request about the study in ``folder``."""
    request = REQUESTS[command["command"]]
    return reply_of(
        command,
        lambda: request(command, folder, spec_in_effect(folder), home, pipe),
        folder,
    )


def reply_of(command: Command, work: Callable[[], dict[str, Any]], folder: Path) -> dict[str, Any]:
    """The reply with what ``work`` returns, or the sentence that says why it did not."""
    reply: dict[str, Any] = {"kind": "reply", "request": command.get("request")}
    try:
        result = work()
    except (
        *(ExportError, StudyBusyError, DataError),
        *(SpecError, CalibrationError, RecordError),
    ) as error:
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
    refit_best(folder, spec, home)
    return {"path": str(export_model(folder, spec, home))}


def _test(
    command: Command, folder: Path, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """The metrics of the best model on the test part, evaluated once and recorded."""
    study = str(command["study"])
    with StudyLock(StudyFiles(folder), command.get("server")):
        journal = Journal(folder / "events.jsonl", study, pipe.send)
        try:
            refit_best(folder, spec, home)
            trial = load_best(folder / "best.npz")[1]["trial"]
            revealed = replay(journal.recorded, spec.objective_info).revealed
            if revealed is not None and revealed["trial"] == trial:
                metrics: dict[str, Any] = revealed["metrics"]
            else:
                metrics = evaluate_test(folder, spec, home)
                journal.append(TestRevealed.model_construct(trial=trial, metrics={**metrics}))
        finally:
            journal.close()
    return metrics


REQUESTS: dict[str, Callable[[Command, Path, StudySpec, Path, EventPipe], dict[str, Any]]] = {
    "export_model": _model,
    "export_bundle": bundle,
    "test": _test,
    "score": score,
    "answers": answers,
    "explain": explain,
}
