"""The journal of a study: every event, in order, before anyone else hears of it."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuning_core.journal.events import EventDict, JournalEvent


class Journal:
    """Appends events to a study's journal and passes them on to ``send``.

    Opening it cuts off what a kill or a power cut tore: all from the first line on that is not a
    whole event. Where that is more than a last line, a failing disk did it, and the whole file is
    kept beside it as ``damaged_copy`` says: the manager has by then completed from its
    database what it could. Raises OSError when the file cannot be
    written; an event is then in it whole or not at all.
    """

    def __init__(self, path: Path, study: str, send: Callable[[Mapping[str, Any]], None]) -> None:
        # A worker sends its first signs of life before it imports what takes long.
        from tuning_core.journal.reading import damaged_copy, read_journal

        self._study = study
        self._send = send
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        found = read_journal(path)
        self.recorded, self._size = found.events, found.size
        if found.damaged:
            shutil.copyfile(path, damaged_copy(path))
        os.ftruncate(self._file, self._size)
        self._seq = self.recorded[-1]["seq"] if self.recorded else 0

    def append(self, event: JournalEvent) -> EventDict:
        """Record an event and send it; returns its line as an object."""
        line = self.record(event)
        self.send(line)
        return line

    def record(self, event: JournalEvent) -> EventDict:
        """Record an event without sending it yet; returns its line as an object."""
        document = event.document()
        document["seq"], document["time"] = self._seq + 1, time.time()
        line = encoded(document)
        try:
            written = os.write(self._file, line)
            if written < len(line):
                os.write(self._file, line[written:])
            if event.durable:
                os.fsync(self._file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)
        self._seq += 1
        return document

    def sync(self) -> None:
        """Have all events so far on the disk itself."""
        os.fsync(self._file)

    def send(self, event: EventDict) -> None:
        """Pass a recorded event on."""
        self._send({**event, "study": self._study})

    def notify(self, kind: str, **fields: Any) -> None:
        """Pass on what matters only now and is not recorded."""
        self._send({"kind": kind, "study": self._study, **fields})

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def encoded(event: Mapping[str, Any]) -> bytes:
    """An event as a line of JSON; numbers that JSON does not have become null."""
    try:
        text = _JSON.encode(event)
    except (ValueError, TypeError):
        text = _JSON.encode(_finite(event))
    return text.encode() + b"\n"


_JSON = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
