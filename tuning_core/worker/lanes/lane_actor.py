"""What runs on a node of a Ray cluster: a lane in an actor, on rows in the node's object store."""

from __future__ import annotations

import os
import queue
import threading
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from tuning_core.training import Trainer
from tuning_core.training.rows import HostData
from tuning_core.worker.device import set_up_device
from tuning_core.worker.lanes.lane import Lane, Report
from tuning_core.worker.lanes.shared_rows import SharedRows

ALIGNMENT = 64
"""Of arrays in bytes, which TensorFlow's operations on them rely on."""


@dataclass(frozen=True)
class StoredRows:
    """Turns of a study in Ray's object store, which each node fetches once."""

    turns: Any

    @classmethod
    def put(cls, rows: SharedRows, ray: Any) -> StoredRows:
        """Stores the arrays of these files, each once."""
        arrays: dict[int, np.ndarray] = {}

        def plain(value: Any) -> Any:
            # Of a subclass, Ray would make a copy within the pickle.
            if not isinstance(value, np.ndarray):
                return value
            return arrays.setdefault(id(value), np.asarray(value))

        return cls(ray.put([_each(turn, plain) for turn in rows.mapped()]))

    def trainer(self) -> Trainer:
        """A trainer on the rows that the node keeps."""
        return Trainer(self.mapped())

    def mapped(self) -> list[HostData]:
        """The turns, their arrays where the node keeps them for all its lanes."""
        import ray

        arrays: dict[int, np.ndarray] = {}

        def kept(value: Any) -> Any:
            if not isinstance(value, np.ndarray):
                return value
            return arrays.setdefault(id(value), _mapped(value))

        return [_each(turn, kept) for turn in ray.get(self.turns)]


class _Line:
    """The lane's end of an actor's queues, in place of a connection."""

    def __init__(self) -> None:
        self.orders: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()

    def send(self, report: Report) -> None:
        self.reports.put(report)

    def recv(self) -> Any:
        return self.orders.get()

    def poll(self, timeout: float = 0.0) -> bool:
        # An actor ends when its cores are given back: one that is idle has been wanted.
        return timeout > 0 or not self.orders.empty()


class LaneActor:
    """A lane in a process of Ray's on some node, served by a thread of its own."""

    def __init__(self) -> None:
        os.nice(5)
        set_up_device()
        self._line = _Line()
        self._lock = threading.Lock()
        self._early: dict[int, Any] = {}
        self._next = 0
        threading.Thread(target=self._serve, name="lane", daemon=True).start()

    def give(self, number: int, message: Any) -> None:
        """Take a message for the lane; Ray may deliver them in another order than their numbers."""
        with self._lock:
            self._early[number] = message
            while self._next in self._early:
                self._line.orders.put(self._early.pop(self._next))
                self._next += 1

    def take(self) -> list[Report]:
        """Wait for what the lane reports. The process ends with its lane."""
        reports = [self._line.reports.get()]
        while not self._line.reports.empty():
            reports.append(self._line.reports.get())
        if reports[0] is None:
            os._exit(0)
        if reports[-1] is None:
            self._line.reports.put(None)
        return [report for report in reports if report is not None]

    def _serve(self) -> None:
        try:
            Lane(self._line).serve()
        finally:
            self._line.reports.put(None)


def _each(turn: HostData, change: Any) -> HostData:
    return replace(turn, **{f.name: change(getattr(turn, f.name)) for f in fields(turn)})


class _Writable:
    """The memory of an array under NumPy's array interface, as one that may be written."""

    def __init__(self, array: np.ndarray) -> None:
        self._kept = array
        address, _ = array.__array_interface__["data"]
        self.__array_interface__ = {**array.__array_interface__, "data": (address, False)}


def _mapped(array: np.ndarray) -> np.ndarray:
    """An array of the object store as TensorFlow takes it over without a copy.

    It takes none that is read-only, writes into none that it has taken, and aborts on one whose
    address is odd, as that of a small array is which Ray sends in a message.
    """
    address, _ = array.__array_interface__["data"]
    if address % ALIGNMENT or not array.size:
        return array.copy()
    return np.asarray(_Writable(array)).view(np.memmap)
