"""The way out for events."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

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


def encoded(event: Mapping[str, Any]) -> bytes:
    """An event as a line of JSON; numbers that JSON does not have become null."""
    return json.dumps(_finite(event), allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
