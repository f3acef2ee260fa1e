"""The journal of a study: every event, in order, before anyone else hears of it."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tuning_core.worker.pipe import EventPipe, encoded

Event = dict[str, Any]

DURABLE = frozenset({"edited", "trial_ended", "study_ended", "test_revealed", "trained"})
"""Events that are on the disk itself when ``append`` returns; the others survive a killed
process, but not a power cut."""


class Journal:
    """Appends events to ``events.jsonl`` and passes them on.

    Opening it cuts off what a kill or a power cut tore: all from the first line on that is not a
    whole event. Where that is more than a last line, a failing disk did it, and the whole file is
    kept beside it as ``events.jsonl.damaged-<size>``. Raises OSError when the file cannot be
    written; an event is then in it whole or not at all.
    """

    def __init__(self, path: Path, study: str, pipe: EventPipe) -> None:
        self._study = study
        self._pipe = pipe
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        content = path.read_bytes()
        self.recorded: list[Event]
        self.recorded, self._size = _whole_events(content)
        if content.count(b"\n", self._size) > 1:
            kept = path.with_name(f"{path.name}.damaged-{len(content)}")
            kept.write_bytes(content)
        if self._size < len(content):
            os.ftruncate(self._file, self._size)
        self._seq = self.recorded[-1]["seq"] if self.recorded else 0

    def append(self, kind: str, **fields: Any) -> Event:
        """Record an event and send it."""
        event = self.record(kind, **fields)
        self.send(event)
        return event

    def record(self, kind: str, **fields: Any) -> Event:
        """Record an event without sending it yet."""
        event = {"seq": self._seq + 1, "time": time.time(), "kind": kind, **fields}
        line = encoded(event)
        try:
            written = os.write(self._file, line)
            if written < len(line):
                os.write(self._file, line[written:])
            if kind in DURABLE:
                os.fsync(self._file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)
        self._seq += 1
        return event

    def send(self, event: Event) -> None:
        """Pass a recorded event on."""
        self._pipe.send({**event, "study": self._study})

    def tell(self, kind: str, **fields: Any) -> None:
        """Pass on what matters only now and is not recorded."""
        self._pipe.send({"kind": kind, "study": self._study, **fields})

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_events(path: Path) -> list[Event]:
    """The whole events of a journal that may still be written; none when there is no file."""
    return _whole_events(path.read_bytes())[0] if path.exists() else []


def _whole_events(content: bytes) -> tuple[list[Event], int]:
    """The events up to the first torn line, and how many bytes they take."""
    events: list[Event] = []
    size = 0
    for line in content.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        try:
            event = json.loads(line)
        except ValueError:
            break
        if not isinstance(event, dict) or event.get("seq") != len(events) + 1:
            break
        events.append(event)
        size += len(line)
    return events, size
