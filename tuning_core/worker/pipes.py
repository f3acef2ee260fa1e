"""The ends of a worker's pipes: commands in, events out."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, BinaryIO, TypeVar

from tuning_core.journal.writing import encoded

Command = dict[str, Any]

_STOPS = {"stop": "stopped", "pause": "paused"}

Wish = TypeVar("Wish")

MOST_WISHES = 256
"""Studies and requests of which a wish is kept; it may come before what it is about."""

STUCK_SECONDS = 2.5
"""How long the worker may take to end once its standard input has closed."""


class Inbox(threading.Thread):
    """Reads commands on a thread of its own, so that ``stop`` is known while a trial trains.

    ``stop``, ``pause`` and ``skip`` are kept as wishes about a study, a question that
    :meth:`aside` knows is answered on a thread of its own beside any training; all other commands
    are queued. When standard input closes, every study is to stop; a process that has not ended a
    little later is ended by force, since nothing recorded can be lost.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(name="commands", daemon=True)
        self._stream = stream
        self._changed = threading.Condition()
        self._queue: deque[Command] = deque()
        self._stops: dict[str, str] = {}
        self._skips: dict[str, frozenset[int]] = {}
        self._lanes: dict[str, int] = {}
        self._closed = False
        self._asides: dict[str, Callable[[Command], None]] = {}

    def aside(self, command: str, answer: Callable[[Command], None]) -> None:
        """From now on answer this command at once; those that came before stay in the queue."""
        self._asides[command] = answer

    @property
    def closed(self) -> bool:
        """Whether standard input has closed: no more commands will come."""
        return self._closed

    @property
    def waiting(self) -> bool:
        """Whether there is something to do at once."""
        return self._closed or bool(self._queue)

    def next(self) -> Command | None:
        """Wait for a command; None when there will be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self.waiting)
            return None if self._closed else self._queue.popleft()

    def wants_stop(self, study: str) -> bool:
        """Whether the study is to stop."""
        return self._closed or study in self._stops

    def reason(self, study: str) -> str:
        """Why the study is to stop: ``paused``, or ``stopped`` as by a server that ends."""
        return self._stops.get(study, "stopped")

    def lanes(self, study: str, most: int) -> int:
        """How many lanes a study may use, at most ``most``: as many as it was told last."""
        return max(1, min(most, self._lanes.get(study, most)))

    def take_skips(self, study: str) -> frozenset[int]:
        """The trials that are to be skipped, 0 for whichever runs; asking forgets the wishes."""
        with self._changed:
            return self._skips.pop(study, frozenset())

    def run(self) -> None:
        """Read until standard input closes; called by ``start``."""
        for line in self._stream:
            command = _decoded(line)
            if command is not None:
                self._accept(command)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        end = threading.Timer(STUCK_SECONDS, os._exit, (1,))
        end.daemon = True
        end.start()

    def _accept(self, command: Command) -> None:
        answer = self._asides.get(command["command"])
        if answer is not None:
            # Keras Tuner's locks go by the thread's name.
            name = f"aside-{command.get('request')}"
            threading.Thread(target=answer, args=(command,), name=name, daemon=True).start()
            return
        study = str(command.get("study"))
        with self._changed:
            if command["command"] in _STOPS:
                _keep(self._stops, study, _STOPS[command["command"]])
            elif command["command"] == "skip":
                trial = command.get("trial")
                wished = self._skips.get(study, frozenset())
                number = trial if isinstance(trial, int) else 0
                _keep(self._skips, study, frozenset([*wished, number][-MOST_WISHES:]))
            elif command["command"] == "lanes":
                self._allow(study, command)
            else:
                if command["command"] == "run":
                    # A wish from before this run is not about it.
                    self._stops.pop(study, None)
                    self._skips.pop(study, None)
                    self._allow(study, command)
                self._queue.append(command)
            self._changed.notify_all()

    def _allow(self, study: str, command: Command) -> None:
        count = command.get("lanes")
        if isinstance(count, int):
            _keep(self._lanes, study, count)


def _keep(wishes: dict[str, Wish], study: str, wish: Wish) -> None:
    """Keep a wish as the latest; of many, the oldest are about what ended long ago."""
    wishes.pop(study, None)
    wishes[study] = wish
    while len(wishes) > MOST_WISHES:
        del wishes[next(iter(wishes))]


def _decoded(line: bytes) -> Command | None:
    try:
        command = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(command, dict) and isinstance(command.get("command"), str)
    return command if whole else None


BEAT_SECONDS = 1.0
"""Between two signs of life."""


class EventPipe:
    """Writes events to a descriptor, one JSON object a line.

    Events to a reader that is gone are dropped: the journal has what matters, and the closed
    standard input ends the worker.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        # A pipe that a child process inherits would look alive after this one has died.
        os.set_inheritable(descriptor, False)
        self._lock = Lock()

    def send(self, event: Mapping[str, Any]) -> None:
        """Write one event."""
        left = memoryview(encoded(event))
        # An answer given beside a training must not fall into the middle of one of its events.
        with self._lock, suppress(BrokenPipeError):
            while left:
                left = left[os.write(self._descriptor, left) :]

    def beat(self) -> None:
        """Say that this process lives from now on, whatever its other threads do."""
        Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def _beat(self) -> None:
        while True:
            self.send({"kind": "beat"})
            time.sleep(BEAT_SECONDS)
