"""One lane: a process of one thread that trains the trials which the study's worker hands it."""

from __future__ import annotations

import math
import os
import pickle
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil

from tuning_core.training import (
    Control,
    EpochProgress,
    EpochReport,
    ExecutionState,
    TrialOutcome,
    TrialTask,
)
from tuning_core.worker.limited_trainer import AnyTrainer, LimitedTrainer
from tuning_core.worker.pipes import BEAT_SECONDS

IDLE_SECONDS = 300.0
"""A lane that has had nothing to do for so long ends, which frees its memory."""


class Line(Protocol):
    """The lane's end of a connection with the worker, as multiprocessing's."""

    def send(self, report: Any) -> None:
        """Report to the worker."""

    def recv(self) -> Any:
        """Wait for what the worker sends. Raises EOFError when it has closed."""

    def poll(self, timeout: float = 0.0) -> bool:
        """Whether the worker has sent something, waiting up to so many seconds."""


class StudyRows(Protocol):
    """The rows of a study where a lane can have them, without a copy as far as possible."""

    def trainer(self) -> AnyTrainer:
        """What trains the study's trials on them."""


@dataclass(frozen=True)
class UseRows:
    """To a lane: the rows of the trials from here on, and the file for what it prints."""

    rows: StudyRows
    log: Path | None = None


@dataclass(frozen=True)
class Train:
    """To a lane: train a trial, on which ``earlier`` seconds were spent before.

    Each epoch is answered by a :class:`Verdict` where it is ``judged``. The memory that is free is
    shared by ``sharers`` lanes. A lane that has grown by more than ``limit_mb`` since its start
    ends after the trial, and says that it is :class:`Full` before the outcome.
    """

    trial: int
    task: TrialTask
    earlier: float
    judged: bool
    sharers: int = 1
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
class Full:
    """From a lane: it ends after the trial, since it has taken too much memory."""


@dataclass(frozen=True)
class Broken:
    """From a lane: something other than training went wrong."""

    error: Exception


@dataclass(frozen=True)
class Lost:
    """Of a lane, by whoever watches it: its process has ended."""


@dataclass(frozen=True)
class Placed:
    """Of a lane that had to wait for a machine: it has one now, whose name is ``node``."""

    node: str


OfTraining = EpochReport | EpochProgress | Checkpoint | TrialOutcome | Broken
Report = Ready | Beat | Full | OfTraining | Placed | Lost


class Lanes(Protocol):
    """Lanes by their numbers from 0: at most ``most``, of which ``count`` are in use.

    ``remote`` are those on other machines, which a study is sent to with one trial at a time, too.
    """

    most: int
    count: int
    remote: bool

    def prepare(self) -> None:
        """Do what takes long before a lane can start, while there is nothing else to do."""

    def use(self, rows: StudyRows, log: Path) -> None:
        """Have all trials from here on trained on these rows, by lanes that start later too."""

    def start(self, lane: int) -> None:
        """Start a lane, unless it runs."""

    def send(self, lane: int, message: Any) -> None:
        """Send to a lane; to one that has died, nothing: :meth:`reports` says so."""

    def reports(self, seconds: float) -> list[tuple[int, Report]]:
        """What lanes report, waiting up to so many seconds for the first.

        A lane that has died reports :class:`Lost`, once, and can be started again.
        """

    def fits(self, lane: int) -> bool:
        """Whether a lane runs, or there is room for it."""

    def end(self, lane: int) -> None:
        """End a lane that trains nothing, which frees its memory."""

    def kill(self, lane: int) -> None:
        """End a lane's process at once, whatever it does; its loss is reported."""

    def release(self) -> None:
        """Of a study that has ended: end the lanes that still train, or that others may want."""

    def node(self, lane: int) -> str:
        """The machine of a cluster on which a lane trains, "" for this one or none yet."""

    def news(self) -> list[str]:
        """Sentences about machines that have come, gone or are not used, each told once."""

    def nodes(self) -> list[dict[str, Any]]:
        """The machines of a cluster, as the event ``nodes`` tells them."""

    def idle_seconds(self) -> float:
        """The time since the last call in which there was no machine to train on."""


class Lane:
    """Trains what comes over a connection, one trial after the other, until it closes."""

    def __init__(self, connection: Line) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._process = psutil.Process()
        self._first_mb = 0.0
        self._trainer: LimitedTrainer | None = None
        self._wish = Control.CONTINUE
        self._full = False

    def serve(self) -> None:
        """Answer until the connection closes, or nothing has come for long."""
        try:
            self._send(Ready(os.getpid()))
            threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
            self._first_mb = self._mb
            while self._connection.poll(IDLE_SECONDS):
                message = self._connection.recv()
                self._obey(message)
                if self._full:
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
                if message.log is not None:
                    _print_to(message.log)
                self._trainer = None  # Free the rows of the study before.
                self._trainer = LimitedTrainer(message.rows.trainer())
            elif isinstance(message, Train):
                outcome = self._train(message)
                self._full = self._mb - self._first_mb > message.limit_mb
                if self._full:
                    self._send(Full())
                self._send(outcome)
            # A wish or a verdict for a trial that has just ended comes too late, and is dropped.
        except (EOFError, ConnectionError):
            raise
        except Exception as error:
            self._send(Broken(_portable(error)))

    def _train(self, order: Train) -> TrialOutcome:
        assert self._trainer is not None
        self._wish = Control.CONTINUE
        return self._trainer.run_trial(
            order.task,
            earlier=order.earlier,
            sharers=order.sharers,
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


def _print_to(log: Path) -> None:
    """Have all that this process prints, also from C++, added to a file."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for output in (1, 2):
        os.dup2(descriptor, output)
    os.close(descriptor)


def _portable(error: Exception) -> Exception:
    """An error that another process can have: itself, or its text where it cannot be sent."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
