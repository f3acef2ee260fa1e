"""One worker process: its commands, its events and its end."""

from __future__ import annotations

import json
import os
import queue
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any

from tuning_core.child_process import WORKER_COMMAND, StartedWorker, start_worker
from tuning_core.home.home import ManagerError
from tuning_core.home.server_log import log_event

_BATCH_EVENTS = 200
_BATCH_SECONDS = 0.05
_LAST_WORDS_SECONDS = 0.5
_LOG_LIMIT = 1_000_000

SILENT_SECONDS = 60.0
"""A worker that has said nothing for so long hangs: it says every second that it lives, from a
thread of its own, whatever it trains."""

READY_SECONDS = 600.0
"""A worker that still imports after so long never will be ready; a busy machine takes minutes."""

_CHECK_SECONDS = 1.0


class Patience:
    """Seconds for which something was waited for, as far as anyone could have heard of it.

    A check that comes late counts little: while the machine slept, or had no time for this process,
    nobody else got anywhere either.
    """

    def __init__(self, now: float) -> None:
        self.seconds = 0.0
        self._last = now

    def seconds_at(self, now: float, *, come: bool) -> float:
        """The seconds by now; none where what was waited for has ``come``."""
        self.seconds = 0.0 if come else self.seconds + min(now - self._last, 2 * _CHECK_SECONDS)
        self._last = now
        return self.seconds


class WorkerProcess:
    """Starts at once; ``ready`` is set when it has imported what it needs, or has died.

    ``info`` is its last ``ready`` event; ``ran_own_code`` says that it has run a file of somebody's
    own. One that hangs is ended, so that nobody waits for it.
    One that was ``started`` before there was a log is taken over, and what it has printed is added
    to the log at its end. ManagerError when the system refuses to start it.
    """

    def __init__(
        self,
        log: Path,
        command: Sequence[str] = WORKER_COMMAND,
        started: StartedWorker | None = None,
    ) -> None:
        self.ready = Event()
        self.info: dict[str, Any] = {}
        self.ran_own_code = False
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._ended = Event()
        self._heard = Event()
        self._verdict = ""
        self._drained = False
        self._replies: dict[str, queue.Queue[dict[str, Any] | None]] = {}
        self._log = log
        try:
            started = started or self._start(command)
        except OSError as error:
            raise ManagerError(f"The worker process cannot be started: {error}.") from error
        self._process, self._printed = started.process, started.output
        self.pid = self._process.pid
        log_event("worker started", worker=self.pid)
        self._reader = Thread(
            target=self._read, args=(started.events,), name=f"worker-{self.pid}-events", daemon=True
        )
        self._reader.start()
        Thread(target=self._watch, name=f"worker-{self.pid}-end", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return not self._ended.is_set()

    @property
    def exit_words(self) -> str:
        """How the process ended, for a sentence."""
        return self._verdict or self._process.exit_words

    @property
    def killed(self) -> bool:
        """Whether the process was ended from outside: by a signal, or since it hung."""
        return (self._process.returncode or 0) < 0

    def send(self, **command: Any) -> None:
        """Give the worker a command; lost without an error when it has died."""
        self._process.write(json.dumps(command, allow_nan=False).encode() + b"\n")

    def ask(self, request: str, timeout: float, **command: Any) -> dict[str, Any] | None:
        """Send a request and wait for its reply, whoever collects the events meanwhile.

        None when the worker dies or takes longer than ``timeout`` seconds.
        """
        replies = self._replies[request] = queue.Queue()
        try:
            self.send(request=request, **command)
            return replies.get(timeout=timeout) if self.alive else None
        except queue.Empty:
            return None
        finally:
            del self._replies[request]

    def collect(self, timeout: float, settle: float = _BATCH_SECONDS) -> list[dict[str, Any]]:
        """Wait ``timeout`` seconds for an event, then ``settle`` seconds for what comes close.

        An empty list with ``drained`` set means that the worker has died and all it said has been
        taken.
        """
        batch: list[dict[str, Any]] = []
        limit = time.monotonic() + timeout
        while len(batch) < _BATCH_EVENTS and not self._drained:
            wait = limit - time.monotonic()
            try:
                event = self._events.get(timeout=wait) if wait > 0 else self._events.get_nowait()
            except queue.Empty:
                break
            if event is None:
                self._drained = True
                break
            if not batch:
                limit = time.monotonic() + settle
            batch.append(event)
        return batch

    @property
    def drained(self) -> bool:
        """Whether the worker has died and ``collect`` has handed out its last event."""
        return self._drained

    def close(self) -> None:
        """Ask the process to end by closing its standard input."""
        self._process.close()

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._ended.wait()

    def _start(self, command: Sequence[str]) -> StartedWorker:
        with self._open_log() as output:
            return start_worker(output, command)

    def _open_log(self) -> IO[bytes]:
        large = self._log.exists() and self._log.stat().st_size > _LOG_LIMIT
        return self._log.open("wb" if large else "ab")

    def _keep_printed(self) -> None:
        """Add to the log what a worker has printed that was started before there was one."""
        if self._printed is not None:
            with suppress(OSError), self._printed as printed, self._open_log() as output:
                printed.seek(0)
                shutil.copyfileobj(printed, output)

    def _read(self, read_end: int) -> None:
        with os.fdopen(read_end, "rb") as pipe:
            for line in pipe:
                self._take(line)

    def _take(self, line: bytes) -> None:
        """Take in what the worker has said, or the part of it that a dying one has."""
        self._heard.set()
        try:
            event = json.loads(line)
        except ValueError:
            return
        if not isinstance(event, dict) or event.get("kind") == "beat":
            return
        if event.get("kind") == "ready":
            self.info = event
            self.ready.set()
        elif event.get("kind") == "own_code":
            self.ran_own_code = True
        elif replies := self._asked(event):
            replies.put(event)
        else:
            self._events.put(event)

    def _end(self, verdict: str) -> None:
        self._verdict = verdict
        self._process.kill()

    def _asked(self, event: dict[str, Any]) -> queue.Queue[dict[str, Any] | None] | None:
        """Where someone waits for this event, if it is a reply that ``ask`` is to have."""
        known = event.get("kind") == "reply"
        return self._replies.get(str(event.get("request"))) if known else None

    def _watch(self) -> None:
        """Notice the end at once, even when a child of the worker keeps the pipe open."""
        silence, start = Patience(time.monotonic()), Patience(time.monotonic())
        while not self._process.ended.wait(_CHECK_SECONDS):
            now = time.monotonic()
            if silence.seconds_at(now, come=self._heard.is_set()) > SILENT_SECONDS:
                self._end(f"it had hung: no sign of life for {SILENT_SECONDS:.0f} s")
            elif start.seconds_at(now, come=self.ready.is_set()) > READY_SECONDS:
                self._end(f"it was not ready after {READY_SECONDS / 60:.0f} minutes")
            self._heard.clear()
        self._reader.join(_LAST_WORDS_SECONDS)
        self._keep_printed()
        self._ended.set()
        log_event("worker ended", worker=self.pid, how=self.exit_words)
        # Whoever waits for ready must not wait for ever; ``alive`` tells the cases apart.
        self.ready.set()
        self._events.put(None)
        for replies in list(self._replies.values()):
            replies.put(None)
