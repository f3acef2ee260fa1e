"""A worker's process on a simulated machine, and what its server has of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from typing_extensions import override

from benchmarks.robustness.simulation.machine import Machine, Mailbox, Process, Signal
from tuning_core.child_process import ChildProcess
from tuning_core.home.home import HomeFiles
from tuning_core.journal.writing import encoded
from tuning_core.manager.workers import worker_process
from tuning_core.worker import pipes, service


class SimulatedChild(ChildProcess):
    """A worker's process as its starter sees it, and its main function."""

    ended: Any

    def __init__(self, machine: Machine, home: Path, server: Process) -> None:
        self.server, self.process = server, machine.begin("worker")
        self._machine, self._home = machine, home
        self.process.ended = self._end
        self.pid = self.process.pid
        self._code: int | None = None
        self.ended = Signal(machine)
        self.commands, self._said = Mailbox(machine), Mailbox(machine)
        machine.spawn(self.process, self._main)

    @property
    def returncode(self) -> int | None:
        return self._code

    @override
    def write(self, content: bytes) -> None:
        self._machine.refuse_to_ghosts()
        self.commands.put(content)

    @override
    def close(self) -> None:
        self.write(b"")

    @override
    def kill(self) -> None:
        self._machine.refuse_to_ghosts()
        self._machine.kill(self.process)

    def heard(self) -> Iterator[bytes]:
        """What the worker has said, to its end."""
        while self._machine.wait(lambda: bool(len(self._said)) or self.ended.is_set()):
            if not len(self._said):
                return
            yield self._said.get_nowait()

    def _main(self) -> None:
        come: Any = self._come()
        inbox = pipes.Inbox(come)
        self._machine.spawn(self.process, inbox.run)
        pipe = SimulatedPipe(self._machine, self._home, self._say)
        pipe.beat()
        service.Service(inbox, pipe).serve()
        self._machine.kill(self.process, 0)

    def _come(self) -> Iterator[bytes]:
        while line := self.commands.get():
            self._machine.sleep(self._machine.rng.random() * 0.01)
            yield line

    def _say(self, line: bytes) -> None:
        if self.server.alive:
            self._said.put(line)

    def _end(self, code: int) -> None:
        self._code = code
        self._say(b'{"kind": "epo')
        self.ended.set()


class SimulatedPipe(pipes.EventPipe):
    """A worker's pipe; what it sends with a number must be in the journal by then."""

    def __init__(self, machine: Machine, home: Path, say: Callable[[bytes], None]) -> None:
        self._machine, self._home, self._say = machine, home, say

    @override
    def send(self, event: Mapping[str, Any]) -> None:
        if "seq" in event:
            journal = HomeFiles(self._home).study(event["study"]).journal
            *_, last = journal.read_bytes().splitlines()
            if json.loads(last)["seq"] < event["seq"]:
                self._machine.fail(f"{event['kind']} was sent before it was recorded")
        self._say(encoded(event))


class SimulatedWorker(worker_process.WorkerProcess):
    @override
    def _read(self, _: int) -> None:
        assert isinstance(self._process, SimulatedChild)
        for line in self._process.heard():
            self._take(line)
