"""Child processes of the project, each reaped the moment it ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, Popen
from tempfile import TemporaryFile
from threading import Event, Lock, Thread
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
"""Where ``python -m tuning_core...`` finds the project."""

WORKER_COMMAND: tuple[str, ...] = (sys.executable, "-m", "tuning_core.worker")


class ChildProcess:
    """A process that is started at once, in ``folder`` and a session of its own.

    A thread of its own waits for it: none stays as a zombie because nobody looks. Ctrl-C in a
    terminal does not reach it; whoever starts it ends it. Without ``own_session`` it ends with
    its parent's session, and is killed alone. ``ended`` is set when it is gone. Raises OSError when
    the system refuses to start it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: int | IO[bytes] = PIPE,
        output: int | IO[bytes] | None = None,
        errors: int | IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        folder: Path = ROOT,
        own_session: bool = True,
    ) -> None:
        self.ended = Event()
        self._lock = Lock()
        self._process = Popen(
            command,
            stdin=stdin,
            stdout=output,
            stderr=errors,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            pass_fds=pass_fds,
            start_new_session=own_session,
        )
        self.pid = self._process.pid
        self._kill = os.killpg if own_session else os.kill
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
                self._kill(self.pid, signal.SIGKILL)
        self.ended.wait()
        self.close()

    def _reap(self) -> None:
        self._process.wait()
        self.ended.set()


@dataclass(frozen=True)
class StartedWorker:
    """A worker process whose ``events`` nobody reads yet: the descriptor that they come from.

    ``output`` is what it prints into where no log was there yet, which the caller closes.
    """

    process: ChildProcess
    events: int
    output: IO[bytes] | None = None


def start_worker(
    output: IO[bytes] | None = None, command: Sequence[str] = WORKER_COMMAND
) -> StartedWorker:
    """Start a worker that prints into ``output``, or into a file without a name.

    Raises OSError when the system refuses to start it.
    """
    # Set for every worker: what TensorFlow prints otherwise fills the log, and a user's own
    # Keras settings file must not choose another backend.
    environment = {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "KERAS_BACKEND": "tensorflow",
        "PYTHONUNBUFFERED": "1",
    }
    own = TemporaryFile() if output is None else None  # noqa: SIM115 - it outlives this call
    read_end, write_end = os.pipe()
    try:
        process = ChildProcess(
            [*command, "--events-fd", str(write_end)],
            output=output or own,
            errors=STDOUT,
            pass_fds=[write_end],
            environment=environment,
        )
    except OSError:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
    return StartedWorker(process, read_end, own)


@dataclass(frozen=True)
class Finished:
    """How a command ended and what it wrote."""

    returncode: int
    output: str
    errors: str

    @property
    def reason(self) -> str:
        """The last line of its errors, for a sentence."""
        return (self.errors.strip().splitlines() or ["no reason given"])[-1][:200]


def run_child(
    command: Sequence[str],
    seconds: float,
    *,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    own_session: bool = False,
) -> Finished:
    """Run a command to its end, without input, for at most ``seconds``.

    One that takes longer is killed, with all that it started where it has its ``own_session``.
    Raises TimeoutError then, and OSError when the system refuses to start it.
    """
    with TemporaryFile() as output, TemporaryFile() as errors:
        child = ChildProcess(
            command,
            stdin=DEVNULL,
            output=output,
            errors=errors,
            environment=environment,
            folder=folder,
            own_session=own_session,
        )
        try:
            if not child.ended.wait(seconds):
                raise TimeoutError(f"{command[0]} was not done after {seconds:g} s.")
        finally:
            child.kill()
        return Finished(child.returncode or 0, _text(output), _text(errors))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
