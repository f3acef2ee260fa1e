"""What a search tells of itself, handed to a thread that writes it: never waited for, never raised.

Imports nothing heavy: what writes is imported by the thread.
"""

from __future__ import annotations

import atexit
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import Any

GATHER_SECONDS = 0.25
"""What comes within this time goes to the database together."""

MOST_WAITING = 100_000
"""Events that wait for a disk that does not answer."""

PATIENCE_SECONDS = 15.0
"""How long the end of a search waits for its last events to be written."""

Job = tuple[str, tuple[Any, ...]]


class Recording:
    """One run of a search, written into a home by a thread of its own.

    ``writer`` makes on that thread, of the home's path, what is told. Whatever goes wrong there is
    one warning; from then on nothing is recorded. ``at_exit`` is how the search is taken to have
    ended where the process ends without a word about it.
    """

    def __init__(
        self,
        home: Path | None,
        writer: Callable[[Path], Any],
        *,
        at_exit: str = "interrupted",
    ) -> None:
        self._home, self._writer, self._at_exit = home, writer, at_exit
        self.study: str | None = None
        self._jobs: list[Job] = []
        self._changed = Condition()
        self._urgent = self._over = self._broken = False
        self._process = os.getpid()
        self._thread = Thread(target=self._run, name="tunescape-watch", daemon=True)
        self._thread.start()
        atexit.register(self.leave)

    def tell(self, method: str, *arguments: Any, urgent: bool = False) -> None:
        """Have a method of the writer called, in order; soon where it is ``urgent``."""
        if self._over or self._broken or os.getpid() != self._process:
            return  # In a fork nobody writes, and the lock may be held by nobody.
        with self._changed:
            if len(self._jobs) >= MOST_WAITING:
                self._broken = True
                self._jobs.clear()
            else:
                self._jobs.append((method, arguments))
            self._urgent = self._urgent or urgent
            if self._urgent or len(self._jobs) < 2:
                self._changed.notify()
        if self._broken:
            warn(f"{self._place} has taken nothing for too long.")

    def end(self, status: str, message: str = "") -> None:
        """The search has ended; waits for what is still to be written."""
        if os.getpid() != self._process:
            return
        atexit.unregister(self.leave)
        with self._changed:
            if self._over:
                return
            self._jobs.append(("close", (status, message)))
            self._over = self._urgent = True
            self._changed.notify()
        self._thread.join(PATIENCE_SECONDS)
        if self._thread.is_alive():
            warn(f"{self._place} takes the last of it too slowly.")

    @property
    def ended(self) -> bool:
        """Whether it takes no more."""
        return self._over

    def leave(self) -> None:
        """The process ends, and nobody has said that the search has."""
        self.end(self._at_exit)

    def fail(self, error: BaseException) -> None:
        """What watches the search does not understand it."""
        if self._over or self._broken or os.getpid() != self._process:
            return
        with self._changed:
            self._jobs.append(("give_up", (error,)))
            self._over = self._urgent = True
            self._changed.notify()

    def _run(self) -> None:
        writer = None
        try:
            from tuning_core.home.home import default_home

            writer = self._writer(self._home or default_home())
            self.study = writer.study
            while not writer.closed:
                for method, arguments in self._taken():
                    getattr(writer, method)(*arguments)
                if not writer.closed:
                    writer.flush()
        except BaseException as error:
            with self._changed:
                told, self._broken = self._broken, True
                self._jobs.clear()
            reason = _sentence(error)
            with suppress(Exception):
                writer and writer.abandon(f"Recording ended before the search did: {reason}")
            if not told:
                warn(reason)

    def _taken(self) -> list[Job]:
        """What has come, and came soon after it."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs)
            limit = monotonic() + GATHER_SECONDS
            while not self._urgent and (left := limit - monotonic()) > 0:
                self._changed.wait(left)
            jobs, self._jobs, self._urgent = self._jobs, [], self._over
            return jobs

    @property
    def _place(self) -> str:
        return str(self._home or "The home")


def warn(reason: str) -> None:
    """Say once that a search is not recorded, and why."""
    message = f"Tunescape does not record this search any more: {reason} The search goes on."
    try:
        warnings.warn(message, stacklevel=3)
    except Warning:  # Where warnings are errors, the search is still to go on.
        print(message, file=sys.stderr)


def quietly(recording: Recording | None, function: Callable[..., Any], *arguments: Any) -> None:
    """Call what looks on at a search, which nothing that it raises is to reach."""
    try:
        function(*arguments)
    except Exception as error:
        if recording is None:
            warn(_sentence(error))
        else:
            recording.fail(error)


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror}{where}."
    text = " ".join(str(error).split()) or type(error).__name__
    known = type(error).__module__.startswith("tuning_core.")
    text = text if known else f"{type(error).__name__}: {text}"
    return text if text.endswith(".") else f"{text}."
