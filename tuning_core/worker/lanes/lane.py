"""One lane: a process of one thread that trains the trials which the study's worker hands it."""

from __future__ import annotations

import math
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import psutil

from tuning_core.training import (
    Control,
    EpochProgress,
    EpochReport,
    ExecutionState,
    Trainer,
    TrialOutcome,
    TrialTask,
)
from tuning_core.training.rows import HostData
from tuning_core.worker.limited_trainer import LimitedTrainer
from tuning_core.worker.pipes import BEAT_SECONDS


class Line(Protocol):
    """The lane's end of a connection with the worker, as multiprocessing's."""

    def send(self, report: Any) -> None:
        """Report to the worker."""

    def recv(self) -> Any:
        """Wait for what the worker sends. Raises EOFError when it has closed."""

    def poll(self) -> bool:
        """Whether the worker has sent something."""


class StudyRows(Protocol):
    """The rows of a study where a lane can have them without a copy."""

    def mapped(self) -> list[HostData]:
        """The turns with their arrays."""


@dataclass(frozen=True)
class UseRows:
    """To a lane: the rows of the trials from here on."""

    rows: StudyRows


@dataclass(frozen=True)
class Train:
    """To a lane: train a trial, on which ``earlier`` seconds were spent before.

    Each epoch is answered by a :class:`Verdict` where it is ``judged``. A lane that has grown by
    more than ``limit_mb`` since its start ends after the trial.
    """

    trial: int
    task: TrialTask
    earlier: float
    judged: bool
    limit_mb: float = math.inf


@dataclass(frozen=True)
class Verdict:
    """To a lane: why the trial is to end after the epoch that it has reported, or ""."""

    reason: str


@dataclass(frozen=True)
class Ready:
    """From a lane: it listens."""

    pid: int


@dataclass(frozen=True)
class Beat:
    """From a lane: it lives, whatever it does."""


@dataclass(frozen=True)
class Checkpoint:
    """From a lane: the state of an execution, after all epochs that it has reported."""

    execution: int
    state: ExecutionState


@dataclass(frozen=True)
class Broken:
    """From a lane: something other than training went wrong."""

    message: str


@dataclass(frozen=True)
class Lost:
    """Of a lane, by whoever watches it: its process has ended."""


@dataclass(frozen=True)
class Placed:
    """Of a lane that had to wait for a machine: it has one now, whose name is ``node``."""

    node: str


OfTraining = EpochReport | EpochProgress | Checkpoint | TrialOutcome | Broken
Report = Ready | Beat | OfTraining | Placed | Lost


class Lane:
    """Trains what comes over a connection, one trial after the other, until it closes."""

    def __init__(self, connection: Line) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._process = psutil.Process()
        self._first_mb = 0.0
        self._trainer: LimitedTrainer | None = None
        self._wish = Control.CONTINUE

    def serve(self) -> None:
        """Answer until the connection closes, which is how the worker ends a lane."""
        try:
            self._send(Ready(os.getpid()))
            threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
            self._first_mb = self._mb
            while True:
                message = self._connection.recv()
                self._obey(message)
                if isinstance(message, Train) and self._mb - self._first_mb > message.limit_mb:
                    return
        except (EOFError, ConnectionError):
            return

    @property
    def _mb(self) -> float:
        return float(self._process.memory_info().rss / 1e6)

    def _send(self, report: Report) -> None:
        with self._lock:
            self._connection.send(report)

    def _beat(self) -> None:
        with suppress(ConnectionError):
            while True:
                time.sleep(BEAT_SECONDS)
                self._send(Beat())

    def _obey(self, message: Any) -> None:
        try:
            if isinstance(message, UseRows):
                self._trainer = None  # Free the rows of the study before.
                self._trainer = LimitedTrainer(Trainer(message.rows.mapped()))
            elif isinstance(message, Train):
                self._send(self._train(message))
            # A wish or a verdict for a trial that has just ended comes too late, and is dropped.
        except (EOFError, ConnectionError):
            raise
        except Exception as error:
            self._send(Broken(f"{type(error).__name__}: {error}"))

    def _train(self, order: Train) -> TrialOutcome:
        assert self._trainer is not None
        self._wish = Control.CONTINUE
        return self._trainer.run_trial(
            order.task,
            earlier=order.earlier,
            report=self._send,
            control=self._control,
            checkpoint=lambda execution, state: self._send(Checkpoint(execution, state)),
            report_progress=self._send,
            judge=self._judge if order.judged else lambda _: "",
        )

    def _control(self) -> Control:
        """What the worker wants of the trial: its latest wish, until the trial ends."""
        while self._connection.poll():
            self._take(self._connection.recv())
        return self._wish

    def _judge(self, _: EpochReport) -> str:
        """Wait for the worker's verdict on the epoch just reported."""
        while not isinstance(message := self._connection.recv(), Verdict):
            self._take(message)
        return message.reason

    def _take(self, message: Any) -> None:
        if isinstance(message, Control):
            self._wish = message
