"""Lanes on this machine."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from tuning_core.child_process import ChildProcess
from tuning_core.resources import free_memory_bytes
from tuning_core.worker.lanes.lane import Beat, Lost, Ready, Report, UseRows
from tuning_core.worker.lanes.shared_rows import SharedRows

LANE_BYTES = 600_000_000
"""Memory that must be free before another lane starts."""
SILENT_SECONDS = 60.0
"""Without a sign of life for so long, a lane has hung."""


class LocalLanes:
    """Processes of one thread each that train side by side.

    At most ``most``, of which ``count`` are in use. They are numbered from 0, start at the first
    request and stay warm until :meth:`close`. They end by themselves when this process dies,
    whose end of their connection closes with it.
    """

    def __init__(self, most: int) -> None:
        self.most = self.count = most
        self._host: ChildProcess | None = None
        self._control: socket.socket | None = None
        self._connections: dict[int, Connection] = {}
        self._pids: dict[int, int] = {}
        self._heard: dict[int, float] = {}
        self._rows: SharedRows | None = None

    def use(self, rows: SharedRows) -> None:
        """Have all trials from here on trained on these rows, by lanes that start later too."""
        self._rows = rows
        for lane in self._connections:
            self.send(lane, UseRows(rows))

    def start(self, lane: int) -> None:
        """Start a lane's process, unless it runs."""
        if lane in self._connections:
            return
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._host_control(), [b"lane"], [theirs.fileno()])
        self._connections[lane] = Connection(ours.detach())
        self._heard[lane] = time.monotonic()
        if self._rows is not None:
            self.send(lane, UseRows(self._rows))

    def send(self, lane: int, message: Any) -> None:
        """Send to a lane; to one that has died, nothing: :meth:`reports` says so."""
        with suppress(ConnectionError):
            self._connections[lane].send(message)

    def reports(self, seconds: float) -> list[tuple[int, Report]]:
        """What lanes report, waiting up to so many seconds for the first.

        A lane that has died reports :class:`Lost`, once, and can be started again.
        """
        lanes = {connection: lane for lane, connection in self._connections.items()}
        reports: list[tuple[int, Report]] = []
        for connection in wait(list(lanes), seconds):
            assert isinstance(connection, Connection)
            lane = lanes[connection]
            try:
                report = connection.recv()
            except (EOFError, ConnectionError):
                report = Lost()
                connection.close()
                del self._connections[lane]
                self._pids.pop(lane, None)
            self._heard[lane] = time.monotonic()
            if isinstance(report, Ready):
                self._pids[lane] = report.pid
            if not isinstance(report, Beat):
                reports.append((lane, report))
        self._end_silent()
        return reports

    def fits(self, lane: int) -> bool:
        """Whether a lane runs, or the memory that is free has room for it."""
        return lane in self._connections or free_memory_bytes() > LANE_BYTES

    def end(self, lane: int) -> None:
        """End a lane that trains nothing, which frees its memory."""
        connection = self._connections.pop(lane, None)
        if connection is not None:
            connection.close()
            self._pids.pop(lane, None)

    def node(self, lane: int) -> str:
        """The machine of a cluster on which a lane trains: none, it is this one."""
        return ""

    def news(self) -> list[str]:
        """Sentences about machines: none."""
        return []

    def kill(self, lane: int) -> None:
        """End a lane's process at once, whatever it does; its loss is reported."""
        with suppress(ProcessLookupError, KeyError):
            os.kill(self._pids[lane], signal.SIGKILL)

    def close(self) -> None:
        """End all lanes."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        self._pids.clear()
        if self._control is not None:
            self._control.close()
        if self._host is not None:
            self._host.kill()
        self._host = self._control = None

    def _end_silent(self) -> None:
        """Kill lanes that have hung: without a sign of life for long."""
        limit = time.monotonic() - SILENT_SECONDS
        for lane in [lane for lane in self._pids if self._heard[lane] < limit]:
            self.kill(lane)

    def _host_control(self) -> socket.socket:
        if self._host is None or self._host.ended.is_set():
            ours, theirs = socket.socketpair()
            with theirs:
                self._host = ChildProcess(
                    [sys.executable, "-m", "tuning_core.worker.lanes.host", str(theirs.fileno())],
                    stdin=-3,
                    pass_fds=[theirs.fileno()],
                )
            self._control = ours
        assert self._control is not None
        return self._control
