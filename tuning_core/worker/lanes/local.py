"""Lanes on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from tuning_core.child_process import ChildProcess
from tuning_core.resources import free_memory_bytes, spare_cores
from tuning_core.training import TrialOutcome
from tuning_core.worker.lanes.lane import (
    Beat,
    Broken,
    Full,
    Lost,
    Ready,
    Report,
    StudyRows,
    Train,
    UseRows,
)

LANE_BYTES = 600_000_000
"""Memory that must be free before another lane starts."""
SILENT_SECONDS = 60.0
"""Without a sign of life for so long, a lane has hung."""


@dataclass
class _Process:
    """A lane's process: ``pid`` 0 until it is ready, when it gets the messages that wait.

    It is ``new`` until its first report of a trial, and takes more memory yet.
    """

    connection: Connection
    heard: float
    pid: int = 0
    waiting: list[Any] = field(default_factory=list)
    new: bool = True
    trains: bool = False
    full: bool = False


class LocalLanes:
    """Processes of one thread each, forked from a host, which stay warm between studies.

    They end by themselves when nothing has come for long, and when this process dies, whose end of
    their connection closes with it.
    """

    remote = False

    def __init__(self, most: int) -> None:
        self.most = self.count = most
        self._host: ChildProcess | None = None
        self._control: socket.socket | None = None
        self._processes: dict[int, _Process] = {}
        self._rows: UseRows | None = None

    def prepare(self) -> None:
        """Start the host, unless studies train one trial at a time here by default."""
        if min(self.most, spare_cores()) > 1:
            self._host_control()

    def use(self, rows: StudyRows, log: Path) -> None:
        """Have all trials from here on trained on these rows, by lanes that start later too."""
        self._rows = UseRows(rows, log)
        for lane in list(self._processes):
            if self._runs(lane):
                self.send(lane, self._rows)

    def start(self, lane: int) -> None:
        """Start a lane's process, unless it runs."""
        if self._runs(lane):
            return
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._host_control(), [b"lane"], [theirs.fileno()])
            except ConnectionError:  # The host has just died.
                self._end_host()
                socket.send_fds(self._host_control(), [b"lane"], [theirs.fileno()])
        self._processes[lane] = _Process(Connection(ours.detach()), time.monotonic())
        if self._rows is not None:
            self.send(lane, self._rows)

    def send(self, lane: int, message: Any) -> None:
        """Send to a lane; to one that has died, nothing: :meth:`reports` says so."""
        process = self._processes.get(lane)
        if process is None:
            return
        process.trains = process.trains or isinstance(message, Train)
        if not process.pid:
            process.waiting.append(message)  # Nobody reads yet, and a large one would not fit.
            return
        with suppress(ConnectionError):
            process.connection.send(message)

    def reports(self, seconds: float) -> list[tuple[int, Report]]:
        """What lanes report, waiting up to so many seconds for the first."""
        lanes = {process.connection: lane for lane, process in self._processes.items()}
        reports = [
            (lanes[connection], self._received(lanes[connection]))
            for connection in wait(list(lanes), seconds)
            if isinstance(connection, Connection)
        ]
        self._end_silent()
        return [(lane, report) for lane, report in reports if not isinstance(report, Beat | Full)]

    def fits(self, lane: int) -> bool:
        """Whether a lane runs, or the memory that is free has room for it and those just begun."""
        begun = sum(process.new for process in self._processes.values())
        return lane in self._processes or free_memory_bytes() > LANE_BYTES * (1 + begun)

    def end(self, lane: int) -> None:
        """End a lane, which frees its memory."""
        process = self._processes.pop(lane, None)
        if process is not None:
            process.connection.close()

    def kill(self, lane: int) -> None:
        """End a lane's process at once, whatever it does; its loss is reported."""
        process = self._processes.get(lane)
        if process is not None and process.pid:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)

    def release(self) -> None:
        """End the lanes that still train for a study that has ended; the others stay warm."""
        for lane in [lane for lane, process in self._processes.items() if process.trains]:
            self.end(lane)

    def node(self, lane: int) -> str:
        """The machine of a cluster on which a lane trains: none, it is this one."""
        return ""

    def news(self) -> list[str]:
        """Sentences about machines: none."""
        return []

    def nodes(self) -> list[dict[str, Any]]:
        """Machines of a cluster: none."""
        return []

    def idle_seconds(self) -> float:
        """The time in which there was no machine to train on: none."""
        return 0.0

    def _runs(self, lane: int) -> bool:
        """Whether a lane that trains nothing is there; what it has said meanwhile is dropped."""
        while lane in self._processes and self._processes[lane].connection.poll():
            self._received(lane)
        return lane in self._processes

    def _received(self, lane: int) -> Report:
        """The next report of a lane: that it is lost when its process has ended."""
        process = self._processes[lane]
        process.heard = time.monotonic()
        report: Report
        try:
            report = process.connection.recv()
        except (EOFError, OSError):  # Where it dies in the middle of a report, a plain OSError.
            self.end(lane)
            return Lost()
        if isinstance(report, Ready):
            process.pid = report.pid
            for message in process.waiting:
                self.send(lane, message)
            process.waiting.clear()
        elif isinstance(report, Full):
            process.full = True
        elif isinstance(report, TrialOutcome | Broken):
            process.trains = False
            if process.full:
                self.end(lane)
        elif not isinstance(report, Beat):
            process.new = False
        return report

    def _end_silent(self) -> None:
        """End lanes that have hung: without a sign of life for long."""
        limit = time.monotonic() - SILENT_SECONDS
        for lane, process in self._processes.items():
            if process.heard >= limit:
                continue
            if process.pid:
                self.kill(lane)
            else:
                self._end_host()  # Its connection is nobody else's, and closes with it.

    def _end_host(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._host is not None:
            self._host.kill()
        self._host = self._control = None

    def _host_control(self) -> socket.socket:
        if self._host is None or self._host.ended.is_set():
            self._end_host()
            ours, theirs = socket.socketpair()
            with theirs:
                self._host = ChildProcess(
                    [sys.executable, "-m", "tuning_core.worker.lanes.host", str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            self._control = ours
        assert self._control is not None
        return self._control
