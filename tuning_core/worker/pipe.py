"""The way out for events."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from tuning_core.journal.writing import encoded

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
