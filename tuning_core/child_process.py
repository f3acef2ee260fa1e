"""Child processes of the project, each reaped the moment it ends."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
"""Where ``python -m tuning_core...`` finds the project."""


class ChildProcess:
    """A process that is started at once, in the project's folder and a session of its own.

    A thread of its own waits for it: none stays as a zombie because nobody looks. Ctrl-C in a
    terminal does not reach it; whoever starts it ends it. ``ended`` is set when it is gone. Raises
    OSError when the system refuses to start it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: int | IO[bytes] = subprocess.PIPE,
        output: int | IO[bytes] | None = None,
        errors: int | IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.ended = Event()
        self._lock = Lock()
        self._process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=output,
            stderr=errors,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            pass_fds=pass_fds,
            start_new_session=True,
        )
        self.pid = self._process.pid
        Thread(target=self._reap, name=f"child-{self.pid}", daemon=True).start()

    @property
    def returncode(self) -> int | None:
        """The exit code, minus the signal that ended it, or None while it runs."""
        return self._process.returncode

    @property
    def exit_words(self) -> str:
        """How the process ended, for a sentence."""
        code = self.returncode
        if code is None:
            return "still running"
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    def write(self, content: bytes) -> None:
        """Write to its standard input; lost without an error when it has ended."""
        stream = self._process.stdin
        with self._lock, suppress(OSError, ValueError):
            if stream is not None:
                stream.write(content)
                stream.flush()

    def close(self) -> None:
        """Close its standard input."""
        stream = self._process.stdin
        with self._lock, suppress(OSError, ValueError):
            if stream is not None:
                stream.close()

    def kill(self) -> None:
        """End it at once, and what it has started in its session."""
        with suppress(OSError):
            if not self.ended.is_set():
                os.killpg(self.pid, signal.SIGKILL)
        self.ended.wait()
        self.close()

    def _reap(self) -> None:
        self._process.wait()
        self.ended.set()
