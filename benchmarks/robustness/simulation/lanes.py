"""Lanes on a simulated machine, and what they train."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any, ClassVar

import numpy as np
from typing_extensions import override

from benchmarks.robustness.simulation.machine import Machine, Mailbox, Process
from tuning_core.planning.cost import Work
from tuning_core.training import TrainingError, TrialTask
from tuning_core.training.execution import Execution
from tuning_core.training.trainer import Trainer
from tuning_core.worker.lanes import local
from tuning_core.worker.lanes.lane import Lane

ROWS = 32
_MODULUS = 2**62


class Lives:
    """How lanes begin and how long epochs take; ``grown`` is the chance that one is too large."""

    def __init__(self, machine: Machine, strike: Callable[[], None]) -> None:
        self.machine, self.strike = machine, strike
        self.grown = 0.0

    @property
    def mb(self) -> float:
        """What a process takes."""
        return 1e9 if self.machine.rng.random() < self.grown else 0.0

    def pause(self) -> None:
        """Let the seconds of half an epoch pass: mostly few, now and then many."""
        long = self.machine.rng.random()
        self.machine.sleep(0.03 if long < 0.8 else long - 0.77 if long < 0.998 else 12.0)

    def begin(self) -> SimulatedConnection:
        """Start a lane; returns the worker's end of its connection."""
        worker, process = self.machine.process, self.machine.begin("lane")
        assert worker is not None
        ours = SimulatedConnection(self, worker)
        theirs = SimulatedConnection(self, process)
        ours.other, theirs.other = theirs, ours
        self.machine.spawn(process, self._serve, theirs)
        return ours

    def _serve(self, connection: SimulatedConnection) -> None:
        machine = self.machine
        machine.sleep(machine.rng.random() * 0.3)
        SimulatedLane(self, connection).serve()
        assert machine.process is not None
        machine.kill(machine.process, 0)


class SimulatedDevice:
    name = "CPU"
    versions: ClassVar = {"python": "3"}
    gpu = False

    def __init__(self, pid: int, lives: Lives) -> None:
        self.pid, self._lives = pid, lives

    @property
    def memory_mb(self) -> float:
        return self._lives.mb


class SimulatedConnection(Connection):
    """One end of a connection with a lane, which closes when its process dies."""

    def __init__(self, lives: Lives, owner: Process) -> None:
        self._lives, self._owner, self._handle = lives, owner, None
        self._come = Mailbox(lives.machine)
        self._closed = False
        self.other = self

    @property
    def open(self) -> bool:
        return self._owner.alive and not self._closed

    @property
    def ready(self) -> bool:
        return bool(len(self._come)) or not self.other.open

    def send(self, obj: Any) -> None:
        if not self.open or not self.other.open:
            raise BrokenPipeError
        self._lives.strike()
        self.other._come.put(obj)
        self._lives.strike()

    def recv(self) -> Any:
        self.poll(None)
        if not len(self._come):
            raise EOFError
        return self._come.get_nowait()

    def poll(self, timeout: float | None = 0.0) -> bool:
        return self.ready or (
            timeout != 0.0 and self._lives.machine.wait(lambda: self.ready, timeout)
        )

    def close(self) -> None:
        self._closed = True


class SimulatedLane(Lane):
    def __init__(self, lives: Lives, connection: SimulatedConnection) -> None:
        super().__init__(connection)
        self._lives = lives

    @property
    def _mb(self) -> float:
        return self._lives.mb


class SimulatedLanes(local.LocalLanes):
    """The lanes of this machine, whose processes are simulated."""

    def __init__(self, lives: Lives, most: int) -> None:
        super().__init__(most)
        self._lives = lives

    @override
    def prepare(self) -> None:
        """Nothing: there is no host."""

    @override
    def start(self, lane: int) -> None:
        if not self._runs(lane):
            self._processes[lane] = local._Process(self._lives.begin(), time.monotonic())
            if self._rows is not None:
                self.send(lane, self._rows)


class SimulatedTrainer(Trainer):
    """The trainer, whose executions take the time that ``pause`` lets pass and compute little."""

    def __init__(self, pause: Callable[[], None]) -> None:
        self._pause = pause

    @override
    def work(self, task: TrialTask) -> Work:
        return Work("", 1, 1, 1, 1, ROWS)

    @override
    def _parameters(self, task: TrialTask) -> int:
        return 1

    @override
    def _execution(self, task: TrialTask, number: int) -> Execution:
        return SimulatedExecution(self._pause, task, number)


class SimulatedExecution(Execution):
    """An execution of one weight, which says what was trained: any other history gives another.

    Some trials diverge, some fail, by their seeds.
    """

    def __init__(self, pause: Callable[[], None], task: TrialTask, number: int) -> None:
        super().__init__(task, number, ROWS)
        self._pause = pause
        self._weight = self.seed
        state = task.state(number)
        if state is not None:
            self._weight = int(state.weights[0][0])
            assert int(state.slots[0][0]) == self._weight + state.epoch
            self._go_on(state)

    @override
    def read_weights(self) -> list[np.ndarray]:
        return [np.array([self._weight])]

    @override
    def read_slots(self) -> list[np.ndarray]:
        return [np.array([self._weight + self.epoch])]

    @override
    def parts(self) -> Iterator[float]:
        self._unfinished = self.state()
        self._pause()
        yield 0.5
        self._pause()
        fate = self.seed % 64
        if fate == 0 and self.epoch >= 1:
            raise TrainingError("Out of memory.")
        self._weight = (self._weight * 6_364_136_223_846_793_005 + self.epoch + 1) % _MODULUS
        noise = self._weight / _MODULUS
        learned = 1.0 - math.exp(-(self.epoch + 1) * float(self._task.config["learning_rate"]) * 9)
        value = round(0.3 + 0.5 * learned + 0.2 * noise, 6)
        lost = fate == 1 and self.epoch >= 2
        self.finish_epoch(
            {
                "loss": math.nan if lost else 1.0 - value,
                "accuracy": value,
                "val_loss": 1.1 - value,
                "val_accuracy": round(value - 0.05, 6),
            }
        )
