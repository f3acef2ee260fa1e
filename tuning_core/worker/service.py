"""Taking commands, one at a time, until standard input closes."""

from __future__ import annotations

import logging
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from tuning_core.datasets import DataError
from tuning_core.home.home import HomeFiles, ManagerError
from tuning_core.home.locks import StudyBusyError
from tuning_core.home.study_files import StudyFiles
from tuning_core.model_export import ExportError
from tuning_core.own_models.errors import OwnModelError
from tuning_core.resources import cores, ray_address
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.strategies import RecordError
from tuning_core.training import TrainingError
from tuning_core.worker.assessments.answering import assess
from tuning_core.worker.device import Device, set_up_device
from tuning_core.worker.lanes.cluster import RayLanes
from tuning_core.worker.lanes.lane import Lanes
from tuning_core.worker.lanes.local import LocalLanes
from tuning_core.worker.pipes import Command, EventPipe, Inbox
from tuning_core.worker.requests.answers import answers
from tuning_core.worker.requests.best_model import bundle, model_file, score, test_score
from tuning_core.worker.requests.calibration import CalibrationError, calibrate
from tuning_core.worker.requests.confirmation import confirm
from tuning_core.worker.requests.describing import describe_model
from tuning_core.worker.requests.explaining import explain
from tuning_core.worker.requests.new_row import NewRows
from tuning_core.worker.requests.on_demand import OnDemand
from tuning_core.worker.requests.test_part import evaluate_entries
from tuning_core.worker.search.edits import spec_in_effect
from tuning_core.worker.search.ending import WorkerFullError, explained
from tuning_core.worker.search.run import StudyRun
from tuning_core.worker.warming import trace_likely, train_once

_LOG = logging.getLogger(__name__)


class Service:
    """Serves the commands of an inbox and answers on a pipe."""

    def __init__(self, inbox: Inbox, pipe: EventPipe) -> None:
        logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
        self._inbox = inbox
        self._pipe = pipe
        self._device: Device = set_up_device()
        self._on_demand = OnDemand(inbox, pipe)
        self._new_rows = NewRows()
        self._of_trainings: dict[str, Callable[[Command], dict[str, Any]]] = {
            "train": self._on_demand.train,
            "trained_row": partial(self._new_rows.answer_trained, on_demand=self._on_demand),
            "test_entries": partial(evaluate_entries, on_demand=self._on_demand),
            "describe_model": describe_model,
        }
        cluster, here = ray_address(), 1 if self._device.gpu else cores()
        self._lanes: Lanes = RayLanes(cluster) if cluster else LocalLanes(here)
        self._base_mb = 0.0
        self._fresh = True
        self._full = False

    def serve(self) -> None:
        """Get warm, then work until there will be no more commands, or no more memory."""
        self._inbox.aside("explain", self._obey)
        if not self._inbox.waiting:
            train_once()
        if self._device.gpu:
            # The libraries of a GPU alone take gigabytes, which a new process would take as well.
            self._base_mb = self._device.memory_mb
        self._pipe.send(
            {
                "kind": "ready",
                "pid": self._device.pid,
                "device": self._device.name,
                "versions": self._device.versions,
                "memory_mb": self._device.memory_mb,
            }
        )
        likely = trace_likely()
        while not self._inbox.waiting and next(likely, self) is None:
            pass
        if not self._inbox.waiting:
            self._lanes.prepare()
        while not self._full and (command := self._inbox.next()) is not None:
            self._obey(command)

    def _obey(self, command: Command) -> None:
        if command["command"] == "calibrate":
            self._calibrate(command)
            return
        if command["command"] in self._of_trainings:
            work = partial(self._of_trainings[command["command"]], command)
            data = HomeFiles(Path(str(command.get("home")))).data
            self._pipe.send(reply_of(command, work, data))
            return
        study, home = str(command.get("study")), Path(str(command.get("home")))
        files = _files(home, study)
        if files and files.own_model.is_dir() and command["command"] != "explain":
            self._pipe.send({"kind": "own_code"})
        if files is None:
            self._refuse(command, f"There is no study {study[:40]!r} in {home}.")
        elif command["command"] == "run":
            self._run(command, study, files, home)
        elif command["command"] in REQUESTS:
            self._pipe.send(answer(command, files, home, self._pipe))
        elif command["command"] == "new_row":
            self._answer_row(command, files, home)
        elif command["command"] in LONG:
            self._work_long(command, files, home)
        else:
            self._refuse(command, f"Unknown command {str(command['command'])[:40]!r}.")

    def _calibrate(self, command: Command) -> None:
        """Measure what a spec without a study would cost; a stop names the request."""
        home, request = Path(str(command.get("home"))), str(command.get("request"))

        def measured() -> dict[str, Any]:
            spec = parse_spec(command.get("spec") or {}, local_files=True)
            return calibrate(spec, home, self._device, lambda: self._inbox.wants_stop(request))

        self._pipe.send(reply_of(command, measured, HomeFiles(home).data))

    def _answer_row(self, command: Command, files: StudyFiles, home: Path) -> None:
        def answered() -> dict[str, Any]:
            return self._new_rows.answer(command, files, spec_in_effect(files), home)

        self._pipe.send(reply_of(command, answered, files.folder))

    def _work_long(self, command: Command, files: StudyFiles, home: Path) -> None:
        """Do what takes its time; a stop names the request."""
        stops = partial(self._inbox.wants_stop, str(command.get("request")))

        def done() -> dict[str, Any]:
            work = LONG[command["command"]]
            return work(command, files, spec_in_effect(files), home, self._pipe, stops)

        self._pipe.send(reply_of(command, done, files.folder))

    def _run(self, command: Command, study: str, files: StudyFiles, home: Path) -> None:
        # Without a limit nobody is prepared to go on with another worker.
        limit_mb = self._base_mb + float(command.get("memory_mb", math.inf))
        run = StudyRun(
            study,
            files,
            home,
            self._inbox,
            self._pipe,
            self._device,
            lanes=self._lanes,
            limit_mb=limit_mb,
            fresh=self._fresh,
            after=str(command.get("after", "")),
        )
        self._fresh = False
        try:
            with _output_to(files.log):
                run.run(command.get("server"))
        except WorkerFullError:
            self._full = True
            self._pipe.send({"kind": "recycle", "study": study})
        except StudyBusyError as error:
            self._refuse(command, str(error))
        except OSError as error:
            self._refuse(command, explained(error, files.folder))

    def _refuse(self, command: Command, message: str) -> None:
        if "request" in command:
            reply = {"kind": "reply", "request": command["request"], "ok": False, "error": message}
            self._pipe.send(reply)
        else:
            self._pipe.send({"kind": "refused", "study": command.get("study"), "message": message})


def _files(home: Path, study: str) -> StudyFiles | None:
    """The files of a study, None where there is none of that id."""
    try:
        files = HomeFiles(home).study(study)
    except ManagerError:
        return None
    return files if files.spec.is_file() else None


@contextmanager
def _output_to(path: Path) -> Iterator[None]:
    """Send all that this process prints, also from C++, to the end of a file."""
    _flush()
    before = [os.dup(descriptor) for descriptor in (1, 2)]
    try:
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.close(log)
        yield
    finally:
        _flush()
        for descriptor, kept in zip((1, 2), before, strict=True):
            os.dup2(kept, descriptor)
            os.close(kept)


def _flush() -> None:
    with suppress(OSError):  # A full disk must not keep the descriptors from being put back.
        sys.stdout.flush()
        sys.stderr.flush()


def answer(command: Command, files: StudyFiles, home: Path, pipe: EventPipe) -> dict[str, Any]:
    """The reply to a request about the study."""
    request = REQUESTS[command["command"]]
    return reply_of(
        command,
        lambda: request(command, files, spec_in_effect(files), home, pipe),
        files.folder,
    )


def reply_of(command: Command, work: Callable[[], dict[str, Any]], folder: Path) -> dict[str, Any]:
    """The reply with what ``work`` returns, or the sentence that says why it did not."""
    reply: dict[str, Any] = {"kind": "reply", "request": command.get("request")}
    try:
        result = work()
    except (
        *(ExportError, StudyBusyError, DataError),
        *(SpecError, CalibrationError, RecordError, TrainingError, OwnModelError),
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


REQUESTS: dict[str, Callable[[Command, StudyFiles, StudySpec, Path, EventPipe], dict[str, Any]]] = {
    "export_model": model_file,
    "export_bundle": bundle,
    "test": test_score,
    "score": score,
    "answers": answers,
    "explain": explain,
}


LONG: dict[str, Callable[..., dict[str, Any]]] = {"confirm": confirm, "assess": assess}
"""Requests about a study that can be stopped."""
