"""Server, worker and lanes of Tunescape as processes of a simulated machine.

All of it is the product's code but for what starts processes, waits in threads, or computes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache, partial
from pathlib import Path
from queue import Empty
from types import SimpleNamespace
from typing import Any

import psutil
from keras_tuner.src import config
from typing_extensions import override

from benchmarks.robustness.simulation.disk import Disk, GuardedConnections
from benchmarks.robustness.simulation.lanes import (
    Lives,
    SimulatedDevice,
    SimulatedLanes,
    SimulatedTrainer,
)
from benchmarks.robustness.simulation.machine import (
    Gate,
    Machine,
    Mailbox,
    Process,
    Signal,
    Thread,
)
from benchmarks.robustness.simulation.worker import SimulatedChild, SimulatedWorker
from tuning_core.child_process import StartedWorker
from tuning_core.datasets import PreparedData, prepare
from tuning_core.home import locks
from tuning_core.home.home import HomeError, ManagerError
from tuning_core.manager import manager
from tuning_core.manager.searches import queue, supervisor
from tuning_core.manager.workers import pool, worker_process
from tuning_core.spec.study import parse_spec
from tuning_core.store import StoreError, store
from tuning_core.training import following
from tuning_core.worker import pipes, service, study_rows
from tuning_core.worker.lanes import lane, local

LANES = 4


class World:
    """A machine with its disk, on which one study of one home is run."""

    def __init__(self, machine: Machine, home: Path) -> None:
        self.machine, self.disk, self.home = machine, Disk(machine), home
        self.lives = Lives(machine, self.disk.strike)
        self.server: Process | None = None
        self.manager: manager.Manager | None = None
        self.workers: list[SimulatedChild] = []

    @property
    def serves(self) -> bool:
        return self.server is not None and self.server.alive and self.manager is not None

    def boot(self) -> None:
        """Start the server, and wait until it serves; it may die on the way."""
        server = self.server = self.machine.begin("server")
        server.ended = lambda _: self._leave_workers()
        self.manager = None
        self.machine.spawn(server, self._serve)
        self.machine.wait(lambda: self.manager is not None or not server.alive)

    def _leave_workers(self) -> None:
        for worker in self.workers:
            worker.commands.put(b"")

    def lend(self, *_: Any) -> SimulatedWorker:
        """A worker as the server gets it."""
        assert self.server is not None
        child = SimulatedChild(self.machine, self.home, self.server)
        self.workers.append(child)
        return SimulatedWorker(self.home, (), StartedWorker(child, 0))

    def within(self, call: Callable[[manager.Manager], Any]) -> None:
        """Have the server do something, and wait for it, or for the server's death."""
        server, manager = self.server, self.manager
        assert server is not None
        assert manager is not None
        done = Signal(self.machine)

        def work() -> None:
            with suppress(ManagerError, StoreError):
                call(manager)
            done.set()

        self.machine.spawn(server, work)
        self.machine.wait(lambda: done.is_set() or not server.alive)

    def _serve(self) -> None:
        try:
            self.manager = manager.Manager(self.home, spare=False)
        except HomeError:  # As on a full disk.
            assert self.server is not None
            self.machine.kill(self.server, 1)
            raise
        self.manager.interrupted.watch(self.manager._closing, resumes=False)


class SimulatedRun(supervisor.StudyRun):
    @override
    def start(self) -> None:
        self._own = supervisor.Thread(target=self.run)
        self._own.start()

    @override
    def join(self, timeout: float | None = None) -> None:
        self._own.join(timeout)


@cache
def iris() -> PreparedData:
    return prepare(parse_spec({"dataset": {"id": "iris"}}).dataset, Path("."))


def _replaced(world: World) -> Iterator[tuple[Any, str, Any]]:
    """What the product's modules find where they look for the system's: owner, name, value."""
    machine = world.machine

    def now() -> float:
        return machine.now

    def own() -> Process:
        assert machine.process is not None
        return machine.process

    def wait(connections: Sequence[Any], timeout: float | None = None) -> list[Any]:
        machine.wait(lambda: any(each.ready for each in connections), timeout)
        return [each for each in connections if each.ready and machine.rng.random() < 0.9]

    def identity(pid: int | None = None) -> SimpleNamespace:
        if machine.find(pid or own().pid) is None:
            raise psutil.NoSuchProcess(pid)
        return SimpleNamespace(create_time=lambda: 0.0, status=lambda: "running")

    def kill(pid: int, _: int) -> None:
        process = machine.find(pid)
        if process is None:
            raise ProcessLookupError
        machine.kill(process)

    thread, event, gate = partial(Thread, machine), partial(Signal, machine), partial(Gate, machine)
    system = SimpleNamespace(
        getpid=lambda: own().pid,
        getppid=lambda: 1,
        kill=kill,
        _exit=lambda code: machine.kill(own(), code),
    )
    threads = SimpleNamespace(
        Thread=thread,
        Timer=lambda seconds, *call: thread(*call, after=seconds),
        Condition=gate,
        Lock=threading.Lock,
    )
    processes = SimpleNamespace(
        Process=identity, Error=psutil.Error, STATUS_ZOMBIE=psutil.STATUS_ZOMBIE
    )
    yield from ((time, name, now) for name in ("time", "monotonic", "perf_counter"))
    yield time, "sleep", machine.sleep
    yield from ((os, name, function) for name, function in world.disk.functions.items())
    yield from ((module, "os", system) for module in (locks, supervisor, pipes, lane, local))
    yield from ((module, "psutil", processes) for module in (locks, lane))
    yield from ((module, "threading", threads) for module in (pipes, lane))
    yield from ((module, "Thread", thread) for module in (pipes, supervisor, worker_process))
    yield from ((module, "Event", event) for module in (manager, worker_process))
    yield queue, "Condition", gate
    yield worker_process, "queue", SimpleNamespace(Queue=partial(Mailbox, machine), Empty=Empty)
    yield manager, "atexit", SimpleNamespace(register=id, unregister=id)
    yield manager, "StudyRun", SimulatedRun
    yield store, "Connections", partial(GuardedConnections, world.disk)
    yield (
        pool,
        "WorkerProcess",
        world.lend,
    )
    yield pool, "_memory_mb", lambda _: 0.0
    yield service, "set_up_device", lambda: SimulatedDevice(own().pid, world.lives)
    yield service, "LocalLanes", partial(SimulatedLanes, world.lives)
    yield from ((module, "cores", lambda: LANES) for module in (supervisor, queue, service))
    yield service, "train_once", lambda: machine.sleep(machine.rng.random())
    yield service, "trace_likely", lambda: iter(())
    yield service, "_output_to", lambda _: nullcontext()
    rows = SimpleNamespace(trainer=lambda: SimulatedTrainer(world.lives.pause))
    yield study_rows, "prepare", lambda *_: iris()
    yield study_rows, "SharedRows", SimpleNamespace(written=lambda *_: rows)
    yield study_rows, "Trainer", lambda _: rows.trainer()
    yield lane, "_print_to", id
    yield local, "wait", wait
    yield local, "free_memory_bytes", lambda: 1e12 if machine.rng.random() < 0.9 else 0.0
    yield following, "CHECKPOINT_SECONDS", 0.3
    yield config, "DEBUG", False  # No traceback of a trial that fails.


@contextmanager
def installed(world: World) -> Iterator[None]:
    """Have the product's modules find the machine where they look for the system's."""
    iris()
    replaced = list(_replaced(world))
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    try:
        for owner, name, value in replaced:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
